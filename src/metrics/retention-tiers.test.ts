import { describe, expect, it } from 'vitest';
import { parsePeriod } from './retention-tiers.js';

describe('parsePeriod', () => {
  // Truth: MetricStat (API Reference) for what is taken; a day as the longest: "Metrics concepts" of the guide.
  it.each([1, 5, 10, 20, 30, 60, 120, 660, 3600, 86_400])('takes %i', (period) => {
    expect(parsePeriod('input.period', period)).toBe(period);
  });

  it.each([0, -60, 2, 15, 45, 59, 61, 90, 0.5, 60.5, 86_460, 1e300, Number.NaN, Infinity])('refuses %s', (period) => {
    expect(() => parsePeriod('input.metricStat.period', period)).toThrow(
      /^input\.metricStat\.period: a period is 1, 5/,
    );
  });
});
