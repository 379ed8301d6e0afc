import type { FilterDefinition } from './filter-set.port.js';
import type { Dimensions, MetricIdentity } from './metric-identity.js';

/** The metric that a filter counts into: of the one account, or region of it, that it sees; else of all of them together. */
export function filterMetric(
  { accountIds, regions, transformation }: Pick<FilterDefinition, 'accountIds' | 'regions' | 'transformation'>,
  dimensions: Dimensions,
): MetricIdentity {
  const accountId = onlyOf(accountIds);
  return {
    namespace: transformation.metricNamespace,
    metricName: transformation.metricName,
    dimensions,
    accountId,
    awsRegion: accountId === null ? null : onlyOf(regions),
    accountIds,
  };
}

function onlyOf(values: readonly string[] | null): string | null {
  return values?.length === 1 ? (values[0] as string) : null;
}
