import type { Sql } from '../platform/database/database.js';

export interface Discovery {
  readonly at: Date;
  /** Why the source as a whole could not be looked through; null when it could. */
  readonly error: string | null;
  /** Null leaves the figure as it is. */
  readonly filesIgnored: number | null;
  readonly accountsIgnored: number | null;
  /** For accounts that were tried: why one failed, null where it worked. */
  readonly accounts: ReadonlyMap<string, string | null>;
}

/** Writes down how looking through a source went. Errors that have not changed are not written again. */
export async function recordDiscovery(sql: Sql, id: string, discovery: Discovery): Promise<void> {
  await sql.query(
    `UPDATE source SET last_error = $2, last_discovery_at = CASE WHEN $2::text IS NULL THEN $3 ELSE last_discovery_at END,
       files_ignored = coalesce($4, files_ignored), accounts_ignored = coalesce($5, accounts_ignored)
     WHERE id = $1`,
    [id, discovery.error, discovery.at, discovery.filesIgnored, discovery.accountsIgnored],
  );
  if (discovery.accounts.size === 0) return;
  await sql.query(
    `UPDATE source_account SET last_error = tried.error
     FROM unnest($2::text[], $3::text[]) AS tried (account_id, error)
     WHERE source_id = $1 AND source_account.account_id = tried.account_id
       AND source_account.last_error IS DISTINCT FROM tried.error`,
    [id, [...discovery.accounts.keys()], [...discovery.accounts.values()]],
  );
}

export async function recordDigestError(sql: Sql, id: string, error: string | null): Promise<void> {
  await sql.query('UPDATE source SET digest_error = $2 WHERE id = $1 AND digest_error IS DISTINCT FROM $2', [
    id,
    error,
  ]);
}

/** A time is never put back: looks may end in another order than they began. */
export async function recordLook(sql: Sql, id: string, accountIds: readonly string[], at: Date): Promise<void> {
  await sql.query(
    `UPDATE source_account SET looked_at = $3
     WHERE source_id = $1 AND account_id = ANY ($2::text[]) AND (looked_at IS NULL OR looked_at < $3)`,
    [id, accountIds, at],
  );
}

/** What waits and what failed of the accounts of a source, and for how long the oldest file has waited. */
export interface Backlog {
  readonly sourceId: string;
  readonly filesPending: number;
  readonly filesFailed: number;
  readonly lagSeconds: number;
}

export async function backlogs(sql: Sql, sourceIds: readonly string[]): Promise<Backlog[]> {
  return sql.query<Backlog>(
    `SELECT source_id AS "sourceId",
       count(*) FILTER (WHERE state IN ('DISCOVERED', 'INGESTING'))::integer AS "filesPending",
       count(*) FILTER (WHERE state IN ('QUARANTINED', 'MISSING'))::integer AS "filesFailed",
       coalesce(extract(epoch FROM now() - min(discovered_at) FILTER (WHERE state IN ('DISCOVERED', 'INGESTING'))), 0)
         ::float8 AS "lagSeconds"
     FROM log_file WHERE source_id = ANY ($1::uuid[]) AND state <> 'INGESTED'
       AND EXISTS (SELECT FROM source_account AS granted
         WHERE granted.source_id = log_file.source_id AND granted.account_id = log_file.account_id)
     GROUP BY source_id`,
    [sourceIds],
  );
}

/** What waits and what failed of each account that has any, whichever source it came by. */
export interface AccountBacklog {
  readonly accountId: string;
  readonly waiting: number;
  readonly failed: number;
}

export async function accountBacklogs(sql: Sql): Promise<AccountBacklog[]> {
  return sql.query<AccountBacklog>(
    `SELECT account_id AS "accountId",
       count(*) FILTER (WHERE state IN ('DISCOVERED', 'INGESTING'))::integer AS waiting,
       count(*) FILTER (WHERE state IN ('QUARANTINED', 'MISSING'))::integer AS failed
     FROM log_file WHERE state <> 'INGESTED' GROUP BY account_id`,
  );
}
