import type { Sql } from '../platform/database/database.js';
import type { TokenGrant } from './token-grant.js';

/** What a request is checked against. */
export interface TokenRow {
  readonly id: string;
  readonly name: string;
  readonly scopes: string[];
  readonly accountIds: string[] | null;
  readonly expiresAt: Date | null;
}

/** The token with this hash, unless it was revoked: one look into the unique index. */
export async function findByHash(sql: Sql, hash: Buffer): Promise<TokenRow | undefined> {
  const [row] = await sql.query<TokenRow>(
    `SELECT id, name, scopes, account_ids AS "accountIds", expires_at AS "expiresAt"
     FROM token WHERE secret_hash = $1 AND revoked_at IS NULL`,
    [hash],
  );
  return row;
}

/** Those of the tokens that were not revoked. */
export async function findLive(sql: Sql, ids: readonly string[]): Promise<TokenRow[]> {
  return sql.query<TokenRow>(
    `SELECT id, name, scopes, account_ids AS "accountIds", expires_at AS "expiresAt"
     FROM token WHERE id = ANY ($1::uuid[]) AND revoked_at IS NULL`,
    [ids],
  );
}

/** A token as it is, held to the end of the transaction: two changes of it must not undo each other. */
export async function lockToken(
  transaction: Sql,
  id: string,
): Promise<(TokenRow & { readonly revokedAt: Date | null }) | undefined> {
  const [row] = await transaction.query<TokenRow & { readonly revokedAt: Date | null }>(
    `SELECT id, name, scopes, account_ids AS "accountIds", expires_at AS "expiresAt", revoked_at AS "revokedAt"
     FROM token WHERE id = $1 FOR UPDATE`,
    [id],
  );
  return row;
}

export async function updateToken(transaction: Sql, id: string, grant: TokenGrant): Promise<void> {
  await transaction.query('UPDATE token SET name = $2, scopes = $3, account_ids = $4, expires_at = $5 WHERE id = $1', [
    id,
    grant.name,
    grant.scopes,
    grant.accountIds,
    grant.expiresAt,
  ]);
}

export async function insertToken(
  sql: Sql,
  token: TokenGrant & {
    readonly hash: Buffer;
    readonly origin: 'API' | 'CONFIGURED' | 'FIRST';
    createdBy: string | null;
  },
): Promise<string> {
  const [row] = await sql.query<{ id: string }>(
    `INSERT INTO token (name, secret_hash, scopes, account_ids, expires_at, origin, created_by)
     VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING id`,
    [token.name, token.hash, token.scopes, token.accountIds, token.expiresAt, token.origin, token.createdBy],
  );
  if (row === undefined) throw new Error('the token was not stored');
  return row.id;
}

/** Revokes a token; the time of an earlier revocation stays. */
export async function revokeToken(sql: Sql, id: string, at: Date): Promise<void> {
  await sql.query('UPDATE token SET revoked_at = $2 WHERE id = $1 AND revoked_at IS NULL', [id, at]);
}

/** Notes a use, unless one was noted in the minute before: many processes may report the same token. */
export async function touchToken(sql: Sql, id: string, at: Date): Promise<void> {
  await sql.query(
    `UPDATE token SET last_used_at = $2
     WHERE id = $1 AND (last_used_at IS NULL OR last_used_at <= $2::timestamptz - interval '1 minute')`,
    [id, at],
  );
}
