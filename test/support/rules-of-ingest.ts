import { FilterSets } from '../../src/metrics/filter-set.service.js';
import { MetricRegistry } from '../../src/metrics/metric-registry.service.js';
import { RuleSets } from '../../src/rules/rule-set.service.js';
import { silentLog } from './silent-log.js';

/** What ingest needs of rules and metric filters, where a test has none. */
export function rulesOfIngest() {
  const now = () => new Date();
  return {
    rules: new RuleSets(silentLog),
    filters: new FilterSets(silentLog),
    registry: new MetricRegistry(now),
    now,
    onDeliveries: async () => undefined,
    onData: () => undefined,
  };
}
