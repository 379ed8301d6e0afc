import type { MetricPoints } from '../metrics/metric-series.service.js';
import { badInput } from '../platform/errors.js';
import type { MetricAlarmDefinition } from './alarm-definition.js';
import { type BacktestDataPoint, mostDataPoints } from './alarm-state.inputs.js';

const combinations: Readonly<Record<string, (values: readonly number[]) => number>> = {
  Sum: (values) => total(values),
  SampleCount: (values) => total(values),
  Minimum: (values) => values.reduce((least, value) => Math.min(least, value)),
  Maximum: (values) => values.reduce((most, value) => Math.max(most, value)),
};

/**
 * Data points that a client gives in place of stored ones: values of the alarm's statistic, by the periods in which they lie.
 * Several of one period are put together as the statistic would be; of those that cannot be, such as percentiles, it is their
 * average.
 *
 * @throws BAD_USER_INPUT for too many, or values that are no numbers
 */
export function givenPoints(definition: MetricAlarmDefinition, points: readonly BacktestDataPoint[]): MetricPoints {
  if (points.length > mostDataPoints) throw badInput('input.dataPoints', `are more than ${mostDataPoints}`);
  const periodMs = definition.period * 1000;
  const periods = new Map<number, number[]>();
  for (const { timestamp, value } of points) {
    const start = Math.floor(timestamp.getTime() / periodMs) * periodMs;
    const known = periods.get(start);
    if (known) known.push(value);
    else periods.set(start, [value]);
  }
  const combine = combinations[definition.statistic ?? ''] ?? ((values) => total(values) / values.length);
  const all = [...periods].sort(([one], [other]) => one - other);
  const values = all.map(([, some]) => combine(some));
  return {
    series: { id: 'given', label: 'given', period: definition.period, timestamps: all.map(([time]) => time), values },
    // Not known: they count as enough.
    sampleCounts: all.map(() => Number.POSITIVE_INFINITY),
    minimums: values,
    lasting: values,
    coarseUntil: null,
  };
}

function total(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0);
}
