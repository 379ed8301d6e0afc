import type { AlarmDefinition } from './alarm-definition.js';

/** From when on an alarm is judged, and how far that has come: columns of its row. */
export interface JudgingTimes {
  readonly judgedFrom: Date;
  readonly judgedThrough: Date;
  /** Null: as it was. */
  readonly closedThrough: Date | null;
  readonly earlyThrough: Date | null;
}

/**
 * Of a new alarm: as if it had been there for one evaluation delay, so that it soon comes to a state, and sees at once what
 * breaches now.
 */
export function firstJudging(definition: AlarmDefinition, now: Date): JudgingTimes {
  if (definition.alarmType === 'COMPOSITE') {
    return { judgedFrom: now, judgedThrough: now, closedThrough: null, earlyThrough: null };
  }
  const { period, evaluationDelay } = definition;
  const start = onBeat(new Date(now.getTime() - evaluationDelay * 1000), period, -1);
  return { judgedFrom: start, judgedThrough: start, closedThrough: null, earlyThrough: onBeat(now, period, 1) };
}

/**
 * Of an alarm that is judged by another definition from now on: what was judged for good stays so, and what was judged
 * before it had to be is judged anew. With another period its ends of periods are others.
 */
export function nextJudging(
  definition: AlarmDefinition,
  judgedThrough: Date,
  now: Date,
): Omit<JudgingTimes, 'judgedFrom'> {
  if (definition.alarmType === 'COMPOSITE') {
    return { judgedThrough, closedThrough: now, earlyThrough: null };
  }
  const closed = onBeat(judgedThrough, definition.period, 0);
  return { judgedThrough: closed, closedThrough: closed, earlyThrough: onBeat(now, definition.period, 1) };
}

/** What an alarm is judged by: all of its definition but what it is called, and whom it tells. */
export function judgedPart({
  alarmDescription: _description,
  actionsEnabled: _enabled,
  alarmActions: _alarm,
  okActions: _ok,
  insufficientDataActions: _insufficient,
  tags: _tags,
  ...judged
}: AlarmDefinition): object {
  return judged;
}

/** The end of a period: the last before a time, or at it, and so many further on. */
function onBeat(time: Date, period: number, further: number): Date {
  const periodMs = period * 1000;
  return new Date((Math.floor(time.getTime() / periodMs) + further) * periodMs);
}
