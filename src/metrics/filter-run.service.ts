import type { NewPoint } from './data-point.port.js';
import { filterMetric } from './filter-metric.js';
import type { FilterDefinition, FilterSamples, FilterSet } from './filter-set.port.js';
import type { Dimensions, MetricIdentity } from './metric-identity.js';
import type { PointWriter } from './point-writer.service.js';

/** What metric filters take from the events of one transaction: data points, seen if and only if it commits. */
export class FilterRun {
  readonly #filters: ReadonlyMap<string, FilterDefinition>;
  /** By output and values of dimensions: many samples are of few metrics. */
  readonly #metrics = new Map<string, MetricIdentity>();

  constructor(
    private readonly points: PointWriter,
    { filters }: FilterSet,
  ) {
    this.#filters = new Map(filters.map((filter) => [filter.outputId, filter]));
  }

  async add(samples: readonly FilterSamples[]): Promise<void> {
    await this.points.add(samples.map((sample) => this.#pointOf(sample)));
    if (this.#metrics.size > 10_000) this.#metrics.clear();
  }

  #pointOf({ outputId, dimensionValues, time, values, counts }: FilterSamples): NewPoint {
    const filter = this.#filters.get(outputId) as FilterDefinition;
    const metric = this.#metricOf(filter, dimensionValues);
    const { unit } = filter.transformation;
    return { metric, outputId, time, storageResolution: 60, unit, samples: { values, counts } };
  }

  #metricOf(filter: FilterDefinition, values: readonly (string | null)[]): MetricIdentity {
    const key = `${filter.outputId} ${values.length === 0 ? '' : JSON.stringify(values)}`;
    let metric = this.#metrics.get(key);
    if (metric === undefined) {
      const names = Object.keys(filter.transformation.dimensions ?? {});
      const dimensions: Dimensions = Object.fromEntries(
        names.flatMap((name, index) => (values[index] == null ? [] : [[name, values[index]]])),
      );
      metric = filterMetric(filter, dimensions);
      this.#metrics.set(key, metric);
    }
    return metric;
  }
}
