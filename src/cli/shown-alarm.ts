import { minuteMs } from '../lib/time.js';
import type { FittedColumn } from './fitted-table.js';

export type ShownState = 'ALARM' | 'INSUFFICIENT_DATA' | 'OK';

/** An alarm as the API shows it. */
export interface ShownAlarm {
  readonly id: string;
  readonly name: string;
  readonly state: ShownState;
  readonly stateReason: string;
  readonly stateTransitionedAt: string;
  /** Null: every account. */
  readonly accountIds: readonly string[] | null;
  readonly region: string | null;
  readonly actionsEnabled: boolean;
  readonly alarmActions: readonly string[];
  readonly pack: string | null;
}

/** A change of an alarm as the API shows it. */
export interface ShownChange {
  readonly id: string;
  readonly alarmName: string;
  readonly accountIds: readonly string[] | null;
  readonly previousState: ShownState;
  readonly state: ShownState;
  readonly stateReason: string;
  readonly timestamp: string;
  readonly detectedAt: string;
  readonly revision: number;
  readonly supersedes: string | null;
}

/** In the order in which they are shown: what needs somebody comes first. */
export const shownStates: readonly ShownState[] = ['ALARM', 'INSUFFICIENT_DATA', 'OK'];

const styles = { ALARM: 'red', INSUFFICIENT_DATA: 'yellow', OK: 'green' } as const;

export function styleOfState(state: ShownState): 'red' | 'yellow' | 'green' {
  return styles[state];
}

/** Alarms by state, then the last that changed first, then by name. */
export function byUrgency(alarms: readonly ShownAlarm[]): ShownAlarm[] {
  const rank = ({ state }: ShownAlarm) => shownStates.indexOf(state);
  const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);
  return [...alarms].sort(
    (a, b) => rank(a) - rank(b) || compare(b.stateTransitionedAt, a.stateTransitionedAt) || compare(a.name, b.name),
  );
}

/** `111122223333`, `3 accounts`, `every` */
export function accountsText(accountIds: readonly string[] | null): string {
  const [only, ...more] = accountIds ?? ['every'];
  return more.length === 0 && only !== undefined ? only : `${accountIds?.length ?? 0} accounts`;
}

/** UTC: `12:30:59` on the day of `now`, else `2026-11-21 12:30`. */
export function shortTime(time: string, now: number): string {
  const text = new Date(time).toISOString();
  const isToday = text.slice(0, 10) === new Date(now).toISOString().slice(0, 10);
  return isToday ? text.slice(11, 19) : `${text.slice(0, 10)} ${text.slice(11, 16)}`;
}

/**
 * What a reader has to know of a change beside the states: that it corrects or withdraws what was told before, and when
 * it was known, where that was more than a minute after it happened.
 *
 * @param timeText of the time when it was known
 */
export function marksOf(change: ShownChange, timeText: (time: string) => string): string {
  const { previousState, state, revision, timestamp, detectedAt } = change;
  const isLate = Date.parse(detectedAt) - Date.parse(timestamp) > minuteMs;
  const marks = [
    ...(revision > 1 ? [previousState === state ? 'withdrawn' : 'corrected'] : []),
    ...(isLate ? [`known ${timeText(detectedAt)}`] : []),
  ];
  return marks.join(', ');
}

/** A change for a program to read: whole, times in full. */
export const changeColumns: readonly FittedColumn<ShownChange>[] = [
  { title: 'time', value: ({ timestamp }) => timestamp },
  { title: 'account', value: ({ accountIds }) => accountsText(accountIds) },
  { title: 'alarm', value: ({ alarmName }) => alarmName },
  { title: 'from', value: ({ previousState }) => previousState },
  { title: 'to', value: ({ state }) => state },
  { title: 'mark', value: (change) => marksOf(change, (time) => time) || null },
  { title: 'reason', value: ({ stateReason }) => stateReason },
];
