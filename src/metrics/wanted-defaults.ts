import { hourMs, startOfHour } from '../lib/time.js';
import type { Sql } from '../platform/database/database.js';
import { readActiveHours, readDefaults, readMatchedHours } from './activity.store.js';
import type { PointsWanted } from './data-point.store.js';
import type { FilterDefault } from './default-points.js';

/** The defaults of the filters behind each of some metrics, in their order. Most metrics have none. */
export async function readWantedDefaults(sql: Sql, wanted: readonly PointsWanted[]): Promise<FilterDefault[][]> {
  // Filters count by the minute: of less there is nothing to report.
  const asked = wanted.filter(({ period, from, to }) => period >= 60 && from < to);
  const stated = await readDefaults(sql, [...new Set(asked.flatMap(({ metricIds }) => metricIds))]);
  if (stated.length === 0) return wanted.map(() => []);
  const metricIds = new Set(stated.map(({ metricId }) => metricId));
  const spans = asked.filter((one) => one.metricIds.some((id) => metricIds.has(id)));
  const from = startOfHour(Math.min(...spans.map((span) => span.from)));
  const to = startOfHour(Math.max(...spans.map((span) => span.to)) - 1) + hourMs;
  const ids = stated.map(({ id }) => id);
  const active = new Map<string, Map<number, bigint>>();
  for (const row of await readActiveHours(sql, ids, from, to)) note(active, row.defaultId, row);
  const matched = new Map<string, Map<number, bigint>>();
  for (const row of await readMatchedHours(sql, [...metricIds], from, to)) note(matched, keyOf(row), row);
  const nothing = new Map<number, bigint>();
  const defaults = new Map<string, FilterDefault>();
  // Of a filter that was put again the newest default speaks for a minute: it has one, though it had events before and after.
  for (const one of stated.toReversed()) {
    const spokenFor = matched.get(keyOf(one)) ?? new Map<number, bigint>();
    const own = active.get(one.id) ?? nothing;
    defaults.set(one.id, { value: one.value, active: own, matched: new Map(spokenFor) });
    for (const [hour, minutes] of own) spokenFor.set(hour, (spokenFor.get(hour) ?? 0n) | minutes);
    matched.set(keyOf(one), spokenFor);
  }
  return wanted.map((one) =>
    one.period < 60
      ? []
      : stated
          .filter(({ metricId, unit }) => one.metricIds.includes(metricId) && (one.unit === null || one.unit === unit))
          .map(({ id }) => defaults.get(id) as FilterDefault),
  );
}

function keyOf({ metricId, outputId }: { readonly metricId: string; readonly outputId: string }): string {
  return `${metricId} ${outputId}`;
}

function note(
  into: Map<string, Map<number, bigint>>,
  key: string,
  { hour, minutes }: { readonly hour: number; readonly minutes: string },
): void {
  const hours = into.get(key) ?? new Map<number, bigint>();
  hours.set(hour, BigInt(minutes));
  into.set(key, hours);
}
