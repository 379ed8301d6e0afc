import type { CloudTrailEvent } from '../formats/cloudtrail/cloudtrail-event.js';
import { startOfHour } from '../lib/time.js';
import { copyText } from './copy-text.js';

interface Count {
  /** One of the events that are counted here: it tells the key. */
  readonly example: { readonly event: CloudTrailEvent; readonly accountId: string };
  events: number;
  errors: number;
}

/** Stands for null in a key: stored text holds no NUL. */
const nothing = '\0N';

/** Columns of `event_count` in the order of {@link HourlyCounts.copyText}. */
export const countColumns = [
  'hour',
  'account_id',
  'aws_region',
  'event_source',
  'event_name',
  'error_code',
  'events',
  'errors',
] as const;

/** Deltas of the hourly counts for events that are really inserted. */
export class HourlyCounts {
  readonly #counts = new Map<string, Count>();

  add(accountId: string, event: CloudTrailEvent): void {
    const hour = startOfHour(event.eventTime);
    const key =
      `${accountId}\0${hour}\0${event.awsRegion}\0${event.eventSource ?? nothing}\0` +
      `${event.eventName ?? nothing}\0${event.errorCode ?? nothing}`;
    let count = this.#counts.get(key);
    if (!count) {
      count = { example: { accountId, event }, events: 0, errors: 0 };
      this.#counts.set(key, count);
    }
    count.events += 1;
    if (event.hasError) count.errors += 1;
  }

  /** The rows in COPY's text format. */
  copyText(): string {
    return [...this.#counts.values()].map(copyCount).join('');
  }
}

function copyCount({ example: { accountId, event }, events, errors }: Count): string {
  const hour = new Date(startOfHour(event.eventTime)).toISOString();
  return (
    `${hour}\t${accountId}\t${copyText(event.awsRegion)}\t${copyText(event.eventSource)}\t` +
    `${copyText(event.eventName)}\t${copyText(event.errorCode)}\t${events}\t${errors}\n`
  );
}
