import { badInput, CrosstrailError } from '../platform/errors.js';
import type { Caller } from './context.js';
import type { Scope } from './scope.enum.js';
import { requireAccount } from './scope.js';

/** What a client asks of a new token. */
export interface TokenRequest {
  readonly name: string;
  readonly scopes: readonly Scope[];
  /** null or left out: every account. */
  readonly accountIds?: readonly string[] | null;
  readonly expiresAt?: Date | null;
}

/** What a new token is granted, checked: within the maker's own scopes and accounts. */
export interface TokenGrant {
  readonly name: string;
  readonly scopes: readonly Scope[];
  readonly accountIds: readonly string[] | null;
  readonly expiresAt: Date | null;
}

/** What a client asks to change of a token; what is left out stays. */
export type TokenChange = { readonly [Field in keyof TokenGrant]?: TokenGrant[Field] | null | undefined };

const maxNameLength = 100;

/**
 * Decides what a token made by `caller` is granted.
 *
 * @throws BAD_USER_INPUT for a request that makes no sense, FORBIDDEN for one that reaches beyond the caller's
 * scopes or asks for every account, NOT_FOUND for an account the caller does not reach
 */
export function grantWithin(caller: Caller, request: TokenRequest, now: number): TokenGrant {
  return {
    name: grantedName(request.name),
    scopes: grantedScopes(caller, request.scopes),
    accountIds: grantedAccounts(caller, request.accountIds ?? null),
    expiresAt: grantedExpiry(caller, request.expiresAt ?? null, now),
  };
}

/**
 * Decides what a token is granted after a change by `caller`, who reaches what it was granted before: only what changes
 * is held against the caller.
 *
 * @throws as `grantWithin`
 */
export function changeWithin(caller: Caller, token: TokenGrant, change: TokenChange, now: number): TokenGrant {
  const { name, scopes, accountIds, expiresAt } = change;
  if (name === null) throw badInput('input.name', 'cannot be null; leave it out to keep it');
  if (scopes === null) throw badInput('input.scopes', 'cannot be null; leave it out to keep them');
  return {
    name: name === undefined ? token.name : grantedName(name),
    scopes: scopes === undefined ? token.scopes : grantedScopes(caller, scopes),
    accountIds: accountIds === undefined ? token.accountIds : grantedAccounts(caller, accountIds),
    expiresAt: expiresAt === undefined ? token.expiresAt : grantedExpiry(caller, expiresAt, now),
  };
}

function grantedName(requested: string): string {
  const name = requested.trim();
  if (name === '' || name.length > maxNameLength) {
    throw badInput('input.name', `must have 1 to ${maxNameLength} characters`);
  }
  if (/\p{Cc}/u.test(name)) throw badInput('input.name', 'must not hold control characters, such as line breaks');
  return name;
}

/** A token cannot outlive the one that makes it. */
function grantedExpiry(caller: Caller, requested: Date | null, now: number): Date | null {
  if (requested !== null && requested.getTime() <= now) throw badInput('input.expiresAt', 'must lie in the future');
  const limit = caller.token.expiresAt;
  if (limit === null || (requested !== null && requested <= limit)) return requested;
  if (requested === null) return limit;
  throw new CrosstrailError(
    'FORBIDDEN',
    `this token ends at ${limit.toISOString()} and cannot make one that lasts longer`,
    {
      argument: 'input.expiresAt',
    },
  );
}

function grantedScopes(caller: Caller, requested: readonly Scope[]): readonly Scope[] {
  if (requested.length === 0) throw badInput('input.scopes', 'must name at least one scope');
  const missing = requested.find((scope) => !caller.scopes.has(scope));
  if (missing !== undefined) {
    throw new CrosstrailError('FORBIDDEN', `this token lacks the scope ${missing} and so cannot grant it`, {
      scope: missing,
    });
  }
  return [...new Set(requested)].sort();
}

function grantedAccounts(caller: Caller, requested: readonly string[] | null): readonly string[] | null {
  if (requested === null) {
    if (caller.accounts.accountIds === null) return null;
    throw new CrosstrailError(
      'FORBIDDEN',
      'this token reaches some accounts only and so cannot grant every account: name them in accountIds',
      { argument: 'input.accountIds' },
    );
  }
  if (requested.length === 0) throw badInput('input.accountIds', 'is empty; leave it out to grant every account');
  for (const accountId of requested) requireAccount(caller.accounts, accountId);
  return [...new Set(requested)].sort();
}
