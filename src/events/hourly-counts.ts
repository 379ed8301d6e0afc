import type { CloudTrailEvent } from '../formats/cloudtrail/cloudtrail-event.js';
import { minuteMs, startOfHour } from '../lib/time.js';
import { copyText } from './copy-text.js';

interface Count {
  /** One of the events that are counted here: it tells the key. */
  readonly example: { readonly event: CloudTrailEvent; readonly accountId: string };
  events: number;
  errors: number;
  /** Minutes of the hour in which they happened, a bit for each: the first half hour, and the second. */
  earlyMinutes: number;
  lateMinutes: number;
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

/** Columns of `event_activity` in the order of {@link HourlyCounts.activityText}. */
export const activityColumns = ['hour', 'minutes', 'filter_version', 'account_id', 'aws_region'] as const;

/** Deltas of the hourly counts, and of the minutes in which anything happened, for events that are really inserted. */
export class HourlyCounts {
  readonly #counts = new Map<string, Count>();

  add(accountId: string, event: CloudTrailEvent): void {
    const hour = startOfHour(event.eventTime);
    const key =
      `${accountId}\0${hour}\0${event.awsRegion}\0${event.eventSource ?? nothing}\0` +
      `${event.eventName ?? nothing}\0${event.errorCode ?? nothing}`;
    let count = this.#counts.get(key);
    if (!count) {
      count = { example: { accountId, event }, events: 0, errors: 0, earlyMinutes: 0, lateMinutes: 0 };
      this.#counts.set(key, count);
    }
    count.events += 1;
    if (event.hasError) count.errors += 1;
    const minute = Math.floor((event.eventTime - hour) / minuteMs);
    if (minute < 30) count.earlyMinutes |= 1 << minute;
    else count.lateMinutes |= 1 << (minute - 30);
  }

  /** The rows in COPY's text format. */
  copyText(): string {
    return [...this.#counts.values()].map(copyCount).join('');
  }

  /**
   * The minutes in which anything happened, by hour, account and region, in COPY's text format.
   *
   * @param filterVersion the metric filters that saw the events
   */
  activityText(filterVersion: string): string {
    const rows = new Map<string, { hour: string; where: string; early: number; late: number }>();
    for (const { example, earlyMinutes, lateMinutes } of this.#counts.values()) {
      const hour = copyHour(example.event);
      const where = `${example.accountId}\t${copyText(example.event.awsRegion)}`;
      const row = rows.get(hour + where) ?? { hour, where, early: 0, late: 0 };
      row.early |= earlyMinutes;
      row.late |= lateMinutes;
      rows.set(hour + where, row);
    }
    return [...rows.values()]
      .map(({ hour, where, early, late }) => `${hour}\t${minuteBits(early, late)}\t${filterVersion}\t${where}\n`)
      .join('');
  }
}

function copyCount({ example: { accountId, event }, events, errors }: Count): string {
  return (
    `${copyHour(event)}\t${accountId}\t${copyText(event.awsRegion)}\t${copyText(event.eventSource)}\t` +
    `${copyText(event.eventName)}\t${copyText(event.errorCode)}\t${events}\t${errors}\n`
  );
}

function copyHour({ eventTime }: CloudTrailEvent): string {
  return new Date(startOfHour(eventTime)).toISOString();
}

function minuteBits(early: number, late: number): string {
  return String(BigInt(early) | (BigInt(late) << 30n));
}
