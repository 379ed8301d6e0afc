import { isRegion } from '../platform/aws/partition.js';
import type { Database } from '../platform/database/database.js';
import { CrosstrailError, storedReason } from '../platform/errors.js';
import type { Logger } from '../platform/log.js';
import { Grant, sortObject } from './found-file.js';
import { backfillPriority, type Ledger, livePriority } from './ledger.port.js';
import * as store from './listing.store.js';
import {
  accountOfRoot,
  type DayFolder,
  dayPrefix,
  daysBack,
  daysBetween,
  isKindFolder,
  isOrganizationFolder,
  nextListing,
  startAfter,
} from './listing-plan.js';
import type { ObjectStore } from './object-store.port.js';
import type { SourceObjectStores } from './object-stores/object-stores.js';
import type { Source } from './source.entity.js';
import type { SourceService } from './source.service.js';

export interface S3DiscoveryDeps {
  readonly database: Database;
  readonly sources: SourceService;
  readonly ledger: Ledger;
  readonly stores: Pick<SourceObjectStores, 'open'>;
  readonly log: Logger;
  /** How many days a new source reaches back. */
  readonly lookbackDays: number;
}

export interface DaysToList {
  readonly accountIds?: readonly string[];
  readonly regions?: readonly string[];
  readonly from: Date;
  /** Exclusive. */
  readonly to: Date;
  /** Defaults to `backfillPriority`. */
  readonly priority?: number;
}

export interface PassResult {
  /** LIST calls, as S3 bills them. */
  lists: number;
  /** Log files of collected accounts that the listings showed, known ones included. */
  found: number;
  added: number;
  changed: number;
  /** By account: why it could not be listed; null where it could. */
  readonly accounts: Map<string, string | null>;
}

/** The state of one pass. */
interface Pass {
  readonly source: Source;
  readonly objects: ObjectStore;
  readonly grant: Grant;
  readonly now: Date;
  readonly signal: AbortSignal;
  readonly result: PassResult;
}

const concurrency = 8;
/** How often the kinds and regions of an account are looked for; a new region is seen within this time. */
const mapEveryMs = 15 * 60_000;
/** Listed folders are written down in groups, so that a pass that is cut short has lost little. */
const foldersPerWrite = 200;

/**
 * Finds log files by listing. The bucket as a whole is never listed: keys sort by account before date and a late file
 * may sort anywhere, so each folder of an account, region and day is listed on a schedule of its own (listing-plan.ts).
 */
export class S3Discovery {
  constructor(private readonly deps: S3DiscoveryDeps) {}

  /**
   * Lists what is due. What fails for one account is written on that account, and the others go on; what fails for the
   * source as a whole is written on the source, and thrown.
   */
  async pass(source: Source, now: Date, signal: AbortSignal): Promise<PassResult> {
    const pass = this.begin(source, now, signal);
    let ignored: number | null = null;
    try {
      ignored = await this.mapAccounts(pass);
      await store.keepDays(this.deps.database, source.id, daysBack(now, this.deps.lookbackDays), now);
      const due = await store.dueFolders(this.deps.database, source.id, now);
      await this.listDue(pass, due);
    } catch (error) {
      if (!signal.aborted) await this.record(pass, storedReason(error), null);
      throw error;
    }
    await this.record(pass, null, ignored);
    return pass.result;
  }

  /** Lists the folders of a span of days whole, whatever their schedule; for backfill. */
  async listDays(source: Source, now: Date, days: DaysToList, signal: AbortSignal): Promise<PassResult> {
    const pass = this.begin(source, now, signal);
    await this.mapAccounts(pass);
    const regions = await store.regionFolders(this.deps.database, source.id);
    const wanted = regions.filter(
      ({ accountId, awsRegion }) =>
        (days.accountIds?.includes(accountId) ?? true) &&
        (days.regions?.includes(awsRegion) ?? true) &&
        pass.grant.wantsRegion(accountId, awsRegion),
    );
    const priority = days.priority ?? backfillPriority;
    for (const day of daysBetween(days.from, days.to)) {
      await this.each(pass, wanted, ({ prefix, accountId }) => {
        const folder = { regionPrefix: prefix, day, listedAt: null, fullyListedAt: null };
        return this.tryAccount(pass, accountId, () => this.listFolder(pass, folder, priority));
      });
    }
    return pass.result;
  }

  private begin(source: Source, now: Date, signal: AbortSignal): Pass {
    const result: PassResult = { lists: 0, found: 0, added: 0, changed: 0, accounts: new Map() };
    return { source, objects: this.deps.stores.open(source), grant: new Grant(source), now, signal, result };
  }

  /** Looks for the folders of accounts; returns how many accounts have one that the source does not speak for. */
  private async mapAccounts(pass: Pass): Promise<number> {
    const { source, grant, now } = pass;
    const roots = await this.accountRoots(pass);
    const accountIds = [...roots.keys()];
    const strangers = accountIds.filter((accountId) => !grant.covers(accountId));
    if (source.discoverAccounts) grant.add(await this.deps.sources.discovered(source, strangers));
    const collected = accountIds.filter((accountId) => grant.collects(accountId));
    const before = new Date(now.getTime() - mapEveryMs);
    const unmapped = await store.unmapped(this.deps.database, source.id, collected, before);
    await this.each(pass, unmapped, (accountId) =>
      this.tryAccount(pass, accountId, async () => {
        const regions = await this.regionsOf(pass, accountId, roots.get(accountId) ?? []);
        await store.writeMap(this.deps.database, source.id, accountId, regions, now);
      }),
    );
    return strangers.filter((accountId) => !grant.covers(accountId)).length;
  }

