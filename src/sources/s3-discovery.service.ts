import type { Retention } from '../accounts/retention.service.js';
import type { Database } from '../platform/database/database.js';
import { storedReason } from '../platform/errors.js';
import { failpoint } from '../platform/failpoint.js';
import type { Logger } from '../platform/log.js';
import { accountRoots, regionFoldersOf } from './account-folders.js';
import { closeProven } from './closed-listing.store.js';
import type { DigestLedger } from './digest-ledger.port.js';
import { type FoundBy, foundLive, sortObject } from './found-file.js';
import type { Ledger } from './ledger.port.js';
import type { PassResult } from './listing.port.js';
import * as store from './listing.store.js';
import { type DayFolder, dayPrefix, daysBack, nextListing, openDays, startAfter } from './listing-plan.js';
import type { SourceObjectStores } from './object-stores/object-stores.js';
import { S3Pass } from './s3-pass.js';
import type { Source } from './source.entity.js';
import type { SourceService } from './source.service.js';

export interface S3DiscoveryDeps {
  readonly database: Database;
  readonly sources: SourceService;
  readonly ledger: Ledger;
  readonly digests: DigestLedger;
  readonly stores: Pick<SourceObjectStores, 'open'>;
  readonly log: Logger;
  /** How many days a new source reaches back. */
  readonly lookbackDays: number;
  /** Days of which it keeps nothing are not listed; all are kept where absent. */
  readonly retention?: Retention | undefined;
}

/** What the listing of one folder showed. */
export interface FolderListing {
  /** Log files, those known before included. */
  files: number;
  bytes: number;
  /** When the newest object of the folder was written, whatever it is and whoever else has found it before. */
  newestAt: Date | null;
}

/** How often the kinds and regions of an account are looked for; a new region is seen within this time. */
const mapEveryMs = 15 * 60_000;
/** Listed folders are written down in groups, so that a pass that is cut short has lost little. */
const foldersPerWrite = 200;

/**
 * Finds log files and digests by listing. The bucket as a whole is never listed: keys sort by account before date and a
 * late file may sort anywhere, so each folder of an account, region and day is listed on a schedule of its own
 * (listing-plan.ts), until digests prove that nothing is missing from it.
 */
export class S3Discovery {
  constructor(private readonly deps: S3DiscoveryDeps) {}

  /**
   * Lists what is due. What fails for one account is written on that account, and the others go on; what fails for the
   * source as a whole is written on the source, and thrown.
   */
  async pass(source: Source, now: Date, signal: AbortSignal): Promise<PassResult> {
    const { database } = this.deps;
    const pass = this.open(source, now, signal);
    let ignored: number | null = null;
    try {
      ignored = await this.mapDue(pass);
      await store.keepDays(database, source.id, await this.daysKept(pass), now);
      await closeProven(database, source.id, openDays(now).at(-1) ?? '', now);
      await this.listDue(pass, await store.dueFolders(database, source.id, now));
    } catch (error) {
      if (!signal.aborted) await this.record(pass, storedReason(error), null);
      throw error;
    }
    await this.record(pass, null, ignored);
    return pass.result;
  }

  /** For listings beside the schedule. */
  open(source: Source, now: Date, signal: AbortSignal): S3Pass {
    return new S3Pass(this.deps, source, now, signal);
  }

  /** Looks for the kinds and regions of these accounts, whenever that was done last. */
  async map(pass: S3Pass, accountIds: readonly string[]): Promise<void> {
    await this.mapAccounts(pass, accountIds, await accountRoots(pass));
  }

