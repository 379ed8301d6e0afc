import type { MetricIdentity } from './metric-identity.js';

/** What samples add up to. Sums are exact decimals, so that they do not depend on the order in which they are added. */
export interface ExactSummary {
  /** A decimal number: counts may be fractions. */
  readonly sampleCount: string;
  readonly sum: string;
  readonly minimum: number;
  readonly maximum: number;
}

/** Samples of a metric at a time. */
export interface NewPoint {
  readonly metric: MetricIdentity;
  /** Which filter counted them, as a row of `metric_output`; null: they were put. */
  readonly outputId: string | null;
  /** Milliseconds since 1970 UTC. */
  readonly time: number;
  /** Seconds. */
  readonly storageResolution: 1 | 60;
  /** One of AWS's. */
  readonly unit: string;
  /** Values and how often each was there, or what is known of values that nobody has. */
  readonly samples:
    | { readonly values: readonly number[]; readonly counts: readonly number[] }
    | { readonly summary: ExactSummary };
}
