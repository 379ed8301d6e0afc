import {
  Counter,
  type CounterConfiguration,
  collectDefaultMetrics,
  Gauge,
  type GaugeConfiguration,
  Histogram,
  type HistogramConfiguration,
  Registry,
} from 'prom-client';

/** Prometheus metrics of one process. Rooms make theirs once, in their factory. Names begin with `crosstrail_`. */
export interface Telemetry {
  counter<L extends string>(configuration: CounterConfiguration<L>): Counter<L>;
  gauge<L extends string>(configuration: GaugeConfiguration<L>): Gauge<L>;
  /** Buckets are in the unit of the name: seconds unless it says otherwise. */
  histogram<L extends string>(configuration: HistogramConfiguration<L>): Histogram<L>;
  readonly contentType: string;
  /** The text of `GET /metrics`. */
  render(): Promise<string>;
}

/** A registry of its own, so that two apps in one process (tests) do not collide; with the process's own metrics. */
export function createTelemetry(): Telemetry {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  return {
    counter: (configuration) => new Counter({ ...configuration, registers }),
    gauge: (configuration) => new Gauge({ ...configuration, registers }),
    histogram: (configuration) => new Histogram({ ...configuration, registers }),
    contentType: registry.contentType,
    render: () => registry.metrics(),
  };
}
