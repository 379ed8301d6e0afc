import type { Caller } from './context.js';

/** Parameters of `withinReach` for this caller. */
export function reachOf(caller: Caller): { reachScopes: string[]; reachAccounts: readonly string[] | null } {
  return { reachScopes: [...caller.scopes], reachAccounts: caller.accounts.accountIds };
}

/**
 * SQL for: the row's `scopes` and `account_ids` (null: every account) lie within the caller's own.
 *
 * @param alias the table's alias in the query
 */
export function withinReach(alias: string): string {
  return (
    `${alias}.scopes <@ CAST(:reachScopes AS text[]) AND (CAST(:reachAccounts AS text[]) IS NULL ` +
    `OR coalesce(${alias}.account_ids <@ CAST(:reachAccounts AS text[]), false))`
  );
}
