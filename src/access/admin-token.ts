import type { Logger } from 'pino';
import type { Database } from '../platform/database/database.js';
import {
  adoptConfigured,
  completeAdminScopes,
  findConfigured,
  hasAdminToken,
  lockAdminToken,
  revokeFormerConfigured,
} from './admin-token.store.js';
import { everyScope } from './scope.enum.js';
import { insertToken } from './token.store.js';
import { hashSecret, newSecret } from './token-secret.js';

const adminGrant = { name: 'admin', scopes: everyScope, accountIds: null, expiresAt: null, createdBy: null };

export interface AdminTokenDeps {
  readonly database: Database;
  readonly log: Logger;
  /** Tells every process that tokens have changed. */
  readonly changed: () => Promise<void>;
  readonly now: () => number;
}

/**
 * Sees to it that somebody can get in. May run in many processes at the same time.
 *
 * @param configured CROSSTRAIL_ADMIN_TOKEN: gets every scope, and takes the place of the one configured before
 * @returns `secret` only from the process that made a first token, which is to show it once
 * @throws Error, in words for the operator, for a configured token that cannot be used
 */
export async function ensureAdminToken(deps: AdminTokenDeps, configured?: string): Promise<{ secret?: string }> {
  const secret = configured ?? newSecret();
  if (configured !== undefined) checkConfigured(configured);
  const { made, revoked } = await deps.database.transaction(async (transaction) => {
    await lockAdminToken(transaction);
    await completeAdminScopes(transaction);
    const hash = hashSecret(secret);
    const now = new Date(deps.now());
    if (configured === undefined) {
      const needed = !(await hasAdminToken(transaction, now));
      if (needed) await insertToken(transaction, { ...adminGrant, hash, origin: 'FIRST' });
      return { made: needed, revoked: 0 };
    }
    const known = await findConfigured(transaction, hash);
    if (known?.revoked) {
      throw new Error(
        'CROSSTRAIL_ADMIN_TOKEN holds a token that was revoked, and a revoked token stays so: set a new one',
      );
    }
    if (known === undefined) await insertToken(transaction, { ...adminGrant, hash, origin: 'CONFIGURED' });
    else await adoptConfigured(transaction, known.id);
    return { made: false, revoked: await revokeFormerConfigured(transaction, hash, now) };
  });
  if (revoked > 0) {
    deps.log.info('CROSSTRAIL_ADMIN_TOKEN has changed: the token it held before is revoked');
    await deps.changed();
  }
  return made ? { secret } : {};
}

function checkConfigured(secret: string): void {
  // Printable ASCII without blanks is what an Authorization header carries unharmed.
  if (/^[!-~]{16,256}$/.test(secret)) return;
  throw new Error(
    'CROSSTRAIL_ADMIN_TOKEN must have 16 to 256 characters, all of them printable ASCII without blanks; ' +
      '`openssl rand -hex 32` makes a good one',
  );
}
