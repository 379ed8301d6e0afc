import { FilterSets } from './filter-set.service.js';
import { MetricResolver } from './metric.resolver.js';
import { MetricService, type MetricServiceDeps } from './metric.service.js';
import { type MetricBackfillDeps, MetricBackfills } from './metric-backfill.service.js';
import { type MetricDataDeps, MetricDataService } from './metric-data.service.js';
import { MetricFilterResolver } from './metric-filter.resolver.js';
import { type MetricFilterDeps, MetricFilterService } from './metric-filter.service.js';
import { MetricRegistry } from './metric-registry.service.js';

export type MetricsDeps = Omit<
  MetricServiceDeps & MetricFilterDeps & MetricDataDeps & MetricBackfillDeps,
  'registry' | 'filters'
>;

export function createMetrics(deps: MetricsDeps) {
  const registry = new MetricRegistry(deps.now);
  const filters = new MetricFilterService({ ...deps, registry });
  const backfills = new MetricBackfills({ ...deps, filters, registry });
  return {
    registry,
    metricFilters: filters,
    filters: new FilterSets(deps.log),
    metricBackfills: backfills,
    resolvers: [
      new MetricResolver(new MetricService({ ...deps, registry }), new MetricDataService(deps)),
      new MetricFilterResolver(filters, backfills),
    ],
  };
}
