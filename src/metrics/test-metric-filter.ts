import { FilterMatcher } from '../patterns/filter-pattern/filter-matcher.js';
import { LogMessage } from '../patterns/filter-pattern/log-message.js';
import { extractedValues } from '../patterns/filter-pattern/message-values.js';
import { parseFilterPattern } from '../patterns/filter-pattern/parse-filter-pattern.js';
import { badInput } from '../platform/errors.js';
import type { MetricFilterMatch } from './metric-filter.entity.js';
import { checked } from './metric-filter-settings.js';

/** Source of the first: TestMetricFilter, Amazon CloudWatch Logs API Reference. The second is the size of a log event. */
const most = { messages: 50, length: 256 * 1024 };

/**
 * The messages that a pattern matches, and what it takes from them.
 *
 * @throws BAD_USER_INPUT with the position of what is wrong in the pattern
 */
export function testMetricFilter(filterPattern: string, messages: readonly string[]): MetricFilterMatch[] {
  if (messages.length === 0 || messages.length > most.messages) {
    throw badInput('logEventMessages', `must be 1 to ${most.messages}`);
  }
  const long = messages.findIndex(({ length }) => length === 0 || length > most.length);
  if (long >= 0) throw badInput(`logEventMessages[${long}]`, `must have 1 to ${most.length} characters`);
  const pattern = checked('filterPattern', () => parseFilterPattern(filterPattern));
  const matcher = new FilterMatcher([{ pattern, value: true }]);
  return messages.flatMap((eventMessage, index) => {
    const message = LogMessage.ofText(eventMessage);
    if (matcher.match(message).length === 0) return [];
    return [{ eventNumber: index + 1, eventMessage, extractedValues: extractedValues(pattern, message) }];
  });
}
