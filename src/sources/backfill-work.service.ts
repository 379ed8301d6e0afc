import { randomUUID } from 'node:crypto';
import { everyAccount } from '../access/scope.js';
import { dayMs } from '../lib/time.js';
import type { Database } from '../platform/database/database.js';
import { storedReason } from '../platform/errors.js';
import { failpoint } from '../platform/failpoint.js';
import { failureFields, type Logger } from '../platform/log.js';
import { standings } from './backfill.store.js';
import { addSample, sampleOf } from './backfill-eta.js';
import * as store from './backfill-work.store.js';
import type { DirectoryDiscovery } from './directory-discovery.service.js';
import { type FoundBy, foundLive } from './found-file.js';
import { backfillPriority } from './ledger.port.js';
import type { PassResult } from './listing.port.js';
import { dayBefore, daysBack } from './listing-plan.js';
import type { S3Discovery } from './s3-discovery.service.js';
import type { S3Pass } from './s3-pass.js';
import type { Source, SourceType } from './source.entity.js';
import type { SourceService } from './source.service.js';

export interface BackfillWorkDeps {
  readonly database: Database;
  readonly sources: SourceService;
  readonly s3Discovery: S3Discovery;
  readonly directoryDiscovery: DirectoryDiscovery;
  readonly log: Logger;
  readonly now: () => Date;
  /** The days that are listed for what is new. */
  readonly lookbackDays: number;
}

const scope = everyAccount('a worker lists the folders of every backfill');

const foldersAtOnce = 32;
const leaseSeconds = 60;
/** A folder goes back so many days at most until it is written down how far it came, … */
const daysAtOnce = 31;
/** … or until it has shown so many files: what is newest goes first, in all folders. */
const filesAtOnce = 500;
/** Listing rests while so many files wait: what is listed long before it is read only makes the ledger slow. */
const mostPending = 20_000;

/** Lists the folders of backfills, a part at a time. Any number of workers share them, and go on where others ended. */
export class BackfillWork {
  constructor(private readonly deps: BackfillWorkDeps) {}

  /** The backfills that are not paused or done. */
  running(): Promise<store.RunningBackfill[]> {
    return store.runningBackfills(this.deps.database);
  }

  /**
   * Lists the next folders of a backfill. What fails is written down for another time.
   *
   * @param onListed told what the listings cost and found
   * @returns false when none is due, or enough files wait
   */
  async round(
    backfill: store.RunningBackfill,
    signal: AbortSignal,
    onListed: (type: SourceType, result: PassResult) => void = () => undefined,
  ): Promise<boolean> {
    const { database, now } = this.deps;
    if ((await store.pendingFiles(database, backfill.number)) >= mostPending) return false;
    const lease = randomUUID();
    const limits = { folders: foldersAtOnce, leaseSeconds, now: now() };
    const folders = await store.takeFolders(database, backfill.number, lease, limits);
    const [first] = folders;
    if (first === undefined) return false;
    const outcomes = folders.map(
      (folder): store.FolderOutcome => ({ ...folder, next: folder.day, files: 0, bytes: 0, error: null }),
    );
    const held = this.hold(lease);
    try {
      const source = await this.deps.sources.find(scope, first.sourceId);
      if (source !== null)
        await this.list(backfill, source, outcomes, AbortSignal.any([signal, held.signal]), onListed);
      failpoint('backfill.listed');
    } finally {
      held.end();
      await store.writeOutcomes(database, backfill.number, lease, outcomes, now());
    }
    return !signal.aborted;
  }

  /** Writes down how far a backfill is, for its rate, and ends it when nothing is left of it. */
  async note({ number }: store.RunningBackfill): Promise<void> {
    const { database, now } = this.deps;
    const [standing] = await standings(database, [number]);
    if (standing === undefined) return;
    const at = now();
    const samples = addSample(standing.samples, sampleOf(standing, at.getTime()));
    await store.noteWork(database, number, samples, at);
    await store.finishDone(database, number, at);
  }

