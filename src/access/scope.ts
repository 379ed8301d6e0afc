import { CrosstrailError } from '../platform/errors.js';

declare const brand: unique symbol;

/**
 * The accounts a reader may see. Every read of account data takes one, and only this room makes them,
 * so that a query without a scope does not compile.
 */
export interface AccountScope {
  readonly [brand]: true;
  /** The accounts, or null for every account. */
  readonly accountIds: readonly string[] | null;
}

function make(accountIds: readonly string[] | null): AccountScope {
  return Object.freeze({ accountIds: accountIds && Object.freeze(accountIds) }) as AccountScope;
}

/** The scope of a token's account grant: null means every account. */
export function scopeOfGrant(accountIds: readonly string[] | null): AccountScope {
  return make(accountIds === null ? null : [...new Set(accountIds)].sort());
}

/**
 * The scope of work done for the system itself, not for a caller.
 *
 * @param reason why this work may see every account; a reader of the code should find it convincing
 */
export function everyAccount(reason: string): AccountScope {
  if (reason.trim() === '') throw new Error('everyAccount needs a reason');
  return make(null);
}

export function covers(scope: AccountScope, accountId: string): boolean {
  return scope.accountIds === null || scope.accountIds.includes(accountId);
}

/** Whether the scope covers the whole set; null stands for every account. */
export function coversAll(scope: AccountScope, accountIds: readonly string[] | null): boolean {
  if (scope.accountIds === null) return true;
  return accountIds?.every((accountId) => covers(scope, accountId)) ?? false;
}

/** The part of the scope that a filter asks for. Accounts outside the scope do not exist: they drop out silently. */
export function narrow(scope: AccountScope, accountIds: readonly string[] | null | undefined): AccountScope {
  if (accountIds === null || accountIds === undefined) return scope;
  return make([...new Set(accountIds)].filter((accountId) => covers(scope, accountId)).sort());
}

/** Refuses a change to accounts that the scope does not cover, in the words used for accounts that do not exist. */
export function requireAccount(scope: AccountScope, accountId: string): void {
  if (!covers(scope, accountId)) throw new CrosstrailError('NOT_FOUND', `account ${accountId} does not exist`);
}
