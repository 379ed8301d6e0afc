import type { EventFilter } from '../events/event.inputs.js';
import type { RecordTest } from '../events/event-trail.port.js';
import { CompiledFilters } from '../metrics/filter-matching.service.js';
import type { FilterDefinition } from '../metrics/filter-set.port.js';
import { LogMessage } from '../patterns/filter-pattern/log-message.js';
import { narrowByFilterPatterns } from './narrow-by-filter-patterns.js';

/** A metric that an alarm looks at. What it leaves open, more than one may fit. */
export interface CausedMetric {
  readonly namespace: string;
  readonly metricName: string;
  readonly dimensions: Readonly<Record<string, string>>;
  readonly accountId: string | null;
  readonly region: string | null;
}

/** The events that metric filters have counted into the metrics of an alarm. */
export interface AlarmCauses {
  /** What all of them satisfy. */
  readonly filter: EventFilter;
  /** Whether a record is of one of them. */
  readonly test: RecordTest;
}

/**
 * @param filters that can be read, and count into metrics of these names
 * @returns null where none of them counts into one of the metrics
 */
export function alarmCauses(
  filters: readonly FilterDefinition[],
  metrics: readonly CausedMetric[],
): AlarmCauses | null {
  const wanted = new Map(
    filters.flatMap((filter) => {
      const fed = metrics.filter((metric) => feeds(filter, metric));
      return fed.length === 0 ? [] : [[filter.outputId, { filter, fed }] as const];
    }),
  );
  if (wanted.size === 0) return null;
  const feeding = [...wanted.values()].map(({ filter }) => filter);
  const regions = unionOf(feeding.map((filter) => filter.regions));
  const compiled = new CompiledFilters({ version: '', filters: feeding });
  const test: RecordTest = (record, accountId) => {
    const json = JSON.parse(record.toString('utf8')) as Record<string, unknown>;
    const message = LogMessage.ofRecord(record, json);
    // A record that names no region was taken for one of its file's: the events were asked for by that.
    const awsRegion = typeof json['awsRegion'] === 'string' ? json['awsRegion'] : (regions?.[0] ?? '');
    return compiled.samplesOf({ message, accountId, awsRegion, eventTime: 0 }).some(({ outputId, dimensionValues }) => {
      const { filter, fed } = wanted.get(outputId) as { filter: FilterDefinition; fed: CausedMetric[] };
      return fed.some(({ dimensions }) => hasDimensions(filter, dimensionValues, dimensions));
    });
  };
  const filter = { accountIds: unionOf(feeding.map(({ accountIds }) => accountIds)), regions };
  return {
    filter: narrowByFilterPatterns(
      filter,
      feeding.map(({ filterPattern }) => filterPattern),
    ),
    test,
  };
}

/** A filter's metric is of one account, or one region of it, where that is all that the filter sees. */
function feeds({ accountIds, regions, transformation }: FilterDefinition, metric: CausedMetric): boolean {
  const accountId = accountIds?.length === 1 ? accountIds[0] : null;
  const region = accountId !== null && regions?.length === 1 ? regions[0] : null;
  return (
    transformation.metricNamespace === metric.namespace &&
    transformation.metricName === metric.metricName &&
    (metric.accountId === null || metric.accountId === accountId) &&
    (metric.region === null || metric.region === region) &&
    Object.keys(metric.dimensions).every((name) => Object.hasOwn(transformation.dimensions ?? {}, name))
  );
}

/** Whether what a filter took from an event went into the metric of these dimensions, and of no others. */
function hasDimensions(
  { transformation }: FilterDefinition,
  values: readonly (string | null)[],
  dimensions: Readonly<Record<string, string>>,
): boolean {
  return Object.keys(transformation.dimensions ?? {}).every((name, at) => values[at] === (dimensions[name] ?? null));
}

/** Null where one of them is for all there are. */
function unionOf(lists: readonly (readonly string[] | null)[]): string[] | null {
  const all = new Set<string>();
  for (const list of lists) {
    if (list === null) return null;
    for (const value of list) all.add(value);
  }
  return [...all].sort();
}
