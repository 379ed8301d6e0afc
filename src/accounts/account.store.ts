import type { AccountScope } from '../access/scope.js';
import type { Sql } from '../platform/database/database.js';
import { Parameters } from '../platform/database/parameters.js';
import type { Account, AccountStatus } from './account.entity.js';
import type { AccountSettings } from './account-settings.js';

const columns = `
  account.account_id AS "accountId", account.name, account.paused,
  account.role_arn AS "roleArn", account.external_id AS "externalId",
  account.via_role_arn AS "viaRoleArn", account.via_external_id AS "viaExternalId", account.regions, account.tags,
  account.retention_days AS "retentionDays",
  account.closed_at AS "closedAt", account.created_at AS "createdAt", account.updated_at AS "updatedAt"`;

/** A source collects for the account and fails, as a whole or for this account. */
const sourceFails = `EXISTS (
  SELECT FROM source_account JOIN source ON source.id = source_account.source_id
  WHERE source_account.account_id = account.account_id
    AND (source_account.last_error IS NOT NULL OR source.last_error IS NOT NULL OR source.queue_error IS NOT NULL))`;

/** The same decision as `statusOf`, for filters. */
const statusSql = `CASE WHEN account.paused THEN 'PAUSED'
  WHEN ${sourceFails} THEN 'ERROR' ELSE 'ACTIVE' END`;

export interface AccountQuery {
  readonly scope: AccountScope;
  readonly names: readonly string[] | null;
  readonly statuses: readonly AccountStatus[] | null;
}

function conditions({ scope, names, statuses }: AccountQuery, parameters: Parameters): string {
  return [
    scope.accountIds === null ? 'true' : `account.account_id = ANY (${parameters.add(scope.accountIds, 'text[]')})`,
    ...(names === null ? [] : [`account.name = ANY (${parameters.add(names, 'text[]')})`]),
    ...(statuses === null ? [] : [`${statusSql} = ANY (${parameters.add(statuses, 'text[]')})`]),
  ].join(' AND ');
}

/** In the order of ids, from the first id beyond `after`. */
export async function listAccounts(
  sql: Sql,
  query: AccountQuery,
  after: string | null,
  limit: number,
): Promise<Account[]> {
  const parameters = new Parameters();
  const where = conditions(query, parameters);
  const beyond = after === null ? '' : `AND account.account_id > ${parameters.add(after, 'text')}`;
  return sql.query<Account>(
    `SELECT ${columns} FROM account WHERE ${where} ${beyond}
     ORDER BY account.account_id LIMIT ${parameters.add(limit, 'integer')}`,
    parameters.values,
  );
}

export async function countAccounts(sql: Sql, query: AccountQuery): Promise<number> {
  const parameters = new Parameters();
  const where = conditions(query, parameters);
  const [row] = await sql.query<{ count: number }>(
    `SELECT count(*)::integer AS count FROM account WHERE ${where}`,
    parameters.values,
  );
  return row?.count ?? 0;
}

/** In their order. */
export async function accountIds(sql: Sql, scope: AccountScope): Promise<string[]> {
  const rows = await sql.query<{ id: string }>(
    `SELECT account_id AS id FROM account WHERE $1::text[] IS NULL OR account_id = ANY ($1::text[]) ORDER BY 1`,
    [scope.accountIds],
  );
  return rows.map(({ id }) => id);
}

export async function findAccounts(sql: Sql, accountIds: readonly string[]): Promise<Account[]> {
  return sql.query<Account>(`SELECT ${columns} FROM account WHERE account_id = ANY ($1::text[])`, [accountIds]);
}

/** False when the account is there already. */
export async function insertAccount(sql: Sql, accountId: string, settings: AccountSettings): Promise<boolean> {
  await sql.query('DELETE FROM deleted_account WHERE account_id = $1', [accountId]);
  const rows = await sql.query(
    `INSERT INTO account
       (account_id, name, role_arn, external_id, via_role_arn, via_external_id, regions, tags, retention_days, role_is_own)
     VALUES ($1, $2, $3::text, $4, $5, $6, $7, $8, $9, $3::text IS NOT NULL) ON CONFLICT DO NOTHING RETURNING account_id`,
    [
      accountId,
      settings.name ?? accountId,
      settings.roleArn ?? null,
      settings.externalId ?? null,
      settings.viaRoleArn ?? null,
      settings.viaExternalId ?? null,
      settings.regions ?? [],
      JSON.stringify(settings.tags ?? {}),
      settings.retentionDays ?? null,
    ],
  );
  return rows.length > 0;
}

