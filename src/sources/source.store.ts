import type { AccountScope } from '../access/scope.js';
import type { Sql } from '../platform/database/database.js';
import { Parameters } from '../platform/database/parameters.js';
import type { GrantedAccount } from './found-file.js';
import type { Source, SourceStatus, SourceType } from './source.entity.js';
import { locationOf, type SourceSettings } from './source-location.js';

/** A source as it is read: everything of Source but what is made from it. */
type SourceRow = Omit<Source, 'location' | 'status' | 'lastError'> & { accountError: string | null };

const selected = `
  SELECT source.id, source.type, source.bucket_id AS "bucketId", log_bucket.endpoint, log_bucket.name AS "bucketName",
    source.prefix, source.region, source.queue_url AS "queueUrl", source.owner_account_id AS "ownerAccountId", source.discover_accounts AS "discoverAccounts",
    coalesce(source.role_arn, owner.role_arn) AS "roleArn",
    CASE WHEN source.role_arn IS NULL THEN coalesce(source.external_id, owner.external_id)
      ELSE source.external_id END AS "externalId",
    CASE WHEN source.role_arn IS NULL THEN owner.via_role_arn ELSE source.via_role_arn END AS "viaRoleArn",
    CASE WHEN source.role_arn IS NULL THEN owner.via_external_id ELSE source.via_external_id END AS "viaExternalId",
    source.last_error AS "ownError", source.digest_error AS "digestError", source.queue_error AS "queueError", source.last_discovery_at AS "lastDiscoveryAt",
    source.last_file_at AS "lastFileAt", source.files_ignored::float8 AS "filesIgnored",
    source.accounts_ignored AS "accountsIgnored", source.messages_received::float8 AS "messagesReceived",
    source.messages_set_aside::float8 AS "messagesSetAside", source.objects_ignored::float8 AS "objectsIgnored",
    source.last_message_at AS "lastMessageAt", source.last_polled_at AS "lastPolledAt",
    source.created_at AS "createdAt",
    source.created_at::text AS "createdAtText",
    granted.ids AS "accountIds", granted.active AS "activeAccountIds",
    granted.regions AS "accountRegions", granted.error AS "accountError"
  FROM source
  JOIN log_bucket ON log_bucket.id = source.bucket_id
  LEFT JOIN account AS owner ON owner.account_id = source.owner_account_id
  CROSS JOIN LATERAL (
    SELECT coalesce(array_agg(account_id ORDER BY account_id), '{}') AS ids,
      coalesce(array_agg(account_id ORDER BY account_id) FILTER (WHERE NOT account.paused), '{}') AS active,
      coalesce(jsonb_object_agg(account_id, account.regions) FILTER (WHERE account.regions <> '{}'), '{}') AS regions,
      min(account_id || ': ' || source_account.last_error) FILTER (WHERE NOT account.paused) AS error
    FROM source_account JOIN account USING (account_id)
    WHERE source_account.source_id = source.id
  ) AS granted`;

export interface SourceQuery {
  readonly scope: AccountScope;
  readonly ids: readonly string[] | null;
  readonly accountIds: readonly string[] | null;
  readonly types: readonly SourceType[] | null;
  readonly queueUrl?: string;
}

/**
 * A source exists for a scope that covers every account it may speak for. One that discovers accounts may come to
 * speak for any, and one that has lost all its accounts is left to those who see everything.
 */
function visible(scope: AccountScope, parameters: Parameters): string {
  if (scope.accountIds === null) return 'true';
  return `(NOT source.discover_accounts AND cardinality(granted.ids) > 0
    AND granted.ids <@ ${parameters.add(scope.accountIds, 'text[]')})`;
}