  /**
   * Lists one day folder and writes down what it holds.
   *
   * @param after the key to start behind; null for the first
   */
  async listFolder(
    pass: S3Pass,
    folder: Pick<DayFolder, 'regionPrefix' | 'day'>,
    route: FoundBy,
    after: string | null = null,
  ): Promise<FolderListing> {
    const { ledger, digests } = this.deps;
    const listing: FolderListing = { files: 0, bytes: 0, newestAt: null };
    const options = { prefix: dayPrefix(folder), ...(after === null ? {} : { startAfter: after }) };
    for await (const page of pass.pages(options)) {
      failpoint('discover.listed');
      const sorted = page.objects.map((object) => sortObject(object, pass.grant, route));
      const files = sorted.flatMap((item) => (item.kind === 'collect' ? [item.file] : []));
      const proofs = sorted.flatMap((item) => (item.kind === 'digest' ? [item.digest] : []));
      const { added, changed } = await ledger.discovered(pass.source, files);
      const proven = proofs.length === 0 ? { added: 0 } : await digests.discovered(pass.source, proofs);
      failpoint('discover.written');
      pass.result.found += files.length;
      pass.result.added += added;
      pass.result.changed += changed;
      pass.result.digests += proven.added;
      listing.files += files.length;
      listing.bytes += files.reduce((sum, { size }) => sum + size, 0);
      listing.newestAt = latest([listing.newestAt, ...page.objects.map(({ lastModified }) => lastModified)]);
    }
    return listing;
  }

  /** The days that the lookback reaches and an account of the source keeps: files of others would not be taken. */
  private async daysKept({ grant, now }: S3Pass): Promise<string[]> {
    const kept = await this.deps.retention?.keptSince();
    return daysBack(now, this.deps.lookbackDays, kept?.earliestOf(grant.collectedAccounts) ?? null);
  }

  /** Looks for the folders of accounts; returns how many accounts have one that the source does not speak for. */
  private async mapDue(pass: S3Pass): Promise<number> {
    const { source, grant, now } = pass;
    const roots = await accountRoots(pass);
    const accountIds = [...roots.keys()];
    const strangers = accountIds.filter((accountId) => !grant.covers(accountId));
    if (source.discoverAccounts) grant.add(await this.deps.sources.discovered(source, strangers));
    const collected = accountIds.filter((accountId) => grant.collects(accountId));
    const before = new Date(now.getTime() - mapEveryMs);
    const due = await store.unmapped(this.deps.database, source.id, collected, before);
    await this.mapAccounts(pass, due, roots);
    return strangers.filter((accountId) => !grant.covers(accountId)).length;
  }

  private async mapAccounts(
    pass: S3Pass,
    accountIds: readonly string[],
    roots: ReadonlyMap<string, readonly string[]>,
  ): Promise<void> {
    await pass.each(accountIds, (accountId) =>
      pass.tryAccount(accountId, async () => {
        const regions = await regionFoldersOf(pass, accountId, roots.get(accountId) ?? []);
        await store.writeMap(this.deps.database, pass.source.id, accountId, regions, pass.now);
      }),
    );
  }

  private async listDue(pass: S3Pass, due: readonly store.DueFolder[]): Promise<void> {
    const { now, source } = pass;
    const isNotified = source.type === 'S3_NOTIFICATIONS';
    for (let start = 0; start < due.length; start += foldersPerWrite) {
      const listed: store.ListedFolder[] = [];
      await pass.each(due.slice(start, start + foldersPerWrite), (folder) =>
        pass.tryAccount(folder.accountId, async () => {
          const after = startAfter(folder, now);
          const listing = await this.listFolder(pass, folder, foundLive, after);
          const newestAt = latest([folder.newestAt, listing.newestAt]);
          const dueAt = nextListing({ ...folder, newestAt }, now, isNotified);
          listed.push({ ...folder, whole: after === null, newestAt, dueAt });
        }),
      );
      await store.markListed(this.deps.database, source.id, listed, openDays(now), now);
    }
  }

  private async record({ source, now, result }: S3Pass, error: string | null, accountsIgnored: number | null) {
    const discovery = { at: now, error, filesIgnored: null, accountsIgnored, accounts: result.accounts };
    await this.deps.sources.recordDiscovery(source.id, discovery);
  }
}

function latest(times: readonly (Date | null)[]): Date | null {
  return times.reduce((newest, time) => (newest === null || (time !== null && time > newest) ? time : newest), null);
}