  /** The folders of accounts under `AWSLogs/` and `AWSLogs/o-…/`, by account. */
  private async accountRoots(pass: Pass): Promise<Map<string, string[]>> {
    const top = `${pass.source.prefix}AWSLogs/`;
    const roots = new Map<string, string[]>();
    const add = (prefix: string) => {
      const accountId = accountOfRoot(prefix);
      if (accountId !== null) roots.set(accountId, [...(roots.get(accountId) ?? []), prefix]);
    };
    try {
      for (const prefix of await this.foldersOf(pass, top)) {
        if (isOrganizationFolder(prefix)) for (const below of await this.foldersOf(pass, prefix)) add(below);
        else add(prefix);
      }
    } catch (error) {
      // A policy may let the role list the folders of its accounts only: those names are known.
      if (!isDenied(error) || pass.source.discoverAccounts || pass.source.accountIds.length === 0) throw error;
      for (const accountId of pass.source.accountIds) add(`${top}${accountId}/`);
    }
    return roots;
  }

  private async regionsOf(pass: Pass, accountId: string, roots: readonly string[]): Promise<store.RegionFolder[]> {
    const found: store.RegionFolder[] = [];
    for (const root of roots) {
      for (const kind of (await this.foldersOf(pass, root)).filter(isKindFolder)) {
        for (const prefix of await this.foldersOf(pass, kind)) {
          const awsRegion = prefix.slice(kind.length, -1);
          if (isRegion(awsRegion)) found.push({ prefix, accountId, awsRegion });
        }
      }
    }
    return found;
  }

  private async listDue(pass: Pass, due: readonly store.DueFolder[]): Promise<void> {
    const { grant, now, source } = pass;
    const wanted = due.filter(({ accountId, regionPrefix }) =>
      grant.wantsRegion(accountId, regionPrefix.split('/').at(-2) ?? ''),
    );
    for (let start = 0; start < wanted.length; start += foldersPerWrite) {
      const listed: store.ListedFolder[] = [];
      await this.each(pass, wanted.slice(start, start + foldersPerWrite), async (folder) => {
        const whole = startAfter(folder, now) === null;
        const done = await this.tryAccount(pass, folder.accountId, () => this.listFolder(pass, folder, livePriority));
        if (done) listed.push({ ...folder, whole, dueAt: nextListing(folder.day, now) });
      });
      await store.markListed(this.deps.database, source.id, listed, now);
    }
  }

  private async listFolder(pass: Pass, folder: DayFolder, priority: number): Promise<void> {
    const after = startAfter(folder, pass.now);
    const options = {
      prefix: dayPrefix(folder),
      signal: pass.signal,
      ...(after === null ? {} : { startAfter: after }),
    };
    for await (const page of pass.objects.list(options)) {
      pass.result.lists += 1;
      const files = page.objects.flatMap((object) => {
        const sorted = sortObject(object, pass.grant, priority);
        return sorted.kind === 'collect' ? [sorted.file] : [];
      });
      pass.result.found += files.length;
      const { added, changed } = await this.deps.ledger.discovered(pass.source, files);
      pass.result.added += added;
      pass.result.changed += changed;
    }
  }

  private async foldersOf(pass: Pass, prefix: string): Promise<string[]> {
    const found: string[] = [];
    for await (const page of pass.objects.list({ prefix, delimiter: '/', signal: pass.signal })) {
      pass.result.lists += 1;
      found.push(...page.prefixes);
    }
    return found;
  }

  /** False when it failed for this account. What would fail for every account is thrown. */
  private async tryAccount(pass: Pass, accountId: string, work: () => Promise<void>): Promise<boolean> {
    // Its other folders would most likely fail as well: the next pass tries again.
    if (typeof pass.result.accounts.get(accountId) === 'string') return false;
    try {
      await work();
      if (!pass.result.accounts.has(accountId)) pass.result.accounts.set(accountId, null);
      return true;
    } catch (error) {
      if (pass.signal.aborted || !(error instanceof CrosstrailError) || isForAll(error)) throw error;
      this.deps.log.warn({ err: error, sourceId: pass.source.id, accountId }, 'an account could not be listed');
      pass.result.accounts.set(accountId, storedReason(error));
      return false;
    }
  }

  /** Runs `work` over the items, eight at a time; the first error that is thrown ends it. */
  private async each<T>(pass: Pass, items: readonly T[], work: (item: T) => Promise<unknown>): Promise<void> {
    let next = 0;
    let failed = false;
    const lane = async () => {
      while (next < items.length && !failed) {
        pass.signal.throwIfAborted();
        const item = items[next++] as T;
        await work(item).catch((error: unknown) => {
          failed = true;
          throw error;
        });
      }
    };
    await Promise.all(Array.from({ length: Math.min(concurrency, items.length) }, lane));
  }

  private async record(pass: Pass, error: string | null, accountsIgnored: number | null): Promise<void> {
    const { source, now, result } = pass;
    const discovery = { at: now, error, filesIgnored: null, accountsIgnored, accounts: result.accounts };
    await this.deps.sources.recordDiscovery(source.id, discovery);
  }
}

function isDenied(error: unknown): boolean {
  return error instanceof CrosstrailError && /^(AccessDenied|403|Forbidden)/.test(String(error.details.awsCode));
}

/** The role, the bucket or the network fails: the next account would fare no better. */
function isForAll({ details }: CrosstrailError): boolean {
  return (
    details.call === 'sts:AssumeRole' ||
    /^(NoSuchBucket|CredentialsProviderError|ECONNREFUSED|ENOTFOUND)$/.test(String(details.awsCode))
  );
}
