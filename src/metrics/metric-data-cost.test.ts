import { describe, expect, it } from 'vitest';
import { hourMs } from '../lib/time.js';
import { requireFewDefaults } from './metric-data-cost.js';

/* Truth: own limit of a million periods; an hour has 60 minutes, and filters count by the minute. */

const full = 2n ** 60n - 1n;
const defaultOf = (hours: number) => ({
  value: 0,
  active: new Map(Array.from({ length: hours }, (_, hour) => [hour * hourMs, full])),
  matched: new Map<number, bigint>(),
});
const wantedBy = (period: number) => ({
  ...{ metricIds: ['1'], from: 0, to: 20_000 * hourMs, period, unit: null, isDistributed: false },
});

describe('default values of filters', () => {
  it.each([
    ['of minutes of 16,666 hours are made', 60, 16_666, 1, true],
    ['of minutes of 16,667 hours are too many', 60, 16_667, 1, false],
    ['of hours of as many are made', 3600, 16_667, 1, true],
    ['of days cost as many as there are hours', 86_400, 16_667, 60, false],
    ['of minutes of two weeks are too many for 50 metrics', 60, 336, 50, false],
  ])('%s', (_, period, hours, metrics, isMade) => {
    const wanted = Array.from({ length: metrics }, () => wantedBy(period));
    const check = () =>
      requireFewDefaults(
        wanted,
        wanted.map(() => [defaultOf(hours)]),
      );
    if (isMade) expect(check).not.toThrow();
    else expect(check).toThrow('ask for fewer metrics');
  });
});
