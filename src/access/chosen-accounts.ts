import { badInput } from '../platform/errors.js';
import { type AccountScope, coversAll } from './scope.js';

/**
 * The accounts that something is made for: those that are named, else all of the token's; null for every account.
 *
 * @returns sorted, without repeats
 * @throws BAD_USER_INPUT for none, or one that the token does not cover
 */
export function chosenAccounts(
  argument: string,
  named: readonly string[] | null | undefined,
  scope: AccountScope,
): readonly string[] | null {
  if (named === null || named === undefined) return scope.accountIds;
  const accountIds = [...new Set(named)].sort();
  if (accountIds.length === 0) throw badInput(argument, 'names no account; leave it out for all of them');
  if (!coversAll(scope, accountIds)) throw badInput(argument, 'names an account that this token does not cover');
  return accountIds;
}