function conditions({ scope, ids, accountIds, types, queueUrl }: SourceQuery, parameters: Parameters): string {
  return [
    visible(scope, parameters),
    ...(ids === null ? [] : [`source.id = ANY (${parameters.add(ids, 'uuid[]')})`]),
    ...(accountIds === null ? [] : [`granted.ids && ${parameters.add(accountIds, 'text[]')}`]),
    ...(types === null ? [] : [`source.type = ANY (${parameters.add(types, 'text[]')})`]),
    ...(queueUrl === undefined ? [] : [`source.queue_url = ${parameters.add(queueUrl, 'text')}`]),
  ].join(' AND ');
}

/** Oldest first. `after`: the time of making, as text with microseconds, and the id of the last one seen. */
export async function listSources(
  sql: Sql,
  query: SourceQuery,
  page: { after: readonly [createdAtText: string, id: string] | null; limit: number | null },
): Promise<Source[]> {
  const parameters = new Parameters();
  const where = conditions(query, parameters);
  const beyond =
    page.after === null
      ? ''
      : `AND (source.created_at, source.id) >
         (${parameters.add(page.after[0], 'timestamptz')}, ${parameters.add(page.after[1], 'uuid')})`;
  const limit = page.limit === null ? '' : `LIMIT ${parameters.add(page.limit, 'integer')}`;
  const rows = await sql.query<SourceRow>(
    `${selected} WHERE ${where} ${beyond} ORDER BY source.created_at, source.id ${limit}`,
    parameters.values,
  );
  return rows.map(sourceOf);
}

/** The ids of the sources that speak for an account. */
export async function sourcesOf(sql: Sql, accountId: string): Promise<string[]> {
  const rows = await sql.query<{ id: string }>('SELECT source_id AS id FROM source_account WHERE account_id = $1', [
    accountId,
  ]);
  return rows.map(({ id }) => id);
}

export async function countSources(sql: Sql, query: SourceQuery): Promise<number> {
  const parameters = new Parameters();
  const where = conditions(query, parameters);
  const [row] = await sql.query<{ count: number }>(
    `SELECT count(*)::integer AS count FROM (${selected} WHERE ${where}) AS found`,
    parameters.values,
  );
  return row?.count ?? 0;
}

function sourceOf({ accountError, ...row }: SourceRow): Source {
  const lastError = row.ownError ?? row.queueError ?? accountError;
  return {
    ...row,
    location: locationOf(row.endpoint, row.bucketName, row.prefix),
    lastError,
    status: statusOf(row, lastError),
  };
}

function statusOf(row: Pick<SourceRow, 'accountIds' | 'activeAccountIds'>, lastError: string | null): SourceStatus {
  if (row.accountIds.length > 0 && row.activeAccountIds.length === 0) return 'PAUSED';
  return lastError === null ? 'ACTIVE' : 'ERROR';
}

/** The id of the new source, or null when there is one of this type at this place already. */
export async function insertSource(sql: Sql, settings: SourceSettings, ownerAccountId: string | null): Promise<string> {
  await sql.query('INSERT INTO log_bucket (endpoint, name) VALUES ($1, $2) ON CONFLICT DO NOTHING', [
    settings.endpoint,
    settings.bucketName,
  ]);
  const [row] = await sql.query<{ id: string }>(
    `INSERT INTO source
       (type, bucket_id, prefix, region, role_arn, external_id, owner_account_id, discover_accounts, queue_url,
        via_role_arn, via_external_id)
     SELECT $3, id, $4, $5, $6, $7, $8, $9, $10, $11, $12 FROM log_bucket WHERE endpoint = $1 AND name = $2
     RETURNING id`,
    [
      settings.endpoint,
      settings.bucketName,
      settings.type,
      settings.prefix,
      settings.region,
      settings.roleArn,
      settings.externalId,
      ownerAccountId,
      settings.discoverAccounts,
      settings.queueUrl,
      settings.viaRoleArn,
      settings.viaExternalId,
    ],
  );
  return (row as { id: string }).id;
}

