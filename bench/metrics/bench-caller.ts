import type { AuditLog } from '../../src/access/audit.service.js';
import type { Caller } from '../../src/access/context.js';
import { everyAccount } from '../../src/access/scope.js';

/** Who benchmarks ask as. */
export const benchCaller: Caller = {
  token: { id: '0', name: 'bench', expiresAt: null },
  scopes: new Set(['METRICS_READ', 'METRICS_WRITE']),
  accounts: everyAccount('benchmarks read and write everything'),
};

/** There is no token that an entry could be of. */
export const noAudit: AuditLog = { record: async () => undefined };