  private async list(
    backfill: store.RunningBackfill,
    source: Source,
    outcomes: readonly store.FolderOutcome[],
    signal: AbortSignal,
    onListed: (type: SourceType, result: PassResult) => void,
  ): Promise<void> {
    const fail = (error: unknown) => {
      if (signal.aborted) return;
      this.deps.log.warn(
        { ...failureFields(error), sourceId: source.id },
        'a source could not be listed for a backfill',
      );
      for (const outcome of outcomes) if (outcome.next !== null) outcome.error = storedReason(error);
    };
    if (source.type === 'DIRECTORY') return this.scan(backfill, source, outcomes, signal).catch(fail);
    const pass = this.deps.s3Discovery.open(source, this.deps.now(), signal);
    const isMap = outcomes.some(({ prefix }) => prefix === '');
    await (isMap ? this.map(backfill, pass, outcomes) : this.goBack(backfill, pass, outcomes)).catch(fail);
    for (const outcome of outcomes) outcome.error ??= pass.result.accounts.get(outcome.accountId) ?? null;
    onListed(source.type, pass.result);
  }

  /** Looks for the folders of accounts, as new ones may have come. */
  private async map(backfill: store.RunningBackfill, pass: S3Pass, outcomes: readonly store.FolderOutcome[]) {
    const { database, s3Discovery, now } = this.deps;
    await s3Discovery.map(
      pass,
      outcomes.map(({ accountId }) => accountId),
    );
    const mapped = outcomes.filter(({ accountId }) => pass.result.accounts.get(accountId) === null);
    const accountIds = mapped.map(({ accountId }) => accountId);
    await store.addRegionFolders(database, backfill, pass.source.id, accountIds, now());
    for (const outcome of mapped) outcome.next = null;
  }

  private async goBack(backfill: store.RunningBackfill, pass: S3Pass, outcomes: readonly store.FolderOutcome[]) {
    await pass.each(outcomes, (outcome) =>
      pass.tryAccount(outcome.accountId, async () => {
        for (let days = 0; days < daysAtOnce && outcome.files < filesAtOnce && outcome.next !== null; days += 1) {
          const day = outcome.next;
          const folder = { regionPrefix: outcome.prefix, day };
          const { files, bytes } = await this.deps.s3Discovery.listFolder(pass, folder, this.routeOf(backfill, day));
          outcome.files += files;
          outcome.bytes += bytes;
          outcome.next = day > backfill.fromDay ? dayBefore(day) : null;
        }
      }),
    );
  }

  /** Files of days that are listed anyway are live ones: a backfill over them must not hold them up. */
  private routeOf({ number }: store.RunningBackfill, day: string): FoundBy {
    const { now, lookbackDays } = this.deps;
    const isListedAnyway = day >= (daysBack(now(), lookbackDays).at(-1) ?? '');
    return isListedAnyway ? foundLive : { priority: backfillPriority, backfill: number };
  }

  /** A directory is always walked as a whole, and all of its files are live: this only makes sure of it, and counts. */
  private async scan(
    { accountIds, regions, fromDay, toDay }: store.RunningBackfill,
    source: Source,
    outcomes: readonly store.FolderOutcome[],
    signal: AbortSignal,
  ): Promise<void> {
    const from = Date.parse(`${fromDay}T00:00:00Z`);
    const to = Date.parse(`${toDay}T00:00:00Z`) + dayMs;
    const figures = new Map(accountIds.map((id) => [id, { files: 0, bytes: 0 }]));
    await this.deps.directoryDiscovery.scan(source, signal, ({ accountId, awsRegion, deliveredAt, size }) => {
      const figure = figures.get(accountId);
      if (figure === undefined || deliveredAt < from || deliveredAt >= to) return;
      if (regions !== null && !regions.includes(awsRegion)) return;
      figure.files += 1;
      figure.bytes += size;
    });
    for (const outcome of outcomes) Object.assign(outcome, figures.get(outcome.accountId), { next: null });
  }

  /** Keeps the lease, and ends the work when the backfill was paused or the lease lost. */
  private hold(lease: string): { signal: AbortSignal; end(): void } {
    const controller = new AbortController();
    const extend = async () => {
      if (!(await store.extendFolders(this.deps.database, lease, leaseSeconds, this.deps.now()))) controller.abort();
    };
    const timer = setInterval(
      () => {
        extend().catch((error: unknown) =>
          this.deps.log.warn(failureFields(error), 'lease of a backfill not extended'),
        );
      },
      (leaseSeconds * 1000) / 12,
    );
    return { signal: controller.signal, end: () => clearInterval(timer) };
  }
}
