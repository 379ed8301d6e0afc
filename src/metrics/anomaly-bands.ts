import type { AnomalyModel } from '../patterns/metric-math/anomaly-band.js';
import type { TimeSeries } from '../patterns/metric-math/time-series.js';

/** The band of a model at the times of a series; null where there is no model. */
export function bandAround(
  model: AnomalyModel | null,
  series: TimeSeries,
  deviations: number,
): { readonly upper: TimeSeries; readonly lower: TimeSeries } | null {
  if (model === null) return null;
  const bands = series.timestamps.flatMap((time) => {
    const band = model.bandAt(time, deviations);
    return band === null ? [] : [{ time, ...band }];
  });
  const timestamps = bands.map(({ time }) => time);
  return {
    upper: { ...series, timestamps, values: bands.map(({ upper }) => upper) },
    lower: { ...series, timestamps, values: bands.map(({ lower }) => lower) },
  };
}
