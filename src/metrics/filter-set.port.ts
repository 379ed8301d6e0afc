/** What a filter makes of the events that match it, as it was given. */
export interface MetricTransformation {
  readonly metricNamespace: string;
  readonly metricName: string;
  /** A number, or the selector of a field. */
  readonly metricValue: string;
  /** Reported for minutes that had events of which none matched; null: nothing is. */
  readonly defaultValue: number | null;
  readonly unit: string;
  /** Names of dimensions, and the selectors of their values; null: none. */
  readonly dimensions: Readonly<Record<string, string>> | null;
}

/** A metric filter. Plain data: it is handed between threads. */
export interface FilterDefinition {
  /** What it counts, as a row of `metric_output`. */
  readonly outputId: string;
  readonly name: string;
  readonly filterPattern: string;
  /** Whose events it sees: sorted; null: every account's. */
  readonly accountIds: readonly string[] | null;
  /** Null: every region. */
  readonly regions: readonly string[] | null;
  readonly transformation: MetricTransformation;
}

export interface FilterSet {
  /** Another with each change of a filter. */
  readonly version: string;
  /** By name. */
  readonly filters: readonly FilterDefinition[];
}

/** Values of one minute that a filter took from events. Plain data: it is handed between threads. */
export interface FilterSamples {
  readonly outputId: string;
  /** Values of its dimensions, in their order; null for one that is left out. */
  readonly dimensionValues: readonly (string | null)[];
  /** The start of the minute: milliseconds since 1970 UTC. */
  readonly time: number;
  readonly values: readonly number[];
  /** How often each was there. */
  readonly counts: readonly number[];
}
