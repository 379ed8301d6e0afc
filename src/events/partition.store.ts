import type { Sql } from '../platform/database/database.js';
import { partitionSuffix, type TimeRange } from './partition-plan.js';

/** Tables that are split by event time alike, so that a day or month is made and dropped in all of them together. */
export const partitionedTables = ['event', 'record_chunk', 'event_sighting'] as const;
export type PartitionedTable = (typeof partitionedTables)[number];

/** Names of the tables of one partition; null for the catch-all. */
export function tablesOf(range: TimeRange | null): { event: string; chunk: string; sighting: string } {
  const name = (table: PartitionedTable) => tableOf(table, range);
  return { event: name('event'), chunk: name('record_chunk'), sighting: name('event_sighting') };
}

export function tableOf(table: PartitionedTable, range: TimeRange | null): string {
  return `${table}_${range === null ? 'other' : partitionSuffix(range)}`;
}

/** Ranges of the partitions that stand, oldest first, read back from their bounds. */
export async function standingRanges(sql: Sql): Promise<TimeRange[]> {
  const rows = await sql.query<{ lower: Date; upper: Date }>(`
    SELECT (bounds)[1]::timestamptz AS lower, (bounds)[2]::timestamptz AS upper
    FROM pg_inherits
    JOIN pg_class ON pg_class.oid = inhrelid
    CROSS JOIN LATERAL regexp_match(
      pg_get_expr(relpartbound, pg_class.oid), 'FROM \\(''([^'']+)''\\) TO \\(''([^'']+)''\\)') AS bounds
    WHERE inhparent = 'event'::regclass AND bounds IS NOT NULL
    ORDER BY 1`);
  return rows.map((row) => ({ start: row.lower.getTime(), end: row.upper.getTime() }));
}

/**
 * A partition is made beside the table and then attached, which lets writers of other partitions go on (`CREATE TABLE …
 * PARTITION OF` would stop them all). What the catch-all holds of its range moves over first.
 */
export async function createRange(sql: Sql, range: TimeRange): Promise<void> {
  const [from, to] = [new Date(range.start).toISOString(), new Date(range.end).toISOString()];
  await sql.query(`SET LOCAL lock_timeout = '2s'`);
  for (const table of partitionedTables) {
    const partition = tableOf(table, range);
    await sql.query(`LOCK TABLE ${table}_other IN ACCESS EXCLUSIVE MODE`);
    await sql.query(`CREATE TABLE ${partition} (LIKE ${table} INCLUDING ALL)`);
    await sql.query(
      `WITH moved AS (DELETE FROM ${table}_other WHERE event_time >= $1 AND event_time < $2 RETURNING *)
       INSERT INTO ${partition} SELECT * FROM moved`,
      [from, to],
    );
    await sql.query(`ALTER TABLE ${table} ATTACH PARTITION ${partition} FOR VALUES FROM ('${from}') TO ('${to}')`);
  }
}

/**
 * Drops a partition, unless it holds anything. There is no way to take a partition out of a table with a catch-all but
 * to have the table for oneself (`DETACH … CONCURRENTLY` refuses it), so the wait for that is short; the hold is too.
 *
 * @returns whether it is gone
 */
export async function dropEmptyRange(sql: Sql, range: TimeRange): Promise<boolean> {
  const tables = Object.values(tablesOf(range));
  if (!(await areEmpty(sql, tables))) return false;
  await lockTables(sql, partitionedTables, '500ms');
  // Somebody may have written to it meanwhile.
  if (!(await areEmpty(sql, tables))) return false;
  await sql.query(`DROP TABLE ${tables.join(', ')}`);
  return true;
}

/** Has tables for oneself to the end of the transaction; 55P03 when others do not leave them in time. */
export async function lockTables(sql: Sql, tables: readonly string[], timeout: string): Promise<void> {
  await sql.query(`SET LOCAL lock_timeout = '${timeout}'`);
  // In the order in which ingest takes them. ONLY: not every partition besides.
  await sql.query(`LOCK TABLE ${tables.map((table) => `ONLY ${table}`).join(', ')} IN ACCESS EXCLUSIVE MODE`);
}

async function areEmpty(sql: Sql, tables: readonly string[]): Promise<boolean> {
  const isEmpty = tables.map((table) => `NOT EXISTS (SELECT FROM ${table})`).join(' AND ');
  const [row] = await sql.query<{ empty: boolean }>(`SELECT ${isEmpty} AS empty`);
  return row?.empty === true;
}
