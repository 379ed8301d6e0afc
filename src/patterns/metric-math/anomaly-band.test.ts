import { describe, expect, it } from 'vitest';
import { Random } from '../../lib/random.js';
import { dayMs, hourMs, minuteMs } from '../../lib/time.js';
import { type AnomalyModel, fitAnomalyModel } from './anomaly-band.js';
import type { TimeSeries } from './time-series.js';

/** A Monday, at midnight. */
const monday = Date.UTC(2024, 0, 1);

function history(lengthMs: number, valueAt: (timestamp: number) => number | null, periodMs = hourMs): TimeSeries {
  const points = Array.from({ length: lengthMs / periodMs }, (_, at) => monday + at * periodMs)
    .map((timestamp) => [timestamp, valueAt(timestamp)] as const)
    .filter((point): point is readonly [number, number] => point[1] !== null);
  return {
    id: 'm1',
    label: 'm1',
    period: periodMs / 1000,
    timestamps: points.map(([timestamp]) => timestamp),
    values: points.map(([, value]) => value),
  };
}

function modelOf(series: TimeSeries): AnomalyModel {
  const model = fitAnomalyModel(series);
  if (model === null) throw new Error('there is no model');
  return model;
}

function isExpected(model: AnomalyModel, timestamp: number, value: number, deviations = 2): boolean {
  const band = model.bandAt(timestamp, deviations);
  if (band === null) throw new Error('there is no band');
  return value >= band.lower && value <= band.upper;
}

function hourOf(timestamp: number): number {
  return new Date(timestamp).getUTCHours();
}

function isWeekend(timestamp: number): boolean {
  return [0, 6].includes(new Date(timestamp).getUTCDay());
}

/** About -1 to 1. */
function noise(): () => number {
  const random = new Random('anomaly');
  return () => random.fraction() + random.fraction() - 1;
}

// Origin of all that follows: own reckoning with made-up metrics; CloudWatch's own model is not published.
describe('a model is not there', () => {
  it.each([
    ['without history', history(0, () => 1)],
    ['with nine points', history(9 * hourMs, () => 1)],
    ['with less than three hours', history(3 * hourMs, () => 1, minuteMs)],
  ])('%s', (_, series) => {
    expect(fitAnomalyModel(series)).toBeNull();
  });

  it('but is with ten points over three hours', () => {
    expect(fitAnomalyModel(history(10 * hourMs, () => 1))).not.toBeNull();
  });

  it.each([0, -1, Number.NaN, Infinity])('and has no band of %d deviations', (deviations) => {
    expect(modelOf(history(dayMs, () => 1)).bandAt(monday, deviations)).toBeNull();
  });
});

describe('a model', () => {
  it('of a flat metric has a narrow band', () => {
    const model = modelOf(history(7 * dayMs, () => 100));
    expect(model.bandAt(monday + 8 * dayMs, 2)).toEqual({ upper: 101, lower: 99 });
  });

  it('of a metric that is always 0 has a band of no width', () => {
    const model = modelOf(history(7 * dayMs, () => 0));
    expect(model.bandAt(monday + 8 * dayMs, 2)).toEqual({ upper: 0, lower: 0 });
  });

  it('grows with the deviations', () => {
    const next = noise();
    const model = modelOf(history(2 * dayMs, () => 10 + next()));
    const [narrow, wide] = [1, 4].map((deviations) => model.bandAt(monday, deviations));
    expect((wide?.upper ?? 0) - (wide?.lower ?? 0)).toBeCloseTo(4 * ((narrow?.upper ?? 0) - (narrow?.lower ?? 0)), 9);
  });

  it('does not mind outliers', () => {
    const next = noise();
    const model = modelOf(history(2 * dayMs, (at) => (hourOf(at) === 5 ? 1e6 : 100 + next())));
    expect(isExpected(model, monday + 2 * dayMs, 100)).toBe(true);
    expect(isExpected(model, monday + 2 * dayMs, 110)).toBe(false);
  });

  it('does not go below 0 for what was never negative', () => {
    const next = noise();
    expect(modelOf(history(2 * dayMs, () => Math.abs(next()))).bandAt(monday, 10)?.lower).toBe(0);
    expect(modelOf(history(2 * dayMs, () => next())).bandAt(monday, 10)?.lower).toBeLessThan(0);
  });

  it('of a metric that is 0 but for spikes is not without width', () => {
    const model = modelOf(history(2 * dayMs, (at) => (hourOf(at) % 6 === 0 ? 60 : 0)));
    expect(isExpected(model, monday + 2 * dayMs, 20)).toBe(true);
    expect(isExpected(model, monday + 2 * dayMs, 60)).toBe(false);
  });

  it('takes the spread of all seasons where one has few points', () => {
    const next = noise();
    const model = modelOf(history(15 * dayMs, () => 10 + next()));
    const widths = Array.from({ length: 168 }, (_, hour) => {
      const band = model.bandAt(monday + hour * hourMs, 2);
      return (band?.upper ?? 0) - (band?.lower ?? 0);
    });
    expect(Math.min(...widths)).toBeGreaterThan(Math.max(...widths) / 4);
  });

  it('is the same each time', () => {
    const next = noise();
    const series = history(20 * dayMs, () => next());
    expect(modelOf(series).bandAt(monday, 2)).toEqual(modelOf(series).bandAt(monday, 2));
  });
});

