import type { EventPattern } from '../patterns/event-pattern/event-pattern.js';
import { requiredValues } from '../patterns/event-pattern/pattern-values.js';
import type { EventFilter } from './event.inputs.js';

/** Fields of the filter that hold at least what a path of the envelope demands. */
const listOf = {
  account: 'accountIds',
  'detail.eventSource': 'eventSources',
  'detail.eventName': 'eventNames',
  'detail.eventType': 'eventTypes',
  'detail.errorCode': 'errorCodes',
  'detail.userIdentity.arn': 'principalArns',
  'detail.userIdentity.sessionContext.sessionIssuer.arn': 'principalArns',
  'detail.userIdentity.accessKeyId': 'accessKeyIds',
} as const satisfies Readonly<Record<string, keyof EventFilter>>;

/** Stored text is cut and cleaned; what may look different there is left to the pattern itself. */
const storedAsItIs = /^[\x20-\x7e]{1,200}$/;

/**
 * What a pattern demands with exact values, taken into the filter, where columns and indexes answer it: fewer records are
 * then read. The pattern is still held against each of those.
 */
export function narrowByPattern(filter: EventFilter, pattern: EventPattern): EventFilter {
  const narrowed: EventFilter = { ...filter };
  const required = requiredValues(pattern);
  for (const [path, field] of Object.entries(listOf)) {
    const demanded = required.get(path);
    if (demanded === undefined || !demanded.every((value) => storedAsItIs.test(value))) continue;
    const given = narrowed[field];
    // One field of the filter stands for two of the event: what each demands may differ.
    if (given && field === 'principalArns') continue;
    narrowed[field] = given ? given.filter((value) => demanded.includes(value)) : [...demanded];
  }
  return narrowed;
}