/** The sources of a type at a place, also those beyond the reach of whoever asks. */
export async function sourcesAt(sql: Sql, settings: SourceSettings, ownerAccountId: string | null): Promise<string[]> {
  const rows = await sql.query<{ id: string }>(
    `SELECT source.id FROM source JOIN log_bucket ON log_bucket.id = source.bucket_id
     WHERE log_bucket.endpoint = $1 AND log_bucket.name = $2 AND source.type = $3 AND source.prefix = $4
       AND source.owner_account_id IS NOT DISTINCT FROM $5 AND source.queue_url IS NOT DISTINCT FROM $6`,
    [settings.endpoint, settings.bucketName, settings.type, settings.prefix, ownerAccountId, settings.queueUrl],
  );
  return rows.map(({ id }) => id);
}

export interface SourceChanges {
  readonly region: string | null | undefined;
  readonly roleArn: string | null | undefined;
  readonly externalId: string | null | undefined;
  readonly viaRoleArn: string | null | undefined;
  readonly viaExternalId: string | null | undefined;
  readonly discoverAccounts: boolean;
}

/** Holds the source for the length of the transaction: nobody else changes it, or what it speaks for. */
export async function lockSource(sql: Sql, id: string): Promise<void> {
  await sql.query('SELECT FROM source WHERE id = $1 FOR UPDATE', [id]);
}

/** A change also drops what was said of the source as it was, and looks for its folders anew. */
export async function updateSource(sql: Sql, id: string, changes: SourceChanges): Promise<void> {
  const parameters = new Parameters();
  const where = parameters.add(id, 'uuid');
  const columns = {
    region: changes.region,
    role_arn: changes.roleArn,
    external_id: changes.externalId,
    via_role_arn: changes.viaRoleArn,
    via_external_id: changes.viaExternalId,
  };
  const set = Object.entries(columns).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name} = ${parameters.add(value, 'text')}`],
  );
  set.push(`discover_accounts = ${parameters.add(changes.discoverAccounts, 'boolean')}`);
  await sql.query(
    `UPDATE source SET ${set.join(', ')}, last_error = NULL, queue_error = NULL, updated_at = now() WHERE id = ${where}`,
    parameters.values,
  );
  await sql.query('UPDATE source_account SET last_error = NULL, mapped_at = NULL WHERE source_id = $1', [id]);
}

/** Makes the accounts those that the source speaks for. */
export async function setAccounts(sql: Sql, id: string, accountIds: readonly string[]): Promise<void> {
  await sql.query('DELETE FROM source_account WHERE source_id = $1 AND account_id <> ALL ($2::text[])', [
    id,
    accountIds,
  ]);
  await grantAccounts(sql, id, accountIds, false);
}

/** @returns those of the accounts that the source speaks for now, known ones included */
export async function grantAccounts(
  sql: Sql,
  id: string,
  accountIds: readonly string[],
  discovered: boolean,
): Promise<GrantedAccount[]> {
  await sql.query(
    `INSERT INTO source_account (source_id, account_id, discovered)
     SELECT $1, account_id, $3 FROM account WHERE account_id = ANY ($2::text[]) ORDER BY account_id
     ON CONFLICT DO NOTHING`,
    [id, accountIds, discovered],
  );
  return sql.query<GrantedAccount>(
    `SELECT account_id AS "accountId", account.paused, account.regions
     FROM source_account JOIN account USING (account_id)
     WHERE source_id = $1 AND account_id = ANY ($2::text[])`,
    [id, accountIds],
  );
}

/**
 * Files that nobody has begun to read go with their source, unless a digest names them, and so do digests that are not
 * verified. What a verified digest says was delivered is not forgotten: deleting a source would make whole what is not.
 */
export async function deleteSource(sql: Sql, id: string): Promise<void> {
  await sql.query('DELETE FROM source WHERE id = $1', [id]);
  await sql.query(
    `DELETE FROM log_file WHERE source_id = $1 AND state IN ('DISCOVERED', 'QUARANTINED', 'MISSING')
       AND revision = 1 AND ingested_at IS NULL AND digest_id IS NULL`,
    [id],
  );
  await sql.query("DELETE FROM digest WHERE source_id = $1 AND state <> 'VERIFIED'", [id]);
}
