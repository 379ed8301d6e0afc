import type { Sql } from '../platform/database/database.js';
import type { CoverageState } from './coverage.entity.js';
import type { Mark } from './coverage-timeline.js';

/** A chain that proves time, with what lies just outside the range. Times are milliseconds since 1970 UTC. */
export interface ChainRow {
  readonly id: string;
  readonly region: string;
  readonly trail: string;
  /** Start of its first verified window, and name of its first digest that is not verified. */
  readonly firstStart: number | null;
  readonly firstMark: number | null;
  /** End of the last verified window that ends before the range. */
  readonly before: number | null;
  /** Start of the first verified window that starts behind the range, and whether it begins a chain. */
  readonly afterStart: number | null;
  readonly afterBegins: boolean | null;
}

export interface Range {
  readonly from: Date;
  readonly to: Date;
}

const ms = (time: string) => `extract(epoch FROM ${time})::float8 * 1000`;

const verified = `SELECT * FROM digest WHERE digest.chain_id = chain.id AND digest.state = 'VERIFIED'`;

/** The chains of an account, or of one region of it. */
export async function findChains(
  sql: Sql,
  accountId: string,
  region: string | null,
  { from, to }: Range,
): Promise<ChainRow[]> {
  return sql.query<ChainRow>(
    `SELECT chain.id::text AS id, chain.aws_region AS region, chain.trail, ${ms('first.start_time')} AS "firstStart",
       ${ms('unverified.named_at')} AS "firstMark", ${ms('earlier.end_time')} AS before,
       ${ms('later.start_time')} AS "afterStart", later.previous_key IS NULL AND later.id IS NOT NULL AS "afterBegins"
     FROM digest_chain AS chain
     LEFT JOIN LATERAL (${verified} ORDER BY end_time LIMIT 1) AS first ON true
     LEFT JOIN LATERAL (SELECT named_at FROM digest WHERE digest.chain_id = chain.id AND digest.state <> 'VERIFIED'
       ORDER BY named_at LIMIT 1) AS unverified ON true
     LEFT JOIN LATERAL (${verified} AND end_time <= $3 ORDER BY end_time DESC LIMIT 1) AS earlier ON true
     LEFT JOIN LATERAL (${verified} AND end_time > $4 AND start_time >= $4 ORDER BY end_time LIMIT 1) AS later ON true
     WHERE chain.account_id = $1 AND ($2::text IS NULL OR chain.aws_region = $2) AND NOT chain.is_backfill
     ORDER BY chain.aws_region, chain.trail, chain.home_region, chain.id`,
    [accountId, region, from, to],
  );
}

export interface RunRow {
  readonly chainId: string;
  readonly start: number;
  readonly end: number;
  readonly state: CoverageState;
  readonly files: number;
  readonly events: number;
  readonly beginsChain: boolean;
}

/**
 * The verified windows that touch the range; those that touch each other and are in one state and one proven span are one
 * row. A window in no proven span is open: a file that it names was not read, or what was proven is being worked out
 * anew. One that names what is not read here, a file in another bucket say, can never be proven: its row says so.
 */
export async function readRuns(
  sql: Sql,
  chainIds: readonly string[],
  { from, to }: Range,
  limit: number,
): Promise<RunRow[]> {
  return sql.query<RunRow>(
    `WITH own AS (
       SELECT id, chain_id, start_time, end_time, files, error, previous_key IS NULL AS begins FROM digest
       WHERE chain_id = ANY ($1::bigint[]) AND state = 'VERIFIED' AND end_time > $2 AND start_time < $3
     ), held AS (
       SELECT digest_id, sum(events::bigint + duplicates) AS events, bool_or(integrity = 'TAMPERED') AS is_tampered,
         bool_or(integrity = 'MISSING') AS is_missing
       FROM log_file WHERE digest_id IN (SELECT id FROM own) GROUP BY digest_id
     ), judged AS (
       SELECT own.*, coalesce(held.events, 0) AS events, span.start_time AS span_start, CASE
           WHEN held.is_tampered THEN 'TAMPERED' WHEN held.is_missing THEN 'MISSING'
           WHEN span.chain_id IS NOT NULL AND NOT EXISTS (SELECT FROM digest_change WHERE digest_id = own.id)
             THEN 'COMPLETE'
           WHEN own.error IS NOT NULL THEN 'UNVERIFIABLE'
           ELSE 'OPEN' END AS state
       FROM own LEFT JOIN held ON held.digest_id = own.id
       LEFT JOIN proven_span AS span ON span.chain_id = own.chain_id
         AND span.start_time <= own.start_time AND span.end_time >= own.end_time
     ), stepped AS (
       SELECT *, (state, span_start, start_time) IS DISTINCT FROM
         (lag(state) OVER chain, lag(span_start) OVER chain, lag(end_time) OVER chain) AS is_new
       FROM judged WINDOW chain AS (PARTITION BY chain_id ORDER BY end_time, id)
     ), numbered AS (
       SELECT *, count(*) FILTER (WHERE is_new) OVER (PARTITION BY chain_id ORDER BY end_time, id) AS run FROM stepped
     )
     SELECT chain_id::text AS "chainId", ${ms('min(start_time)')} AS start, ${ms('max(end_time)')} AS "end", state,
       sum(files)::integer AS files, sum(events)::float8 AS events,
       (array_agg(begins ORDER BY end_time))[1] AS "beginsChain"
     FROM numbered GROUP BY chain_id, run, state ORDER BY chain_id, min(start_time) LIMIT $4`,
    [chainIds, from, to, limit],
  );
}

