import { hourMs, startOfHour } from '../lib/time.js';
import type { Sql } from '../platform/database/database.js';
import { type HourSpan, readActiveHours, readDefaults, readMatchedHours } from './activity.store.js';
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
  const hours = hoursOf(spans);
  const ids = stated.map(({ id }) => id);
  const active = new Map<string, Map<number, bigint>>();
  for (const row of await readActiveHours(sql, ids, hours)) note(active, row.defaultId, row);
  const matched = new Map<string, Map<number, bigint>>();
  for (const row of await readMatchedHours(sql, [...metricIds], hours)) note(matched, keyOf(row), row);
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
          .map(({ id }) => within(defaults.get(id) as FilterDefault, one)),
  );
}

/** The whole hours of all spans together: what lies far apart is not read for what lies between. */
function hoursOf(spans: readonly HourSpan[]): HourSpan[] {
  const hours = spans.map(({ from, to }) => ({ from: startOfHour(from), to: startOfHour(to - 1) + hourMs }));
  const joined: { from: number; to: number }[] = [];
  for (const { from, to } of hours.sort((one, other) => one.from - other.from)) {
    const last = joined.at(-1);
    if (last !== undefined && from <= last.to) last.to = Math.max(last.to, to);
    else joined.push({ from, to });
  }
  return joined;
}

/** What of a default lies in a span: others of the same filter may have asked for far more. */
function within(stated: FilterDefault, { from, to }: HourSpan): FilterDefault {
  const first = startOfHour(from);
  if ((to - first) / hourMs >= stated.active.size) return stated;
  const active = new Map<number, bigint>();
  for (let hour = first; hour < to; hour += hourMs) {
    const minutes = stated.active.get(hour);
    if (minutes !== undefined) active.set(hour, minutes);
  }
  return { ...stated, active };
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
