import { randomUUID } from 'node:crypto';
import { type AccountScope, covers } from '../access/scope.js';
import type { Retention } from '../accounts/retention.service.js';
import type { Database, Sql } from '../platform/database/database.js';
import { conflict, notFound } from '../platform/errors.js';
import {
  backfillPriority,
  type ClaimLimits,
  type FilePriority,
  type FoundFile,
  type IngestResult,
  type Ledger,
  type LedgerFile,
  livePriority,
  type ReleasedFile,
} from './ledger.port.js';
import * as store from './ledger.store.js';
import { claimDue, isAnyDue, type SourceClaim } from './ledger-claim.store.js';
import { parkFiles } from './parked-file.store.js';

/** Rows of one statement: the arrays of 5,000 keys are about 1 MB. */
const filesPerStatement = 5000;
const maxErrorLength = 2000;
/** A statement of so many takes about 0.3 s; what is left is for the next sweep. */
const filesPerPark = 10_000;
const filesParkedPerSweep = 100_000;

export interface LedgerDeps {
  readonly database: Database;
  /** Called after a commit that made files due. Losing the call loses time only: the sweeper finds the rows. */
  readonly onDue: () => Promise<void>;
  /** What is older than it keeps is not taken: its events would only be deleted again. Everything is where absent. */
  readonly retention?: Retention | undefined;
}

export class LedgerService implements Ledger {
  constructor(private readonly deps: LedgerDeps) {}

  async discovered(source: { readonly id: string; readonly bucketId: number }, files: readonly FoundFile[]) {
    const total = await this.write(this.deps.database, source, files);
    if (total.added + total.changed > 0) await this.deps.onDue();
    return total;
  }

  /** `discovered` in the transaction of the caller, who wakes ingest once it has committed. */
  async write(sql: Sql, source: { readonly id: string; readonly bucketId: number }, files: readonly FoundFile[]) {
    const total = { added: 0, changed: 0 };
    const kept = await this.deps.retention?.keptSince(sql);
    const taken = files.filter(({ accountId, deliveredAt }) => deliveredAt >= (kept?.of(accountId) ?? -Infinity));
    for (let start = 0; start < taken.length; start += filesPerStatement) {
      const part = taken.slice(start, start + filesPerStatement);
      const { added, changed } = await store.writeFound(sql, source, part);
      total.added += added;
      total.changed += changed;
    }
    return total;
  }

  async claim({ backfill, ...limits }: ClaimLimits) {
    const lease = randomUUID();
    const live = await this.claimOf(livePriority, lease, limits);
    if (live.length > 0 || backfill === null) return { lease, files: live, isBackfill: false };
    const files = await this.claimOf(backfillPriority, lease, { ...limits, ...backfill });
    return { lease, files, isBackfill: files.length > 0 };
  }

  private async claimOf(priority: FilePriority, lease: string, limits: SourceClaim): Promise<LedgerFile[]> {
    const { resting, busy } = limits.passOver ?? { resting: [], busy: [] };
    const { database } = this.deps;
    const others = busy.length > 0 ? await claimDue(database, lease, priority, limits, [...resting, ...busy]) : [];
    return others.length > 0 ? others : claimDue(database, lease, priority, limits, resting);
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
    for (let moved = 0, part = 1; part > 0 && moved < filesParkedPerSweep; moved += part) {
      part = await parkFiles(this.deps.database, filesPerPark);
    }
    return { expired, due: await isAnyDue(this.deps.database) };
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
