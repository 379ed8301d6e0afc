import { type AccountScope, coversAll } from '../access/scope.js';
import type { Account, AccountStatus } from './account.entity.js';
import type { SourceFailure } from './account.store.js';

/** Paused wins over failing: nothing is tried, so nothing can fail. */
export function statusOf(
  account: Pick<Account, 'paused' | 'ownError'>,
  failures: readonly SourceFailure[],
): AccountStatus {
  if (account.paused) return 'PAUSED';
  return account.ownError !== null || failures.length > 0 ? 'ERROR' : 'ACTIVE';
}

/** Said in place of an error that names what the reader may not see, such as a bucket shared with other accounts. */
export const hiddenError = 'a source that collects for this account fails; a token that covers the source can see why';

/** The account's own error first, then those of sources that the reader covers as a whole. */
export function lastErrorOf(
  account: Pick<Account, 'ownError'>,
  failures: readonly SourceFailure[],
  scope: AccountScope,
): string | null {
  if (account.ownError !== null) return account.ownError;
  const visible = failures.find((failure) => coversAll(scope, failure.reach));
  return visible?.error ?? (failures.length > 0 ? hiddenError : null);
}
