import { describe, expect, it } from 'vitest';
import { dayMs, hourMs, minuteMs } from '../lib/time.js';
import { availableSince, keptMs, parsePeriod, resolutionAt } from './retention-tiers.js';

describe('resolutionAt', () => {
  // Truth: the table of retention in "Metrics concepts" (Amazon CloudWatch User Guide); at the border itself, own choice.
  it.each<[string, number, 1 | 60, number | null]>([
    ['a second of now', 0, 1, 1],
    ['a second of the future', -2 * hourMs, 1, 1],
    ['a second of 3 hours ago', 3 * hourMs, 1, 1],
    ['a second of a little before', 3 * hourMs + 1, 1, 60],
    ['a minute of now', 0, 60, 60],
    ['a minute of the future', -2 * hourMs, 60, 60],
    ['a minute of 15 days ago', 15 * dayMs, 60, 60],
    ['a minute of a little before', 15 * dayMs + 1, 60, 300],
    ['a second of 16 days ago', 16 * dayMs, 1, 300],
    ['a minute of 63 days ago', 63 * dayMs, 60, 300],
    ['a minute of a little before that', 63 * dayMs + 1, 60, 3600],
    ['a minute of 455 days ago', 455 * dayMs, 60, 3600],
    ['a minute of more than 455 days ago', 455 * dayMs + 1, 60, null],
    ['a second of more than 455 days ago', 455 * dayMs + 1, 1, null],
  ])('%s', (_, age, storageResolution, expected) => {
    expect(resolutionAt(age, storageResolution)).toBe(expected);
  });

  it('is null for what is older than anything kept', () => {
    expect(resolutionAt(keptMs, 60)).not.toBeNull();
    expect(resolutionAt(keptMs + 1, 60)).toBeNull();
  });
});

describe('availableSince', () => {
  const now = new Date('2026-05-01T12:34:56.789Z');

  // Truth: MetricStat (Amazon CloudWatch API Reference): which period is needed for which start time.
  it.each([
    [1, 3 * hourMs],
    [5, 3 * hourMs],
    [10, 3 * hourMs],
    [20, 3 * hourMs],
    [30, 3 * hourMs],
    [60, 15 * dayMs],
    [120, 15 * dayMs],
    [240, 15 * dayMs],
    [300, 63 * dayMs],
    [360, 15 * dayMs],
    [900, 63 * dayMs],
    [3600, 455 * dayMs],
    [5400, 63 * dayMs],
    [7200, 455 * dayMs],
    [86_400, 455 * dayMs],
  ])('points of %i seconds', (period, age) => {
    expect(now.getTime() - availableSince(period, now).getTime()).toBe(age);
    // What is answered is what is kept, or can be made of it.
    const resolution = resolutionAt(age, period < 60 ? 1 : 60);
    expect(period % (resolution ?? Number.NaN)).toBe(0);
    expect(resolutionAt(age + minuteMs, 60)).not.toBe(resolution);
  });
});

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