export async function updateAccount(sql: Sql, accountId: string, settings: AccountSettings): Promise<boolean> {
  const parameters = new Parameters();
  const id = parameters.add(accountId, 'text');
  const changes = Object.entries({
    name: settings.name === null ? accountId : settings.name,
    role_arn: settings.roleArn,
    role_is_own: settings.roleArn === undefined ? undefined : true,
    external_id: settings.externalId,
    via_role_arn: settings.viaRoleArn,
    via_external_id: settings.viaExternalId,
    regions: settings.regions,
    tags: settings.tags === undefined ? undefined : JSON.stringify(settings.tags),
    retention_days: settings.retentionDays,
  }).flatMap(([column, value]) => (value === undefined ? [] : [`${column} = ${parameters.add(value)}`]));
  const rows = await sql.query(
    `UPDATE account SET ${[...changes, 'updated_at = now()'].join(', ')} WHERE account_id = ${id} RETURNING account_id`,
    parameters.values,
  );
  return rows.length > 0;
}

export async function setPaused(sql: Sql, accountId: string, paused: boolean): Promise<boolean> {
  const rows = await sql.query(
    'UPDATE account SET paused = $2, updated_at = now() WHERE account_id = $1 RETURNING account_id',
    [accountId, paused],
  );
  return rows.length > 0;
}

/** Also keeps sources from discovering it again. Its own sources go with it. */
export async function deleteAccount(sql: Sql, accountId: string): Promise<void> {
  await sql.query('DELETE FROM account WHERE account_id = $1', [accountId]);
  await sql.query('INSERT INTO deleted_account (account_id) VALUES ($1) ON CONFLICT DO NOTHING', [accountId]);
}

/** Makes rows for accounts that have none, named by their ids. */
export async function ensureAccounts(sql: Sql, accountIds: readonly string[]): Promise<void> {
  await sql.query(
    `INSERT INTO account (account_id, name) SELECT id, id FROM unnest($1::text[]) AS id ORDER BY id
     ON CONFLICT DO NOTHING`,
    [accountIds],
  );
}

export async function forgetDeletion(sql: Sql, accountIds: readonly string[]): Promise<void> {
  await sql.query('DELETE FROM deleted_account WHERE account_id = ANY ($1::text[])', [accountIds]);
}

/** Those of the accounts that nobody has deleted. */
export async function withoutDeleted(sql: Sql, accountIds: readonly string[]): Promise<string[]> {
  const rows = await sql.query<{ id: string }>(
    `SELECT id FROM unnest($1::text[]) AS id
     WHERE NOT EXISTS (SELECT FROM deleted_account WHERE account_id = id)`,
    [accountIds],
  );
  return rows.map((row) => row.id);
}

/** The accounts with a retention of their own, and its days. */
export async function retentionDays(sql: Sql): Promise<Map<string, number>> {
  const rows = await sql.query<{ accountId: string; days: number }>(
    'SELECT account_id AS "accountId", retention_days AS days FROM account WHERE retention_days IS NOT NULL',
  );
  return new Map(rows.map(({ accountId, days }) => [accountId, days]));
}

/** What fails of the sources that collect for an account. */
export interface SourceFailure {
  readonly accountId: string;
  readonly error: string;
  /** Every account of the source, or null for a source that discovers accounts: whoever reads the error must see all. */
  readonly reach: string[] | null;
}

export async function sourceFailures(sql: Sql, accountIds: readonly string[]): Promise<SourceFailure[]> {
  return sql.query<SourceFailure>(
    `SELECT failing.account_id AS "accountId", coalesce(failing.last_error, source.last_error, source.queue_error) AS error,
       CASE WHEN NOT source.discover_accounts THEN ARRAY(
         SELECT account_id FROM source_account WHERE source_id = source.id) END AS reach
     FROM source_account AS failing JOIN source ON source.id = failing.source_id
     WHERE failing.account_id = ANY ($1::text[]) AND coalesce(failing.last_error, source.last_error, source.queue_error) IS NOT NULL
     ORDER BY failing.account_id, source.created_at, source.id`,
    [accountIds],
  );
}
