/** Metric filters and alarms that belong together: for each control a filter, and an alarm on what it counts. */
export interface AlarmPack {
  readonly title: string;
  /** The names of its filters and alarms begin with it. */
  readonly prefix: string;
  readonly metricNamespace: string;
  readonly controls: readonly PackControl[];
}

interface PackControl {
  /** Its number in the text that the pack is made from. */
  readonly id: string;
  /** Of its metric; it is a part of the names of filter and alarm. */
  readonly name: string;
  readonly title: string;
  readonly filterPattern: string;
}
