import { hourMs, minuteMs } from '../../src/lib/time.js';
import { mergePoints } from '../../src/metrics/point-merge.service.js';
import { keptMs, tiers } from '../../src/metrics/retention-tiers.js';
import type { Database } from '../../src/platform/database/database.js';
import { type BenchmarkOptions, type Figure, median } from '../figures.js';
import { type PlantedSpan, plantMetrics, plantPoints } from './planted-points.js';

const metricCount = 500;

interface Merging {
  readonly name: string;
  readonly span: PlantedSpan;
  /** For each row that it takes in. */
  readonly seconds: number[];
  merge(): Promise<void>;
}

/** Rows a second that merging takes in, beside one statement that merges all of them by SQL alone. */
export async function mergeFigures(
  database: Database,
  now: number,
  { runs, note, scale }: BenchmarkOptions,
): Promise<Figure[]> {
  // What was put before this would be merged as well.
  await database.query('DELETE FROM data_point WHERE is_delta');
  const metrics = Array.from({ length: Math.max(1, Math.round(metricCount * scale)) }, (_, index) => {
    return { namespace: 'Bench', metricName: 'Merged', dimensions: { Number: String(index) } };
  });
  const metricIds = await plantMetrics(database, new Date(now), metrics);
  const all = mergings(database, now, metricIds);
  for (let run = 0; run <= runs; run++) {
    note(`merging, run ${run} of ${runs}`);
    for (const one of all) {
      const seconds = await secondsOf(database, metricIds, one);
      if (run > 0) one.seconds.push(seconds);
    }
  }
  const [plain, ...others] = all;
  if (plain === undefined) return [];
  const shown = ({ seconds }: Merging) => `${Math.round(1 / median(seconds)).toLocaleString('en')} rows/s`;
  const against = (one: Merging) => {
    return { name: plain.name, value: shown(plain), ratio: median(plain.seconds) / median(one.seconds) };
  };
  return [
    { name: plain.name, value: shown(plain) },
    ...others.map((one) => ({ name: `merging ${one.name}`, value: shown(one), against: against(one) })),
  ];
}

function mergings(database: Database, now: number, metricIds: readonly string[]): Merging[] {
  const old = now - (tiers.find(({ from }) => from === 60)?.keptMs ?? keptMs) - hourMs;
  const young = { metricIds, resolution: 60, deltas: 4, from: now - hourMs, to: now - 40 * minuteMs };
  const aged = { metricIds, resolution: 60, from: old - 80 * minuteMs, to: old };
  const merge = async () => {
    while ((await mergePoints(database, new Date(now))) > 0);
  };
  const plainly = 'one statement for all appended rows, a value each';
  return [
    { name: plainly, span: { ...young, samples: 1 }, seconds: [], merge: () => mergePlainly(database) },
    { name: 'appended rows, four of a minute, a value each', span: { ...young, samples: 1 }, seconds: [], merge },
    { name: 'appended rows, four of a minute, 10 values each', span: { ...young, samples: 10 }, seconds: [], merge },
    { name: 'minutes that become 5 minutes, 10 values each', span: { ...aged, samples: 10 }, seconds: [], merge },
  ];
}

async function secondsOf(
  database: Database,
  metricIds: readonly string[],
  { span, merge }: Pick<Merging, 'span' | 'merge'>,
): Promise<number> {
  await plantPoints(database, span);
  const rows = await countOf(database, metricIds);
  const started = performance.now();
  await merge();
  const seconds = (performance.now() - started) / 1000;
  if ((await countOf(database, metricIds)) >= rows) throw new Error('nothing was merged');
  await clear(database, metricIds);
  return seconds / rows;
}

async function mergePlainly(database: Database): Promise<void> {
  await database.query(
    `WITH taken AS (DELETE FROM data_point WHERE is_delta RETURNING *)
     INSERT INTO data_point (time, arrived_at, metric_id, output_id, minutes, minimum, maximum, resolution, unit, is_delta,
       sample_count, sum)
     SELECT time, max(arrived_at), metric_id, output_id, bit_or(minutes), min(minimum), max(maximum), resolution, unit,
       false, sum(sample_count), sum(sum)
     FROM taken GROUP BY metric_id, time, resolution, output_id, unit`,
  );
}

async function countOf(database: Database, metricIds: readonly string[]): Promise<number> {
  const [row] = await database.query<{ count: number }>(
    'SELECT count(*)::integer AS count FROM data_point WHERE metric_id = ANY ($1::bigint[])',
    [metricIds],
  );
  return row?.count ?? 0;
}

/** What the next one finds is the table as it was. */
async function clear(database: Database, metricIds: readonly string[]): Promise<void> {
  await database.query('DELETE FROM data_point WHERE metric_id = ANY ($1::bigint[])', [metricIds]);
  await database.query('VACUUM data_point');
}
