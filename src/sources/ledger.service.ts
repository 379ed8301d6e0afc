import { randomUUID } from 'node:crypto';
import { type AccountScope, covers } from '../access/scope.js';
import type { Database, Sql } from '../platform/database/database.js';
import { conflict, notFound } from '../platform/errors.js';
import type { ClaimLimits, FoundFile, IngestResult, Ledger, ReleasedFile } from './ledger.port.js';
import * as store from './ledger.store.js';

/** Rows of one statement: the arrays of 5,000 keys are about 1 MB. */
const filesPerStatement = 5000;
const maxErrorLength = 2000;

export interface LedgerDeps {
  readonly database: Database;
  /** Called after a commit that made files due. Losing the call loses time only: the sweeper finds the rows. */
  readonly onDue: () => Promise<void>;
}

export class LedgerService implements Ledger {
  constructor(private readonly deps: LedgerDeps) {}

  async discovered(source: { readonly id: string; readonly bucketId: number }, files: readonly FoundFile[]) {
    const total = { added: 0, changed: 0 };
    for (let start = 0; start < files.length; start += filesPerStatement) {
      const part = files.slice(start, start + filesPerStatement);
      const { added, changed } = await store.writeFound(this.deps.database, source, part);
      total.added += added;
      total.changed += changed;
    }
    if (total.added + total.changed > 0) await this.deps.onDue();
    return total;
  }

  async claim(limits: ClaimLimits) {
    const lease = randomUUID();
    return { lease, files: await store.claimDue(this.deps.database, lease, limits) };
  }

  async extend(lease: string, seconds: number): Promise<void> {
    await store.extendLease(this.deps.database, lease, seconds);
  }

  async lock(transaction: Sql, lease: string, fileIds: readonly string[]): Promise<Set<string>> {
    return new Set(await store.lockLeased(transaction, lease, fileIds));
  }

  async ingested(transaction: Sql, lease: string, results: readonly IngestResult[]): Promise<void> {
    if (results.length === 0) return;
    const bounded = results.map((result) => ({
      ...result,
      quarantined: result.quarantined === null ? null : errorText(result.quarantined),
    }));
    await store.closeIngested(transaction, lease, bounded);
  }

  async release(lease: string, files: readonly ReleasedFile[]): Promise<void> {
    if (files.length === 0) return;
    const bounded = files.map((file) => (file.error === undefined ? file : { ...file, error: errorText(file.error) }));
    await store.releaseLeased(this.deps.database, lease, bounded);
  }

  async retry(
    scope: AccountScope,
    fileId: string,
    record?: (transaction: Sql, accountId: string) => Promise<void>,
  ): Promise<void> {
    await this.deps.database.transaction(async (sql) => {
      const file = isFileId(fileId) ? await store.findState(sql, fileId) : undefined;
      if (file === undefined || !covers(scope, file.accountId)) throw notFound(`log file ${fileId}`);
      if (!(await store.makeDue(sql, fileId))) {
        throw conflict(`log file ${fileId} is ${file.state}: ${whyNot(file.state)}`);
      }
      await record?.(sql, file.accountId);
    });
    await this.deps.onDue();
  }

  async takeBackAll(): Promise<void> {
    await store.takeBackAll(this.deps.database);
  }

  async sweep() {
    const expired = await store.takeBackExpired(this.deps.database);
    return { expired, due: await store.isAnyDue(this.deps.database) };
  }
}

/** The ids of log files are positive 64-bit integers. */
export function isFileId(id: string): boolean {
  return /^[1-9][0-9]{0,17}$/.test(id);
}

function whyNot(state: string): string {
  if (state === 'INGESTED') return 'it was read whole, there is nothing to retry';
  if (state === 'INGESTING') return 'it is being read at this moment';
  return 'the source that read it was deleted, or no longer speaks for its account; connect it again to collect it';
}

/** Bounded, and without NUL, which Postgres cannot store. */
function errorText(error: string): string {
  const clean = error.replaceAll('\0', '');
  return clean.length > maxErrorLength ? `${clean.slice(0, maxErrorLength)}…` : clean;
}
