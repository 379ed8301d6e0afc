import type { AlarmChange } from './alarm-change.port.js';

/*
 * What the data of a reason says. A state that was set by hand has whatever data its author gave: what is not of the shape
 * that judgements write is passed over.
 */

type ReasonData = AlarmChange['stateReasonData'];

/** An alarm that a composite alarm's reason names. */
export interface TriggeringAlarm {
  readonly arn: string;
  readonly state: { readonly value: string; readonly timestamp: string };
}

/** Times outside of this are no data's, and not all that works with times could. */
const [earliest, latest] = [0, Date.UTC(2100, 0, 1)];

export function triggeringAlarmsOf(data: ReasonData): TriggeringAlarm[] {
  return elementsOf(data?.['triggeringAlarms']).flatMap(({ arn, state }) => {
    if (typeof arn !== 'string' || !isObject(state)) return [];
    const { value, timestamp } = state;
    return typeof value === 'string' && typeof timestamp === 'string' ? [{ arn, state: { value, timestamp } }] : [];
  });
}

/** The starts of the periods with data points that decided, in milliseconds since 1970 UTC. Missing ones are left out. */
export function decidingTimesOf(data: ReasonData): number[] {
  return elementsOf(data?.['evaluatedDatapoints']).flatMap(({ timestamp, value }) => {
    const time = typeof timestamp === 'string' ? Date.parse(timestamp) : Number.NaN;
    return typeof value === 'number' && time >= earliest && time < latest ? [time] : [];
  });
}

function elementsOf(list: unknown): Record<string, unknown>[] {
  return Array.isArray(list) ? list.filter(isObject) : [];
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
