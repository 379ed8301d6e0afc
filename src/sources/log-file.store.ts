import type { AccountScope } from '../access/scope.js';
import type { Sql } from '../platform/database/database.js';
import { Parameters } from '../platform/database/parameters.js';
import type { TimeRange } from '../platform/graphql/time-range.js';
import type { Integrity, LogFile, LogFileState } from './log-file.entity.js';

export interface LogFileQuery {
  readonly scope: AccountScope;
  readonly regions: readonly string[] | null;
  readonly states: readonly LogFileState[] | null;
  readonly integrities: readonly Integrity[] | null;
  /** UUIDs. */
  readonly sourceIds: readonly string[] | null;
  readonly deliveredAt: TimeRange;
}

const selected = `
  SELECT file.id::text AS id,
    CASE WHEN log_bucket.endpoint = 'file:' THEN regexp_replace(log_bucket.name, '^.*/', '') ELSE log_bucket.name END
      AS bucket,
    file.key, file.source_id AS "sourceId", file.account_id AS account, file.aws_region AS "awsRegion",
    file.delivered_at AS "deliveredAt", file.size::float8 AS size, file.records, file.events, file.duplicates,
    file.state, file.attempts, file.error, file.integrity, file.revision AS revisions,
    file.discovered_at AS "discoveredAt", file.ingested_at AS "ingestedAt"
  FROM log_file AS file JOIN log_bucket ON log_bucket.id = file.bucket_id`;

function conditions(query: LogFileQuery, parameters: Parameters): string {
  const { from, to } = query.deliveredAt;
  const any = (column: string, values: readonly string[] | null, type = 'text[]') =>
    values === null ? [] : [`${column} = ANY (${parameters.add(values, type)})`];
  return [
    'true',
    ...any('file.account_id', query.scope.accountIds),
    ...any('file.aws_region', query.regions),
    ...any('file.state', query.states),
    ...any('file.integrity', query.integrities),
    ...any('file.source_id', query.sourceIds, 'uuid[]'),
    ...(from === null ? [] : [`file.delivered_at >= ${parameters.add(from, 'timestamptz')}`]),
    ...(to === null ? [] : [`file.delivered_at < ${parameters.add(to, 'timestamptz')}`]),
  ].join(' AND ');
}

/** Latest delivery first. `after`: delivery time and id of the last one seen. */
export async function listLogFiles(
  sql: Sql,
  query: LogFileQuery,
  after: readonly [string, string] | null,
  limit: number,
): Promise<LogFile[]> {
  const parameters = new Parameters();
  const where = conditions(query, parameters);
  const beyond =
    after === null
      ? ''
      : `AND (file.delivered_at, file.id) < (${parameters.add(after[0], 'timestamptz')}, ${parameters.add(after[1], 'bigint')})`;
  return sql.query<LogFile>(
    `${selected} WHERE ${where} ${beyond}
     ORDER BY file.delivered_at DESC, file.id DESC LIMIT ${parameters.add(limit, 'integer')}`,
    parameters.values,
  );
}

export async function countLogFiles(sql: Sql, query: LogFileQuery): Promise<number> {
  const parameters = new Parameters();
  const where = conditions(query, parameters);
  const [row] = await sql.query<{ count: number }>(
    `SELECT count(*)::integer AS count FROM log_file AS file WHERE ${where}`,
    parameters.values,
  );
  return row?.count ?? 0;
}

export async function findLogFiles(sql: Sql, scope: AccountScope, ids: readonly string[]): Promise<LogFile[]> {
  const parameters = new Parameters();
  const wanted = parameters.add(ids, 'bigint[]');
  const within =
    scope.accountIds === null ? '' : `AND file.account_id = ANY (${parameters.add(scope.accountIds, 'text[]')})`;
  return sql.query<LogFile>(`${selected} WHERE file.id = ANY (${wanted}) ${within}`, parameters.values);
}
