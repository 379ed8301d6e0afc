import { createCursorCodec } from '../../src/lib/cursor.js';
import { dayMs } from '../../src/lib/time.js';
import type { MetricInput } from '../../src/metrics/metric.inputs.js';
import { MetricFilterService } from '../../src/metrics/metric-filter.service.js';
import { MetricRegistry } from '../../src/metrics/metric-registry.service.js';
import type { Database } from '../../src/platform/database/database.js';
import { benchCaller, noAudit } from './bench-caller.js';
import { daysOf, plantActivity, plantHistory, plantMatches, plantMetrics, plantPoints } from './planted-points.js';

/** Metrics that questions are about. */
export interface PlantedMetrics {
  /** Fifteen months, with the values themselves. */
  readonly distributed: MetricInput;
  /** Fifteen days, counted by a filter, with and without a default. */
  readonly filtered: MetricInput;
  readonly unfiltered: MetricInput;
  /** Many of one name, over two days. */
  readonly fleet: readonly MetricInput[];
  readonly ids: { readonly distributed: readonly string[]; readonly fleet: readonly string[] };
}

const namespace = 'Bench';
const fleetSize = 500;
const fleetDays = 2;
/** Of those with fifteen months: together with the others they make more than a million rows. */
const historySizes = { distributed: 6, counted: 12 };
const filteredDays = 15;

/** A table of data points as it stands after months of use, its rows by time. */
export async function plantAll(
  database: Database,
  now: number,
  scale: number,
  note: (line: string) => void,
): Promise<PlantedMetrics> {
  const numbered = (metricName: string, count: number) =>
    Array.from({ length: Math.max(2, Math.round(count * scale)) }, (_, index) => {
      return { namespace, metricName, dimensions: { Number: String(index) } };
    });
  const plant = (metrics: ReturnType<typeof numbered>) => plantMetrics(database, new Date(now), metrics);
  note('planting metrics of fifteen months');
  const distributed = numbered('Duration', historySizes.distributed);
  const distributedIds = await plant(distributed);
  await plantHistory(database, now, distributedIds, true);
  await plantHistory(database, now, await plant(numbered('Calls', historySizes.counted)), false);
  note('planting many metrics');
  const fleet = numbered('Requests', fleetSize);
  const fleetIds = await plant(fleet);
  for (const [from, to] of daysOf(now - fleetDays * dayMs, now)) {
    await plantPoints(database, { metricIds: fleetIds, from, to, resolution: 60, samples: 1 });
  }
  note('planting what filters counted');
  const filtered = { namespace, metricName: 'WithDefault' };
  const unfiltered = { namespace, metricName: 'WithoutDefault' };
  await plantFiltered(database, now, scale, [filtered, unfiltered]);
  await database.query('VACUUM ANALYZE data_point, event_activity, metric');
  return {
    distributed: inputOf(distributed[0] as (typeof distributed)[number]),
    filtered,
    unfiltered,
    fleet: fleet.map(inputOf),
    ids: { distributed: distributedIds.slice(0, 1), fleet: fleetIds },
  };
}

async function plantFiltered(
  database: Database,
  now: number,
  scale: number,
  [filtered, unfiltered]: readonly [MetricInput, MetricInput],
): Promise<void> {
  const registry = new MetricRegistry(() => new Date(now));
  const cursors = createCursorCodec(Buffer.alloc(32));
  const filters = new MetricFilterService({ database, audit: noAudit, cursors, registry });
  const span = { from: now - filteredDays * dayMs, to: now };
  const put = (metric: MetricInput, defaultValue: number | null) =>
    filters.put(benchCaller, {
      name: metric.metricName,
      filterPattern: 'AccessDenied',
      metricTransformations: [
        { metricNamespace: namespace, metricName: metric.metricName, metricValue: '1', unit: 'Count', defaultValue },
      ],
    });
  await put(filtered, 0);
  await put(unfiltered, null);
  const [metricId] = await plantMetrics(database, new Date(now), [
    { namespace, metricName: unfiltered.metricName, dimensions: {} },
  ]);
  await plantPoints(database, { metricIds: [metricId as string], ...span, resolution: 300, samples: 1 });
  await plantMatches(database, { metricName: filtered.metricName, ...span, everyMinutes: 5 });
  await plantActivity(database, { ...span, accounts: Math.max(1, Math.round(100 * scale)), regions: 3 });
}

function inputOf({ dimensions, ...metric }: { namespace: string; metricName: string; dimensions: { Number: string } }) {
  return { ...metric, dimensions: [{ name: 'Number', value: dimensions.Number }] };
}
