import { toEnvelope } from '../formats/cloudtrail/envelope.js';
import { eventIdOf } from '../formats/cloudtrail/event-id.js';
import { EventMatcher } from '../patterns/event-pattern/event-matcher.js';
import type { EventSelection } from './event-filter.js';
import { textMatcher } from './text-search.js';

/** Tells of a record, and the account that it was collected for, whether it satisfies what SQL cannot judge. */
export type RecordTest = (record: Buffer, accountId: string) => boolean;

/** The test of a selection; null where its records need not be read. */
export function recordTestOf({ filter, pattern }: EventSelection): RecordTest | null {
  const holdsText = filter.search ? textMatcher(filter.search) : null;
  if (pattern === null) return holdsText;
  const matcher = new EventMatcher([{ pattern, rule: true }]);
  return (record, accountId) => {
    if (holdsText !== null && !holdsText(record)) return false;
    const detail = JSON.parse(record.toString('utf8')) as Record<string, unknown>;
    const eventId = eventIdOf(detail['eventID'], record);
    return matcher.match(toEnvelope(detail, { accountId, eventId })).length > 0;
  };
}
