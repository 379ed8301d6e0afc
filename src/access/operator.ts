import type { Caller } from './context.js';
import { everyScope } from './scope.enum.js';
import { everyAccount } from './scope.js';

/** No token has this id (the nil UUID of RFC 9562). */
export const operatorId = '00000000-0000-0000-0000-000000000000';

/**
 * Whoever works on the server's own command line: they hold the database's password, and so may do everything.
 * In the audit log they stand as `command line`.
 */
export function operator(): Caller {
  return {
    token: { id: operatorId, name: 'command line', expiresAt: null },
    scopes: new Set(everyScope),
    accounts: everyAccount('the operator of the installation'),
  };
}
