import { describe, expect, it } from 'vitest';
import { expressionQuery, mathAlarm, metricAlarm, metricQuery } from '../../test/support/alarm-announcements.js';
import { Random } from '../lib/random.js';
import type { AlarmState } from '../patterns/alarm-rule/alarm-state.js';
import type { MetricAlarmDefinition } from './alarm-definition.js';
import { compileAlarm } from './compiled-alarm.js';
import { judgeInTurns } from './judge-in-turns.js';
import { type Evidence, judgeWindows } from './judge-windows.js';

const noon = Date.parse('2026-10-02T12:00:00Z');
const periodMs = 300_000;

/** Data points of some periods from noon on, of one metric. */
function evidenceOf(definition: MetricAlarmDefinition, periods: number, random: Random): Evidence {
  const alarm = compileAlarm(definition);
  const timestamps: number[] = [];
  let isQuiet = false;
  for (let period = 0; period < periods; period += 1) {
    if (random.below(20) === 0) isQuiet = !isQuiet;
    if (!isQuiet && random.below(4) > 0) timestamps.push(noon + period * periodMs);
  }
  const values = timestamps.map(() => random.below(100));
  const series = { id: 'm1', label: 'm1', period: 300, timestamps, values };
  return {
    alarm,
    metrics: new Map([
      ['m1', { series, sampleCounts: values.map(() => 10), minimums: values, lasting: values, coarseUntil: null }],
    ]),
    modelsAt: () => new Map(),
    completeThrough: Number.POSITIVE_INFINITY,
  };
}

const math = () => mathAlarm([metricQuery('m1', 'Errors', 'Average'), expressionQuery('e', 'm1 * 2')]);
const spanOf = (periods: number) => ({ from: noon + periodMs, to: noon + (periods + 40) * periodMs });
const kept = ({ transitions }: ReturnType<typeof judgeWindows>) =>
  transitions.map(({ at, from, to, evaluation }) => ({ at, from, to, evaluation }));

async function inTurns(evidence: Evidence, periods: number, before: AlarmState, signal = new AbortController().signal) {
  const parts: ReturnType<typeof judgeWindows>[] = [];
  const turns = judgeInTurns(evidence, spanOf(periods), before, { now: Number.POSITIVE_INFINITY, signal });
  for await (const part of turns) parts.push(part);
  return parts;
}

// Truth: judging all at once, on random data with gaps.
describe('judging in turns comes to what judging at once does', () => {
  const treatments = ['missing', 'ignore', 'breaching', 'notBreaching'] as const;
  it.each([
    ...treatments.flatMap((treatMissingData) => [
      [`${treatMissingData}, one of one`, metricAlarm({ treatMissingData }), 20_000] as const,
      [
        `${treatMissingData}, 12 of 30`,
        metricAlarm({ treatMissingData, evaluationPeriods: 30, datapointsToAlarm: 12 }),
        4_000,
      ] as const,
    ]),
    ['metric math', math(), 2_000] as const,
  ])('%s', async (name, definition, periods) => {
    const evidence = evidenceOf(definition, periods, new Random(name));
    for (const before of ['OK', 'INSUFFICIENT_DATA'] as const) {
      const whole = judgeWindows(evidence, spanOf(periods), before, Number.POSITIVE_INFINITY);
      const parts = await inTurns(evidence, periods, before);
      expect(parts.length).toBeGreaterThan(3);
      expect(whole.transitions.length).toBeGreaterThan(3);
      expect(parts.flatMap(kept)).toEqual(kept(whole));
      expect(parts.at(-1)?.state).toBe(whole.state);
    }
  });
});

it('others have their turn between the parts', async () => {
  let turns = 0;
  let isOver = false;
  const count = () => {
    turns += 1;
    if (!isOver) setImmediate(count);
  };
  setImmediate(count);
  const parts = await inTurns(evidenceOf(math(), 5_000, new Random('turns')), 5_000, 'OK');
  isOver = true;
  expect(parts.length).toBeGreaterThan(10);
  expect(turns).toBeGreaterThanOrEqual(parts.length);
});

it('it ends when nobody waits for it any more', async () => {
  const giveUp = new AbortController();
  const given = inTurns(evidenceOf(math(), 5_000, new Random('end')), 5_000, 'OK', giveUp.signal);
  giveUp.abort(new Error('gone'));
  await expect(given).rejects.toThrow('gone');
});
