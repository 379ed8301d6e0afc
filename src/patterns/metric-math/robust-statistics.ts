/** Of one value or more. */
export function median(values: readonly number[]): number {
  const sorted = Float64Array.from(values).sort();
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}

/** What makes the median absolute deviation of normally distributed values their standard deviation. */
const madScale = 1.4826;
/** The same for the mean absolute deviation. */
const meanScale = 1.2533;

/**
 * The standard deviation that most of the residuals have. Where more than half of them are 0, as in a series that is flat
 * but for spikes, their mean absolute deviation stands in.
 */
export function robustSpread(residuals: readonly number[]): number {
  const deviations = residuals.map(Math.abs);
  const typical = madScale * median(deviations);
  if (typical > 0) return typical;
  return (meanScale * deviations.reduce((total, value) => total + value, 0)) / deviations.length;
}

/** The slope that half of all pairs of points exceed (Theil-Sen), in y for one x; 0 of fewer than two points. */
export function robustSlope(points: readonly (readonly [x: number, y: number])[]): number {
  const slopes = points.flatMap(([x1, y1], at) => points.slice(at + 1).map(([x2, y2]) => (y2 - y1) / (x2 - x1)));
  return slopes.length === 0 ? 0 : median(slopes);
}
