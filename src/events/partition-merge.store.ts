import type { Sql } from '../platform/database/database.js';
import { lockTables, type PartitionedTable, partitionedTables, tableOf } from './partition.store.js';
import type { TimeRange } from './partition-plan.js';

/** The table in which a month is put together, before it becomes a partition. */
function mergingTable(table: PartitionedTable, month: TimeRange): string {
  return `merging_${tableOf(table, month)}`;
}

function iso(time: number): string {
  return new Date(time).toISOString();
}

/** The day of a range as `date` takes it. */
function dateOf({ start }: TimeRange): string {
  return iso(start).slice(0, 10);
}

/** Whether events of a range have arrived since. */
export async function isBusy(sql: Sql, range: TimeRange, since: Date): Promise<boolean> {
  const [row] = await sql.query<{ busy: boolean }>(
    `SELECT EXISTS (
       SELECT FROM batch WHERE committed_at >= $1 AND min_event_time < $2 AND max_event_time >= $3) AS busy`,
    [since, iso(range.end), iso(range.start)],
  );
  return row?.busy === true;
}

/** Makes the tables of a month, unless a run before this one did. */
export async function makeMonth(transaction: Sql, month: TimeRange): Promise<void> {
  for (const table of partitionedTables) {
    const merging = mergingTable(table, month);
    // With the check, attaching it need not read it.
    await transaction.query(
      `CREATE TABLE IF NOT EXISTS ${merging} (LIKE ${table} INCLUDING ALL,
         CONSTRAINT in_month CHECK (event_time >= '${iso(month.start)}' AND event_time < '${iso(month.end)}'))`,
    );
    const [version] = await transaction.query<{ at: string }>(
      'SELECT max(timestamp)::text AS at FROM schema_migration',
    );
    await transaction.query(`COMMENT ON TABLE ${merging} IS '${Number(version?.at)}'`);
  }
}

/** Takes out what was copied of days that retention has dropped meanwhile. */
export async function forgetDropped(transaction: Sql, month: TimeRange, days: readonly TimeRange[]): Promise<void> {
  const gone = await transaction.query<{ day: string }>(
    `DELETE FROM merged_day WHERE day >= $1::date AND day < $2::date AND day <> ALL ($3::date[]) RETURNING day::text`,
    [dateOf(month), iso(month.end).slice(0, 10), days.map(dateOf)],
  );
  for (const { day } of gone) await purgeDay(transaction, month, day);
}

/** Those of the days whose rows stand in the tables of their month, and have not changed since. */
export async function mergedDays(sql: Sql, days: readonly TimeRange[]): Promise<Set<TimeRange>> {
  const rows = await sql.query<{ day: string }>(
    `SELECT day::text FROM merged_day
     WHERE day = ANY ($1::date[]) AND NOT EXISTS (SELECT FROM merge_change WHERE merge_change.day = merged_day.day)`,
    [days.map(dateOf)],
  );
  const merged = new Set(rows.map(({ day }) => day));
  return new Set(days.filter((day) => merged.has(dateOf(day))));
}

/**
 * Has every change of a day noted from now on, and forgets what was copied of it. Waits for those who write to this day at
 * the moment; 55P03 when they take long.
 */
export async function beginDay(transaction: Sql, month: TimeRange, day: TimeRange): Promise<void> {
  const date = dateOf(day);
  await transaction.query(`SET LOCAL lock_timeout = '1s'`);
  for (const table of partitionedTables) {
    await transaction.query(
      `CREATE OR REPLACE TRIGGER note_merge_change AFTER INSERT OR UPDATE OR DELETE ON ${tableOf(table, day)}
       FOR EACH ROW EXECUTE FUNCTION note_merge_change('${date}')`,
    );
    await transaction.query(
      `CREATE OR REPLACE TRIGGER note_merge_truncate AFTER TRUNCATE ON ${tableOf(table, day)}
       FOR EACH STATEMENT EXECUTE FUNCTION note_merge_change('${date}')`,
    );
  }
  await transaction.query('DELETE FROM merge_change WHERE day = $1', [date]);
  const known = await transaction.query('DELETE FROM merged_day WHERE day = $1 RETURNING 1', [date]);
  if (known.length > 0) await purgeDay(transaction, month, date);
}

