import { advisoryLocks, lock } from '../platform/database/advisory-lock.js';
import type { Sql } from '../platform/database/database.js';
import { everyScope } from './scope.enum.js';

/** Held to the end of the transaction, so that of several processes that start at once one makes the token. */
export async function lockAdminToken(transaction: Sql): Promise<void> {
  await lock(transaction, advisoryLocks.adminToken);
}

/** Whether anyone can administer everything: some live token has ACCESS_ADMIN on every account. */
export async function hasAdminToken(sql: Sql, now: Date): Promise<boolean> {
  const rows = await sql.query(
    `SELECT 1 FROM token
     WHERE revoked_at IS NULL AND (expires_at IS NULL OR expires_at > $1)
       AND account_ids IS NULL AND 'ACCESS_ADMIN' = ANY (scopes) LIMIT 1`,
    [now],
  );
  return rows.length > 0;
}

/** The token with this hash, revoked or not. */
export async function findConfigured(sql: Sql, hash: Buffer): Promise<{ id: string; revoked: boolean } | undefined> {
  const [row] = await sql.query<{ id: string; revoked: boolean }>(
    'SELECT id, revoked_at IS NOT NULL AS revoked FROM token WHERE secret_hash = $1',
    [hash],
  );
  return row;
}

/** Makes a known token the configured one, whatever it was before. */
export async function adoptConfigured(sql: Sql, id: string): Promise<void> {
  await sql.query(
    `UPDATE token SET name = 'admin', origin = 'CONFIGURED', scopes = $2, account_ids = NULL, expires_at = NULL
     WHERE id = $1 AND NOT (origin = 'CONFIGURED' AND scopes @> $2::text[])`,
    [id, everyScope],
  );
}

/** Revokes the configured tokens but this one, and returns how many there were. */
export async function revokeFormerConfigured(sql: Sql, hash: Buffer, at: Date): Promise<number> {
  const rows = await sql.query(
    `UPDATE token SET revoked_at = $2
     WHERE origin = 'CONFIGURED' AND secret_hash <> $1 AND revoked_at IS NULL RETURNING id`,
    [hash, at],
  );
  return rows.length;
}

/** Gives the tokens made at a start the scopes that came into being since. */
export async function completeAdminScopes(sql: Sql): Promise<void> {
  await sql.query(
    `UPDATE token SET scopes = $1
     WHERE origin IN ('CONFIGURED', 'FIRST') AND revoked_at IS NULL AND NOT scopes @> $1::text[]`,
    [everyScope],
  );
}
