import { hourMs } from '../lib/time.js';
import type { Sql } from '../platform/database/database.js';
import { CrosstrailError } from '../platform/errors.js';
import { countRows, type PointsWanted } from './data-point.store.js';
import type { FilterDefault } from './default-points.js';
import { keptMs, tiers } from './retention-tiers.js';

/** What a request may cost. */
const most = 1_000_000;
/** What the rows cost that are put together in the database, and those whose values are put together here. */
const costOf = { summed: 0.1, distributed: 10 };
/** How far in the future data points may lie: PutMetricData. */
const newestMs = 2 * hourMs;
/** From which age on there is a row for how many seconds; the oldest first, and before the newest. */
const keptRows = tiers
  .filter(({ to }) => to > 60)
  .map(({ keptMs: ageMs, to }): [number, number] => [ageMs, to])
  .reverse();

/**
 * Refuses what would take too much: a day may be every minute of it, and a name stand for the metrics of many accounts. Where
 * there could be too many rows, they are counted: many metrics have few.
 *
 * @param now milliseconds since 1970 UTC
 * @throws COST_EXCEEDED
 */
export async function requireLittle(sql: Sql, wanted: readonly PointsWanted[], now: number): Promise<void> {
  if (wanted.reduce((sum, one) => sum + expectedCost(one, now), 0) <= most) return;
  const { summed, distributed, isMore } = await countRows(sql, wanted, most);
  if (isMore) {
    throw new CrosstrailError(
      'COST_EXCEEDED',
      `this would read more than ${most} rows of data points: ask for fewer metrics, or a shorter time`,
      { limit: most },
    );
  }
  const cost = Math.ceil(summed * costOf.summed + distributed * costOf.distributed);
  if (cost <= most) return;
  throw new CrosstrailError(
    'COST_EXCEEDED',
    `this would cost ${cost}, and ${most} is the most: a row of data points costs ${costOf.summed}, ` +
      `or ${costOf.distributed} for percentiles and the like; ask for fewer metrics, or a shorter time`,
    { limit: most, cost },
  );
}

/**
 * Refuses defaults for too many periods: they are made of minutes, and no row stands behind them.
 *
 * @throws COST_EXCEEDED
 */
export function requireFewDefaults(
  wanted: readonly PointsWanted[],
  defaults: readonly (readonly FilterDefault[])[],
): void {
  const periods = wanted.reduce((sum, { period }, index) => {
    const anHour = Math.max(1, hourMs / 1000 / Math.max(period, 60));
    return (defaults[index] ?? []).reduce((all, { active }) => all + active.size * anHour, sum);
  }, 0);
  if (periods <= most) return;
  throw new CrosstrailError(
    'COST_EXCEEDED',
    `the default values of filters would be those of ${Math.ceil(periods)} periods, and ${most} are the most: ` +
      'ask for fewer metrics, a shorter time or a longer period',
    { limit: most, cost: Math.ceil(periods) },
  );
}

function expectedCost({ metricIds, from, to, period, isDistributed }: PointsWanted, now: number): number {
  if (metricIds.length === 0) return 0;
  // Of high resolution there may be far more; where that is dear, it is counted.
  const rows = rowsIn(from, to, now, isDistributed ? 1 : 60) * metricIds.length;
  const periods = Math.min(rows, (to - from) / (period * 1000));
  return Math.max(periods, rows * (isDistributed ? costOf.distributed : costOf.summed));
}

/**
 * Rows that one metric may have in a span, as they are kept by their age.
 *
 * @param finest seconds of a row of the newest
 */
function rowsIn(start: number, end: number, now: number, finest: number): number {
  let [rows, from] = [0, Math.max(start, now - keptMs)];
  for (const [ageMs, seconds] of [...keptRows, [-newestMs, finest] as const]) {
    const until = Math.min(end, now - ageMs);
    if (until > from) rows += (until - from) / (seconds * 1000);
    from = Math.max(from, until);
  }
  return rows;
}