/** Copies a day into the tables of its month: one statement, so that all of it is there or nothing. */
export async function copyDay(sql: Sql, month: TimeRange, day: TimeRange): Promise<void> {
  const copies = partitionedTables.map(
    (table, index) =>
      `copy_${index} AS (INSERT INTO ${mergingTable(table, month)} SELECT * FROM ${tableOf(table, day)})`,
  );
  await sql.query(`WITH ${copies.join(', ')} INSERT INTO merged_day (day) VALUES ('${dateOf(day)}')`);
}

export async function analyzeMonth(sql: Sql, month: TimeRange): Promise<void> {
  for (const table of partitionedTables) await sql.query(`ANALYZE ${mergingTable(table, month)}`);
}

/** Has the tables and their catch-alls for oneself: nothing is read or written of any partition meanwhile. */
export async function lockForSwap(transaction: Sql): Promise<void> {
  const tables = partitionedTables.flatMap((table) => [table, tableOf(table, null)]);
  await lockTables(transaction, tables, '500ms');
}

/** Puts the month in the place of its days. Expects {@link lockForSwap}, and that every day is merged. */
export async function swapMonth(transaction: Sql, month: TimeRange, days: readonly TimeRange[]): Promise<void> {
  const [from, to] = [iso(month.start), iso(month.end)];
  await transaction.query(
    `DROP TABLE ${days.flatMap((day) => partitionedTables.map((table) => tableOf(table, day))).join(', ')}`,
  );
  for (const table of partitionedTables) {
    const partition = tableOf(table, month);
    await transaction.query(`ALTER TABLE ${mergingTable(table, month)} RENAME TO ${partition}`);
    await transaction.query(
      `WITH moved AS (DELETE FROM ${tableOf(table, null)} WHERE event_time >= $1 AND event_time < $2 RETURNING *)
       INSERT INTO ${partition} SELECT * FROM moved`,
      [from, to],
    );
    await transaction.query(
      `ALTER TABLE ${table} ATTACH PARTITION ${partition} FOR VALUES FROM ('${from}') TO ('${to}')`,
    );
    await transaction.query(`ALTER TABLE ${partition} DROP CONSTRAINT in_month`);
  }
  await transaction.query('DELETE FROM merged_day WHERE day = ANY ($1::date[])', [days.map(dateOf)]);
}

/**
 * Clears away what an earlier run left and this one cannot use: tables of months that are to be merged no more, and all of
 * them when the tables that they are to become part of have changed since.
 */
export async function dropUnfinished(transaction: Sql, months: readonly TimeRange[]): Promise<void> {
  const wanted = months.flatMap((month) => partitionedTables.map((table) => mergingTable(table, month)));
  const tables = await transaction.query<{ name: string; stale: boolean }>(
    `SELECT relname AS name, relname <> ALL ($1::text[]) OR
       obj_description(oid, 'pg_class') IS DISTINCT FROM (SELECT max(timestamp) FROM schema_migration)::text AS stale
     FROM pg_class
     WHERE relkind = 'r' AND relname LIKE 'merging\\_%' AND pg_table_is_visible(oid)`,
    [wanted],
  );
  if (tables.some(({ stale }) => stale)) {
    await transaction.query(`DROP TABLE ${tables.map(({ name }) => `"${name}"`).join(', ')}`);
    await transaction.query('DELETE FROM merged_day');
  }
  await transaction.query('DELETE FROM merge_change WHERE day NOT IN (SELECT day FROM merged_day)');
}

async function purgeDay(transaction: Sql, month: TimeRange, date: string): Promise<void> {
  for (const table of partitionedTables) {
    await transaction.query(
      `DELETE FROM ${mergingTable(table, month)} WHERE event_time >= $1::date AND event_time < $1::date + 1`,
      [date],
    );
  }
}
