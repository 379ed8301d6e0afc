import { type AccountScope, coversAll } from '../access/scope.js';
import type { Account, AccountStatus } from './account.entity.js';
import type { SourceFailure } from './account.store.js';

/** Paused wins over failing: nothing is tried, so nothing can fail. */
export function statusOf(account: Pick<Account, 'paused'>, failures: readonly SourceFailure[]): AccountStatus {
  if (account.paused) return 'PAUSED';
  return failures.length > 0 ? 'ERROR' : 'ACTIVE';
}

/** Said in place of an error that names what the reader may not see, such as a bucket shared with other accounts. */
export const hiddenError = 'a source that collects for this account fails; a token that covers the source can see why';

/** The error of a source that the reader covers as a whole, where there is one. */
export function lastErrorOf(failures: readonly SourceFailure[], scope: AccountScope): string | null {
  const visible = failures.find((failure) => coversAll(scope, failure.reach));
  return visible?.error ?? (failures.length > 0 ? hiddenError : null);
}
