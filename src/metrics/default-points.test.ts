import { describe, expect, it } from 'vitest';
import { Random } from '../lib/random.js';
import { hourMs, minuteMs } from '../lib/time.js';
import { type DefaultPoints, defaultPoints, type FilterDefault } from './default-points.js';

const noon = Date.parse('2026-11-20T12:00:00Z');

/** Minutes counted from noon. */
function hoursOf(minutes: readonly number[]): Map<number, bigint> {
  const hours = new Map<number, bigint>();
  for (const minute of minutes) {
    const hour = noon + Math.floor(minute / 60) * hourMs;
    hours.set(hour, (hours.get(hour) ?? 0n) | (1n << BigInt(((minute % 60) + 60) % 60)));
  }
  return hours;
}

const stated = (value: number, active: readonly number[], matched: readonly number[] = []): FilterDefault => ({
  value,
  active: hoursOf(active),
  matched: hoursOf(matched),
});

/** By the minute from noon: each value and how often it is there. */
function shown(points: Map<number, DefaultPoints>): Record<number, Record<number, number>> {
  return Object.fromEntries(
    [...points].map(([time, { values, counts }]) => [
      (time - noon) / minuteMs,
      Object.fromEntries(values.map((value, index) => [value, counts[index] as number])),
    ]),
  );
}

describe('the defaults of filters', () => {
  // Truth: own reckoning.
  const hours = (from: number, to: number, period: number) => ({
    from: noon + from * hourMs,
    to: noon + to * hourMs,
    period,
  });
  const cases: [string, FilterDefault[], ReturnType<typeof hours>, object][] = [
    ['are of minutes with events', [stated(7, [0, 59])], hours(0, 1, 60), { 0: { 7: 1 }, 59: { 7: 1 } }],
    [
      'are not of minutes in which one matched',
      [stated(7, [0, 1, 2], [1])],
      hours(0, 1, 60),
      { 0: { 7: 1 }, 2: { 7: 1 } },
    ],
    ['are not of minutes that matched without events that it saw', [stated(7, [], [1])], hours(0, 1, 60), {}],
    ['end where the question ends', [stated(7, [59, 60])], hours(0, 1, 60), { 59: { 7: 1 } }],
    ['begin where it begins', [stated(7, [-1, 0])], hours(0, 1, 60), { 0: { 7: 1 } }],
    [
      'count each minute of a period',
      [stated(7, [0, 4, 5, 9, 59])],
      hours(0, 1, 300),
      { 0: { 7: 2 }, 5: { 7: 2 }, 55: { 7: 1 } },
    ],
    ['of hours and of more are together', [stated(7, [0, 30, 60, 119])], hours(0, 2, 7200), { 0: { 7: 4 } }],
    [
      'of several filters stand side by side',
      [stated(1, [0, 1]), stated(2, [0]), stated(1, [0])],
      hours(0, 1, 60),
      { 0: { 1: 2, 2: 1 }, 1: { 1: 1 } },
    ],
  ];
  it.each(cases)('%s', (_, defaults, span, expected) => {
    expect(shown(defaultPoints(defaults, span))).toEqual(expected);
  });

  // Truth: one minute after the other.
  it.each([60, 120, 300, 420, 600, 1800, 3600, 4200, 5400, 7200, 86_400])(
    'of %i s are as by going through all minutes',
    (period) => {
      const random = new Random(`defaults ${period}`);
      for (let round = 0; round < 20; round++) {
        const pick = (chance: number) =>
          Array.from({ length: 600 }, (_, minute) => minute - 300).filter(() => random.chance(chance));
        const all = Array.from({ length: random.between(1, 3) }, (_, index) => ({
          value: index % 2,
          active: pick(0.3),
          matched: pick(0.2),
        }));
        const periodMs = period * 1000;
        const from = Math.floor((noon - random.below(400) * minuteMs) / periodMs) * periodMs;
        const to = from + random.between(1, 40) * Math.max(periodMs, 600_000);
        const end = Math.ceil(to / periodMs) * periodMs;
        const expected: Record<number, Record<number, number>> = {};
        for (const { value, active, matched } of all) {
          for (const minute of active.filter((one) => !matched.includes(one))) {
            const time = noon + minute * minuteMs;
            if (time < from || time >= end) continue;
            const start = (Math.floor(time / periodMs) * periodMs - noon) / minuteMs;
            const counts = (expected[start] ??= {});
            counts[value] = (counts[value] ?? 0) + 1;
          }
        }
        const given = all.map(({ value, active, matched }) => stated(value, active, matched));
        expect(shown(defaultPoints(given, { from, to: end, period }))).toEqual(expected);
      }
    },
  );
});