describe('seasons', () => {
  it.each([
    [2, false],
    [3.5, true],
  ])('with %d days of history, an hour of the day has a level of its own: %s', (days, isKnown) => {
    const next = noise();
    const model = modelOf(history(days * dayMs, (at) => (hourOf(at) >= 8 && hourOf(at) < 20 ? 100 : 10) + next()));
    const night = monday + 10 * dayMs + 3 * hourMs;
    expect(isExpected(model, night, 10)).toBe(true);
    expect(isExpected(model, night, 100)).toBe(!isKnown);
  });

  it.each([
    [7, false],
    [15, true],
  ])('with %d days of history, an hour of the week has a level of its own: %s', (days, isKnown) => {
    const next = noise();
    const model = modelOf(history(days * dayMs, (at) => (isWeekend(at) ? 10 : 100) + next()));
    const sunday = monday + 6 * dayMs + 28 * dayMs;
    expect(isExpected(model, sunday + 12 * hourMs, 10)).toBe(isKnown);
    expect(isExpected(model, sunday + dayMs + 12 * hourMs, 100)).toBe(true);
  });

  it('fall back to coarser ones where an hour was never seen', () => {
    const model = modelOf(history(15 * dayMs, (at) => (isWeekend(at) ? null : hourOf(at))));
    const saturday = monday + 19 * dayMs;
    expect(isExpected(model, saturday + 5 * hourMs, 5)).toBe(true);
    expect(isExpected(model, saturday + 5 * hourMs, 7)).toBe(false);
  });
});

describe('a trend', () => {
  it('goes on', () => {
    const next = noise();
    const model = modelOf(history(20 * dayMs, (at) => 100 + ((at - monday) / dayMs) * 10 + next()));
    expect(isExpected(model, monday + 22 * dayMs, 320, 3)).toBe(true);
    expect(isExpected(model, monday + 22 * dayMs, 200, 3)).toBe(false);
  });

  it('goes on for as long as it was seen, at most', () => {
    const model = modelOf(history(20 * dayMs, (at) => 100 + ((at - monday) / dayMs) * 10));
    const later = model.bandAt(monday + 1000 * 7 * dayMs, 2);
    expect(later?.upper).toBeLessThan(600);
  });

  it('is none that the days of a week make', () => {
    const model = modelOf(history(28 * dayMs, (at) => (isWeekend(at) ? 10 : 100)));
    expect(model.bandAt(monday + 30 * dayMs, 2)).toEqual({ upper: 101, lower: 99 });
  });
});

describe('history', () => {
  it('counts for 28 days', () => {
    const model = modelOf(history(60 * dayMs, (at) => (at < monday + 31 * dayMs ? 500 : 10)));
    expect(model.bandAt(monday + 61 * dayMs, 2)?.upper).toBeCloseTo(10.1, 9);
  });

  it('may have a point each second', () => {
    const model = modelOf(history(dayMs, (at) => hourOf(at), 1000));
    expect(model.bandAt(monday + dayMs, 2)).not.toBeNull();
  });
});
