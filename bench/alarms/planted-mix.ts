import { parseMetricAlarm } from '../../src/alarms/alarm-settings.js';
import { parseCompositeAlarm } from '../../src/alarms/composite-alarm-settings.js';
import { createCursorCodec } from '../../src/lib/cursor.js';
import { dayMs, hourMs, minuteMs } from '../../src/lib/time.js';
import { MetricFilterService } from '../../src/metrics/metric-filter.service.js';
import { MetricRegistry } from '../../src/metrics/metric-registry.service.js';
import type { Database } from '../../src/platform/database/database.js';
import { noAudit } from '../metrics/bench-caller.js';
import { plantActivity, plantMetrics, plantPoints } from '../metrics/planted-points.js';
import {
  childrenOfComposite,
  countingFilters,
  type MixAlarm,
  type MixKind,
  type MixMetric,
  mixAlarm,
  mixKinds,
  namespace,
} from './alarm-mix.js';
import { alarmCaller, plantTarget, writeAlarms } from './alarm-writing.js';

/** Alarms of all kinds, and the ids of the metrics that they look at. */
export interface PlantedMix {
  readonly alarms: number;
  readonly byKind: Readonly<Record<MixKind, readonly MixAlarm[]>>;
  /** With one sample a minute, with ten, and those that have had none for half an hour. */
  readonly metricIds: { readonly even: readonly string[]; readonly distributed: readonly string[] };
  readonly ids: ReadonlyMap<MixMetric, string>;
}

const wholeMix = 10_000;
const samplesOfMinute = 10;
const bandDays = 7;
/** One in so many metrics has had no data for half an hour. */
const silentEvery = 20;

/** Alarms that look at an hour of data points up to `now`, and have not been judged yet. */
export async function plantMix(database: Database, now: number, scale: number): Promise<PlantedMix> {
  const kinds = Object.keys(mixKinds) as MixKind[];
  const byKind = Object.fromEntries(
    kinds.map((kind) => [
      kind,
      Array.from({ length: Math.round(mixKinds[kind] * scale) }, (_, index) => mixAlarm(kind, index)),
    ]),
  ) as Record<MixKind, MixAlarm[]>;
  await plantFilters(database, now, byKind.defaulted.length);
  const metrics = kinds.flatMap((kind) => byKind[kind].flatMap((alarm) => alarm.metrics));
  const found = await plantMetrics(database, new Date(now), metrics);
  const ids = new Map(metrics.map((metric, index) => [metric, found[index] as string]));
  const idsOf = (some: readonly MixKind[]) =>
    some.flatMap((kind) => byKind[kind].flatMap((alarm) => alarm.metrics.map((metric) => ids.get(metric) as string)));
  const all = { even: idsOf(['counted', 'live', 'math', 'band']), distributed: idsOf(['percentile']) };
  await plantHour(database, now, all);
  await plantPast(database, now, idsOf(['band']));
  await plantTarget(database);
  const definitions = metrics.length === 0 ? [] : kinds.flatMap((kind) => byKind[kind].map(definitionOf));
  await writeAlarms(database, definitions, now);
  const composites = Math.round(wholeMix * scale) - definitions.length;
  await plantComposites(database, now, composites, byKind.live.length);
  await database.query('VACUUM ANALYZE');
  const metricIds = { even: all.even.filter(isHeard), distributed: all.distributed.filter(isHeard) };
  return { alarms: definitions.length + composites, byKind, metricIds, ids };
}

/** The data points of one more minute. */
export async function plantMinute(database: Database, from: number, { metricIds }: PlantedMix): Promise<void> {
  const span = { from, to: from + minuteMs, resolution: 60 };
  await plantPoints(database, { ...span, metricIds: metricIds.even, samples: 1 });
  await plantPoints(database, { ...span, metricIds: metricIds.distributed, samples: samplesOfMinute });
}

function isHeard(_id: string, index: number): boolean {
  return index % silentEvery !== 0;
}

function definitionOf({ input }: MixAlarm) {
  return parseMetricAlarm(input, alarmCaller.accounts);
}

async function plantHour(
  database: Database,
  now: number,
  { even, distributed }: { even: readonly string[]; distributed: readonly string[] },
): Promise<void> {
  const halves = [
    { from: now - hourMs, to: now - hourMs / 2, isWanted: () => true },
    { from: now - hourMs / 2, to: now, isWanted: isHeard },
  ];
  for (const { isWanted, ...span } of halves) {
    const wanted = (ids: readonly string[]) => ids.filter((id, index) => isWanted(id, index));
    await plantPoints(database, { ...span, metricIds: wanted(even), resolution: 60, samples: 1 });
    const samples = samplesOfMinute;
    await plantPoints(database, { ...span, metricIds: wanted(distributed), resolution: 60, samples });
  }
}

/** What bands are learned from, as it is kept by five minutes. */
async function plantPast(database: Database, now: number, metricIds: readonly string[]): Promise<void> {
  for (let day = bandDays; day > 0; day--) {
    const [from, to] = [now - hourMs - day * dayMs, now - hourMs - (day - 1) * dayMs];
    await plantPoints(database, { metricIds, from, to, resolution: 300, samples: 1 });
  }
}

async function plantFilters(database: Database, now: number, defaulted: number): Promise<void> {
  const registry = new MetricRegistry(() => new Date(now));
  const cursors = createCursorCodec(Buffer.alloc(32));
  const filters = new MetricFilterService({ database, audit: noAudit, cursors, registry });
  const put = (metricName: string, more: object) =>
    filters.put(alarmCaller, {
      name: metricName,
      filterPattern: '{ $.errorCode = "AccessDenied" }',
      metricTransformations: [{ metricNamespace: namespace, metricName, metricValue: '1', unit: 'Count', ...more }],
    });
  for (let filter = 0; filter < countingFilters; filter++) {
    await put(`Counted${filter}`, { dimensions: { Number: '$.requestParameters.number' } });
  }
  for (let filter = 0; filter < defaulted; filter++) await put(`Defaulted${filter}`, { defaultValue: 0 });
  await plantActivity(database, { from: now - dayMs, to: now + hourMs, accounts: 20, regions: 3 });
}

async function plantComposites(database: Database, now: number, count: number, others: number): Promise<void> {
  const definitions = Array.from({ length: others === 0 ? 0 : count }, (_, index) => {
    const children = Array.from(
      { length: childrenOfComposite },
      (_child, at) => `ALARM("live-${(index * childrenOfComposite + at) % others}")`,
    );
    const input = { alarmName: `composite-${index}`, alarmRule: children.join(' OR ') };
    return parseCompositeAlarm(input, alarmCaller.accounts);
  });
  await writeAlarms(database, definitions, now);
}
