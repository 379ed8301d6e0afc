import { startOfHour } from '../lib/time.js';
import { type BatchedEvent, text } from './event-copy.js';

interface Count {
  events: number;
  errors: number;
}

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
  for (const { accountId, event } of events) {
    const hour = new Date(startOfHour(event.eventTime)).toISOString();
    const key =
      `${hour}\t${accountId}\t${text(event.awsRegion)}\t${text(event.eventSource)}\t` +
      `${text(event.eventName)}\t${text(event.errorCode)}`;
    const count = counts.get(key) ?? { events: 0, errors: 0 };
    count.events += 1;
    if (event.hasError) count.errors += 1;
    counts.set(key, count);
  }
  return [...counts].map(([key, { events, errors }]) => `${key}\t${events}\t${errors}\n`).join('');
}
