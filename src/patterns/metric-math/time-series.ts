/** The data points of one metric, statistic and period, or what metric math made of such. */
export interface TimeSeries {
  readonly id: string;
  readonly label: string;
  /** Seconds. */
  readonly period: number;
  /** Starts of periods in milliseconds since 1970 UTC: ascending, and multiples of the period. */
  readonly timestamps: readonly number[];
  /** As many as `timestamps`; all finite. */
  readonly values: readonly number[];
}
