import type { AccountScope } from '../access/scope.js';
import type { Sql } from '../platform/database/database.js';
import { Parameters } from '../platform/database/parameters.js';
import type { Digest, DigestState } from './digest.entity.js';

export interface DigestQuery {
  readonly scope: AccountScope;
  readonly regions: readonly string[] | null;
  readonly states: readonly DigestState[] | null;
}

const from = `
  FROM digest JOIN digest_chain AS chain ON chain.id = digest.chain_id JOIN log_bucket ON log_bucket.id = digest.bucket_id`;

const selected = `
  SELECT digest.id::text AS id,
    CASE WHEN log_bucket.endpoint = 'file:' THEN regexp_replace(log_bucket.name, '^.*/', '') ELSE log_bucket.name END
      AS bucket,
    digest.key, chain.account_id AS account, chain.aws_region AS "awsRegion", chain.trail,
    chain.home_region AS "homeRegion", chain.is_backfill AS "isBackfill", digest.state, digest.error, digest.attempts,
    digest.named_at AS "namedAt", digest.start_time AS "startTime", digest.end_time AS "endTime", digest.files,
    digest.proven, digest.verified_at AS "verifiedAt"
  ${from}`;

function conditions({ scope, regions, states }: DigestQuery, parameters: Parameters): string {
  const any = (column: string, values: readonly string[] | null) =>
    values === null ? [] : [`${column} = ANY (${parameters.add(values, 'text[]')})`];
  return [
    'true',
    ...any('chain.account_id', scope.accountIds),
    ...any('chain.aws_region', regions),
    ...any('digest.state', states),
  ].join(' AND ');
}

/** Latest first. `after`: the time in the name and the id of the last one seen. */
export async function listDigests(
  sql: Sql,
  query: DigestQuery,
  after: readonly [string, string] | null,
  limit: number,
): Promise<Digest[]> {
  const parameters = new Parameters();
  const where = conditions(query, parameters);
  const beyond =
    after === null
      ? ''
      : `AND (digest.named_at, digest.id) <
         (${parameters.add(after[0], 'timestamptz')}, ${parameters.add(after[1], 'bigint')})`;
  return sql.query<Digest>(
    `${selected} WHERE ${where} ${beyond}
     ORDER BY digest.named_at DESC, digest.id DESC LIMIT ${parameters.add(limit, 'integer')}`,
    parameters.values,
  );
}

export async function countDigests(sql: Sql, query: DigestQuery): Promise<number> {
  const parameters = new Parameters();
  const where = conditions(query, parameters);
  const [row] = await sql.query<{ count: number }>(
    `SELECT count(*)::integer AS count ${from} WHERE ${where}`,
    parameters.values,
  );
  return row?.count ?? 0;
}
