import { afterAll, beforeAll, beforeEach } from 'vitest';
import type { Caller } from '../../src/access/context.js';
import type { Backfill } from '../../src/sources/backfill.entity.js';
import type { StartBackfillInput } from '../../src/sources/backfill.inputs.js';
import { BackfillWork } from '../../src/sources/backfill-work.service.js';
import type { SourceInput } from '../../src/sources/source.inputs.js';
import { A, admin, B, type Collection, startCollection } from './collection.js';
import { FakeAws } from './fake-aws.js';
import { silentLog } from './silent-log.js';

export const minute = 60_000;
export const noon = new Date('2026-11-20T12:00:00Z');
export const ago = (days: number) => new Date(noon.getTime() - days * 24 * 60 * minute);

const { signal } = new AbortController();
const limits = { maxFiles: 100, maxBytes: 1e9, leaseSeconds: 60 };
const lookbackDays = 2;

/** Backfills over a bucket of a test file's own, by a clock that the test sets. Made once, empty before each test. */
export class BackfillBench {
  readonly aws = new FakeAws();
  now = noon;
  #collection: Collection | undefined;

  constructor() {
    beforeAll(async () => {
      const hubCredentials = async () => ({ accessKeyId: 'hub', secretAccessKey: 's' });
      const aws = { endpointUrl: await this.aws.start(), region: 'eu-west-1', hubCredentials };
      this.#collection = await startCollection({ aws, lookbackDays, now: () => this.now });
    });
    afterAll(async () => {
      await this.#collection?.stop();
      await this.aws.stop();
    });
    beforeEach(async () => {
      await this.collection.database.query(
        'TRUNCATE log_file, account, source, deleted_account, backfill, digest_chain CASCADE',
      );
      this.aws.buckets.clear();
      this.aws.calls.length = 0;
      this.aws.fault = () => null;
      this.now = noon;
    });
  }

  get collection(): Collection {
    if (this.#collection === undefined) throw new Error('not started yet');
    return this.#collection;
  }

  connect(input: Partial<SourceInput> = {}) {
    return this.collection.sources.create(admin, {
      type: 'S3_LISTING',
      bucket: 'central',
      accountIds: [A, B],
      ...input,
    });
  }

  /** From 20 to 10 days ago, of every account. */
  start(input: Partial<StartBackfillInput> = {}, caller: Caller = admin): Promise<Backfill> {
    return this.collection.backfills.start(caller, { from: ago(20), to: ago(10), ...input });
  }

  /** A worker of another process, on the same rows. */
  worker(): BackfillWork {
    return new BackfillWork({ ...this.collection, log: silentLog, now: () => this.now, lookbackDays });
  }

  /** Lists until nothing is due. */
  async work(worker = this.collection.backfillWork): Promise<void> {
    for (let isBusy = true; isBusy; ) {
      isBusy = false;
      for (const backfill of await worker.running()) {
        isBusy = (await worker.round(backfill, signal)) || isBusy;
        await worker.note(backfill);
      }
    }
  }

  /** Reads every file that may be claimed, as ingest would: two events and a duplicate each. Their keys. */
  async ingest(): Promise<string[]> {
    const { ledger, database } = this.collection;
    const { lease, files } = await ledger.claim(limits);
    if (files.length === 0) return [];
    const read = { records: 3, events: 2, duplicates: 1, quarantined: null, sha256: null };
    const results = files.map(({ id }) => ({ id, ...read }));
    await database.transaction((sql) => ledger.ingested(sql, lease, results));
    return [...files.map(({ key }) => key), ...(await this.ingest())];
  }

  /** A backfill with its figures and failures, as a caller sees it. */
  async shown({ id, number }: Backfill, caller = admin) {
    const { backfills } = this.collection;
    const backfill = await backfills.find(caller.accounts, id);
    const standing = (await backfills.standings([number])).get(number);
    const errors = (await backfills.failures(caller.accounts, [number])).get(number) ?? [];
    return { ...backfill, ...standing, errors };
  }

  /** The day folders that were listed since the calls were last forgotten. */
  listedFolders(): string[] {
    return this.aws.calls.map(({ key }) => key).filter((key) => /\/\d{4}\/\d\d\/\d\d\/$/.test(key));
  }
}
