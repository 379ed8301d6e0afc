import { startOfHour } from '../lib/time.js';
import { type BatchedEvent, text } from './event-copy.js';

interface Count {
  /** One of the events that are counted here: it tells the key. */
  readonly example: BatchedEvent;
  events: number;
  errors: number;
}

/** Stands for null in a key: stored text holds no NUL. */
const nothing = '\0N';

/** Columns of `event_count` in the order of {@link copyCounts}. */
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

/** Deltas of the hourly counts for events that were really inserted, in COPY's text format. */
export function copyCounts(events: Iterable<BatchedEvent>): string {
  const counts = new Map<string, Count>();
  for (const row of events) {
    const { event } = row;
    const hour = startOfHour(event.eventTime);
    const key =
      `${row.accountId}\0${hour}\0${event.awsRegion}\0${event.eventSource ?? nothing}\0` +
      `${event.eventName ?? nothing}\0${event.errorCode ?? nothing}`;
    let count = counts.get(key);
    if (!count) {
      count = { example: row, events: 0, errors: 0 };
      counts.set(key, count);
    }
    count.events += 1;
    if (event.hasError) count.errors += 1;
  }
  return [...counts.values()].map(copyCount).join('');
}

function copyCount({ example: { accountId, event }, events, errors }: Count): string {
  const hour = new Date(startOfHour(event.eventTime)).toISOString();
  return (
    `${hour}\t${accountId}\t${text(event.awsRegion)}\t${text(event.eventSource)}\t` +
    `${text(event.eventName)}\t${text(event.errorCode)}\t${events}\t${errors}\n`
  );
}
