import type { Retention } from '../accounts/retention.service.js';
import type { Database } from '../platform/database/database.js';
import { isAnyDigestDue, writeChains, writeFoundDigests } from './digest.store.js';
import type { DigestLedger, FoundDigest } from './digest-ledger.port.js';

const digestsPerStatement = 5000;

export interface DigestLedgerDeps {
  readonly database: Database;
  /** Called after a commit that made digests due. Losing the call loses time only: the sweep finds the rows. */
  readonly onDue: () => Promise<void>;
  /** What is older than it keeps is not taken, as for log files. Everything is where absent. */
  readonly retention?: Retention | undefined;
}

export class DigestLedgerService implements DigestLedger {
  constructor(private readonly deps: DigestLedgerDeps) {}

  async discovered(source: { readonly id: string; readonly bucketId: number }, digests: readonly FoundDigest[]) {
    const { database, onDue } = this.deps;
    const total = { added: 0, changed: 0 };
    const kept = await this.deps.retention?.keptSince();
    const taken = digests.filter(({ accountId, namedAt }) => namedAt >= (kept?.of(accountId) ?? -Infinity));
    for (let start = 0; start < taken.length; start += digestsPerStatement) {
      const part = taken.slice(start, start + digestsPerStatement);
      await writeChains(database, source.bucketId, part);
      const { added, changed } = await writeFoundDigests(database, source, part);
      total.added += added;
      total.changed += changed;
    }
    if (total.added + total.changed > 0) await onDue();
    return { added: total.added };
  }

  /** Whether any digest waits to be verified, or anything that is proven to be worked out anew. */
  async isAnyDue(): Promise<boolean> {
    return isAnyDigestDue(this.deps.database);
  }
}