export interface MarkRow extends Mark {
  readonly chainId: string;
}

/** Digests that prove nothing, by the time in their names. */
export async function readMarks(
  sql: Sql,
  chainIds: readonly string[],
  { from, to }: Range,
  limit: number,
): Promise<MarkRow[]> {
  return sql.query<MarkRow>(
    `SELECT chain_id::text AS "chainId", ${ms('named_at')} AS at, state FROM digest
     WHERE chain_id = ANY ($1::bigint[]) AND state <> 'VERIFIED' AND named_at > $2 AND named_at < $3
     ORDER BY chain_id, named_at LIMIT $4`,
    [chainIds, from, to, limit],
  );
}

export interface RefutedRow extends Omit<RunRow, 'beginsChain' | 'state'> {
  readonly state: 'TAMPERED' | 'MISSING' | 'UNVERIFIABLE' | 'OPEN';
}

/**
 * Windows of backfill digests of which a file is gone, changed, or not in hand yet, under the chain beside which they
 * stand.
 */
export async function readRefuted(
  sql: Sql,
  chainIds: readonly string[],
  { from, to }: Range,
  limit: number,
): Promise<RefutedRow[]> {
  return sql.query<RefutedRow>(
    `SELECT chain.id::text AS "chainId", ${ms('digest.start_time')} AS start, ${ms('digest.end_time')} AS "end",
       digest.files, file.events, file.state
     FROM digest_chain AS chain
     JOIN digest_chain AS backfill ON backfill.is_backfill AND backfill.bucket_id = chain.bucket_id
       AND backfill.account_id = chain.account_id AND backfill.aws_region = chain.aws_region
       AND backfill.trail = chain.trail AND backfill.home_region = chain.home_region
     JOIN digest ON digest.chain_id = backfill.id AND digest.end_time > $2 AND digest.start_time < $3
       AND digest.state = 'VERIFIED'
       AND (NOT digest.proven OR EXISTS (SELECT FROM digest_change WHERE digest_id = digest.id))
     CROSS JOIN LATERAL (
       SELECT coalesce(sum(events::bigint + duplicates), 0)::float8 AS events,
         CASE WHEN bool_or(integrity = 'TAMPERED') THEN 'TAMPERED' WHEN bool_or(integrity = 'MISSING') THEN 'MISSING'
           WHEN digest.error IS NOT NULL THEN 'UNVERIFIABLE' ELSE 'OPEN' END AS state
       FROM log_file WHERE digest_id = digest.id
     ) AS file
     WHERE chain.id = ANY ($1::bigint[])
     ORDER BY digest.start_time LIMIT $4`,
    [chainIds, from, to, limit],
  );
}

export interface UnnamedRow {
  readonly region: string;
  readonly start: number;
  readonly end: number;
  readonly files: number;
  readonly events: number;
}

/**
 * Files that no digest names, by region: of each, those delivered before its `until`; of a region without one, all.
 * From the first hour of delivery to the end of the last one.
 */
export async function readUnnamed(
  sql: Sql,
  accountId: string,
  region: string | null,
  { from, to }: Range,
  until: readonly { readonly region: string; readonly until: Date }[],
): Promise<UnnamedRow[]> {
  return sql.query<UnnamedRow>(
    `SELECT file.aws_region AS region, ${ms("date_trunc('hour', min(delivered_at), 'UTC')")} AS start,
       ${ms("date_trunc('hour', max(delivered_at), 'UTC') + interval '1 hour'")} AS "end",
       count(*)::integer AS files, sum(events::bigint + duplicates)::float8 AS events
     FROM log_file AS file LEFT JOIN unnest($5::text[], $6::timestamptz[]) AS known (region, until)
       ON known.region = file.aws_region
     WHERE account_id = $1 AND ($2::text IS NULL OR aws_region = $2) AND delivered_at >= $3 AND delivered_at < $4
       AND (known.until IS NULL OR delivered_at < known.until) AND digest_id IS NULL
     GROUP BY file.aws_region ORDER BY file.aws_region`,
    [accountId, region, from, to, until.map((known) => known.region), until.map((known) => known.until.toISOString())],
  );
}

/** Whether files were found in a region before a time from which on digests speak of it, or where none do. */
export async function hasUnchainedRegions(sql: Sql, accountId: string, region: string | null): Promise<boolean> {
  const [row] = await sql.query<{ found: boolean }>(
    `SELECT EXISTS (SELECT FROM account_region AS found WHERE account_id = $1 AND ($2::text IS NULL OR aws_region = $2)
       AND NOT EXISTS (SELECT FROM digest_chain AS chain WHERE chain.account_id = $1
         AND chain.aws_region = found.aws_region AND NOT chain.is_backfill)) AS found`,
    [accountId, region],
  );
  return row?.found ?? false;
}
