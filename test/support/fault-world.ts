import { mkdir, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { expect } from 'vitest';
import { type GeneratedFile, generateLogFiles } from '../../src/demo/generator/log-files.js';
import { writeBucket } from '../../src/demo/generator/write-bucket.js';
import { dayMs, minuteMs } from '../../src/lib/time.js';
import type { Database } from '../../src/platform/database/database.js';
import { ask, openTestApp } from './app.js';
import { connectDirectory, countedEvents, everyFeedEvent, logFileOf, recordsOf } from './buckets.js';
import { DigestSigner, makeDigestChain } from './digest-chain.js';
import { eventually } from './eventually.js';
import { etagOf, FakeAws } from './fake-aws.js';
import { auditStore, eventIdOf } from './fault-audit.js';
import type { FaultRow } from './fault-reporter.js';
import { s3Event } from './notifications.js';
import { endPrograms, type Program, spawnProgram } from './spawn-program.js';
import { createTestDirectory } from './test-postgres.js';
import type { TrueFile } from './true-file.js';

export const centralBucket = 'central-logs';
const roleArn = 'arn:aws:iam::999900001111:role/crosstrail';
const trails = ['second-trail', 'third-trail'] as const;

interface Stores {
  readonly databaseUrl: string;
  readonly redisUrl: string | undefined;
}

/** What is put into the bucket at once. */
interface Addition {
  readonly files: number;
  readonly recordsPerFile: number;
  /** How many of the files lie in the directories as well. */
  readonly copies: number;
  /** Whether digests name them and messages tell of them. */
  readonly announced: boolean;
}

/**
 * What the program lives in while faults happen: a bucket behind HTTP, two directories, a database, and the truth about
 * all that was ever put there. The API is this process's own; whatever collects is the built program.
 */
export class FaultWorld {
  readonly files: TrueFile[] = [];
  readonly hits = new Map<string, number>();
  readonly #faults = new Map<string, string>();
  readonly #signer = new DigestSigner();
  #digests = 0;
  /** Log files that digests name. */
  #signed = 0;
  #proofs = 0;

  private constructor(
    /** Of whoever looks on: it takes no part in the faults. */
    readonly database: Database,
    private readonly stores: Stores,
    private readonly folder: string,
    readonly aws: FakeAws,
    private readonly endpointUrl: string,
    readonly api: Awaited<ReturnType<typeof openTestApp>>,
  ) {}

  static async open(database: Database, stores: Stores): Promise<FaultWorld> {
    const { databaseUrl, redisUrl } = stores;
    const folder = await createTestDirectory();
    for (const trail of trails) await mkdir(join(folder, trail));
    const aws = new FakeAws();
    const awsEndpointUrl = await aws.start();
    const settings = { databaseUrl, awsEndpointUrl, ...(redisUrl === undefined ? {} : { redisUrl }) };
    const api = await openTestApp('api', settings);
    return new FaultWorld(database, stores, folder, aws, awsEndpointUrl, api);
  }

  async close(): Promise<void> {
    await endPrograms();
    await this.api.stop();
    await this.aws.stop();
    await rm(this.folder, { recursive: true, force: true });
  }

  /**
   * Three ways to one bucket: two sources that list it, and a queue that tells of each file twice. And two directories in
   * which a part of it lies as well.
   */
  async connect(): Promise<void> {
    this.aws.buckets.set(centralBucket, new Map());
    this.aws.sqs.queues.set(this.#queueUrl, []);
    this.aws.sqs.deliversTwice = true;
    const central = { type: 'S3_LISTING', bucket: centralBucket, discoverAccounts: true };
    const queue = { type: 'S3_NOTIFICATIONS', queueUrl: this.#queueUrl, region: 'eu-west-1' };
    const create = 'mutation ($input: SourceInput!) { createSource(input: $input) { source { id } } }';
    await ask(this.api.url, create, { input: { ...central, roleArn } });
    await ask(this.api.url, create, { input: { ...central, ...queue, roleArn } });
    await ask(
      this.api.url,
      'mutation ($input: CreateAccountInput!) { createAccount(input: $input) { account { name } } }',
      { input: { accountId: '999999999999', roleArn, externalId: 'its-own', sources: [central] } },
    );
    for (const trail of trails) await connectDirectory(this.api.url, join(this.folder, trail));
  }

  /** The third way to the bucket: lists the days of all accounts that are known by now. */
  async backfill(): Promise<void> {
    const input = { from: new Date(Date.now() - dayMs).toISOString() };
    const document = 'mutation ($input: StartBackfillInput!) { startBackfill(input: $input) { backfill { id } } }';
    await ask(this.api.url, document, { input });
  }

  /**
   * Puts new log files, of accounts of their own, into the bucket. A few lie in the directories too, and each directory
   * has the records of one of those in other bytes.
   *
   * @param fault what they will have to get through
   */
  async add(fault: string, options: Partial<Addition> = {}): Promise<void> {
    const { files = 16, recordsPerFile = 15, copies = 4, announced = true } = options;
    const now = Date.now();
    const shape = { files, recordsPerFile, accounts: 2, regions: 2, from: now - 40 * minuteMs, to: now - 6 * minuteMs };
    const made = [...generateLogFiles({ seed: `${fault} ${this.files.length}`, ...shape })];
    for (const [index, trail] of trails.entries()) {
      const directory = join(this.folder, trail);
      const copied = made.slice(0, copies).map((file, place) => {
        const records = recordsOf(file);
        return { key: file.key, records: place === index ? records.map((one) => respelled(one, trail)) : records };
      });
      await writeBucket(
        directory,
        copied.map(({ key, records }) => logFileOf(key, records)),
      );
      for (const { key, records } of copied) this.#note(directory, key, records, fault);
    }
    // In one turn: nobody sees the folder of an account before all is there that it holds.
    for (const file of made) {
      this.#note(centralBucket, file.key, recordsOf(file), fault);
      this.aws.put(centralBucket, file.key, file.body);
    }
    if (!announced) return;
    this.#sign(made);
    for (const { key, body } of made) {
      const told = { key, size: body.length, etag: etagOf(body).replaceAll('"', '') };
      this.aws.sqs.send(this.#queueUrl, s3Event(centralBucket, told));
    }
  }

  get #queueUrl(): string {
    return `${this.endpointUrl}/111122223333/trail`;
  }

  /** The digests of an hour, one for each account and region. */
  #sign(files: readonly GeneratedFile[]): void {
    const folderOf = ({ key }: GeneratedFile) => key.split('/').slice(1, 4).join('/');
    for (const folder of new Set(files.map(folderOf))) {
      const [accountId = '', , awsRegion = ''] = folder.split('/');
      const named = files.filter((file) => folderOf(file) === folder);
      const start = new Date(Date.now() - 60 * minuteMs);
      const chain = { signer: this.#signer, bucket: centralBucket, accountId, awsRegion, start };
      for (const { key, body, metadata } of makeDigestChain({ ...chain, windows: [{ files: named }] })) {
        this.aws.put(centralBucket, key, body, metadata);
        this.#digests += 1;
      }
      if (!this.aws.cloudTrail.keys.has(awsRegion)) this.aws.cloudTrail.trust(awsRegion, this.#signer);
    }
    this.#signed += files.length;
  }

  #note(bucket: string, key: string, records: readonly string[], fault: string): void {
    const accountId = basename(key).slice(0, 12);
    this.#faults.set(accountId, fault);
    this.files.push({ bucket, key, accountId, records, fault });
  }

  /** Starts the built program as a worker. @param failpoint `name:mode:after`; see `proof` */
  start(failpoint?: string): Program & { readonly proof: string } {
    const { databaseUrl, redisUrl } = this.stores;
    const proof = join(this.folder, `proof-${++this.#proofs}`);
    const program = spawnProgram(['worker'], {
      DATABASE_URL: databaseUrl,
      ...(redisUrl === undefined ? {} : { REDIS_URL: redisUrl }),
      AWS_ENDPOINT_URL: this.endpointUrl,
      AWS_REGION: 'eu-central-1',
      AWS_ACCESS_KEY_ID: 'hub',
      AWS_SECRET_ACCESS_KEY: 'secret',
      CROSSTRAIL_DISCOVERY_SECONDS: '1',
      ...(failpoint === undefined ? {} : { CROSSTRAIL_FAILPOINT: `${failpoint}:${proof}` }),
    });
    return { ...program, proof };
  }

  hit(fault: string, times = 1): void {
    this.hits.set(fault, (this.hits.get(fault) ?? 0) + times);
  }

  /**
   * In place of the half minute that the leases of the dead still hold, and of the waits of what has failed. What fails
   * again and again has to wait: a file is given up after ten attempts.
   */
  async hurry(): Promise<void> {
    await this.database.query(
      `UPDATE log_file SET due_at = now()
       WHERE due_at > now() AND (state = 'INGESTING' OR (state = 'DISCOVERED' AND attempts < 5))`,
    );
    await this.database.query(
      `UPDATE digest SET due_at = now() WHERE due_at > now() AND state = 'DISCOVERED' AND attempts < 5`,
    );
    await this.database.query('UPDATE backfill_folder SET due_at = now() WHERE due_at > now() AND attempts < 5');
    this.aws.sqs.showAgain();
  }

  /** Waits until so many of the files that have to get through a fault are read. */
  async readSome(fault: string, files: number): Promise<void> {
    const accounts = [...this.#faults].flatMap(([accountId, its]) => (its === fault ? [accountId] : []));
    await eventually(
      () =>
        this.database.query(`SELECT FROM log_file WHERE state = 'INGESTED' AND account_id = ANY ($1::text[])`, [
          accounts,
        ]),
      (read) => read.length >= files,
      { seconds: 240 },
    );
  }

  /** What the files of the account have to get through whose folder or file this is. */
  faultOf(key: string): string | undefined {
    return this.#faults.get(/\/([0-9]{12})\//.exec(key)?.[1] ?? '');
  }

  /** Waits until every file and every digest is known and read, and whatever else was begun is done. */
  async read(): Promise<void> {
    const done = { files: this.files.length, digests: this.#digests, open: 0, backfills: 0, messages: 0 };
    await eventually(
      async () => {
        await this.hurry();
        const [row] = await this.database.query<Omit<typeof done, 'messages'>>(
          `SELECT (SELECT count(*) FROM log_file)::integer AS files,
             (SELECT count(*) FROM log_file WHERE state IN ('DISCOVERED', 'INGESTING'))::integer AS open,
             (SELECT count(*) FROM digest WHERE state <> 'DISCOVERED')::integer AS digests,
             (SELECT count(*) FROM backfill WHERE state <> 'DONE')::integer AS backfills`,
        );
        return { ...row, messages: this.aws.sqs.left(this.#queueUrl) };
      },
      (seen) => JSON.stringify(Object.entries(seen).sort()) === JSON.stringify(Object.entries(done).sort()),
      { seconds: 240 },
    );
  }

  /** Holds all that is stored, and all that the API shows, against the truth. @returns the rows of the table */
  async audit(where: string): Promise<FaultRow[]> {
    const { tolls, problems } = await auditStore(this.database, this.files);
    const rows = [...tolls].map(([fault, toll]) => ({
      fault: `${fault} (${where})`,
      hits: this.hits.get(fault) ?? 0,
      ...toll,
    }));
    expect(problems).toEqual([]);
    expect(rows.filter(({ hits, lost, doubled }) => hits === 0 || lost + doubled > 0)).toEqual([]);
    const truth = [...new Set(this.files.flatMap(({ records }) => records.map(eventIdOf)))].sort();
    const fed = await everyFeedEvent<{ eventID: string }>(this.api.url, 'eventID');
    expect(fed.map(({ eventID }) => eventID).sort()).toEqual(truth);
    expect(await countedEvents(this.api.url)).toBe(truth.length);
    const asItShould = { status: 'ACTIVE', lastError: null, filesPending: 0, filesFailed: 0, messagesSetAside: 0 };
    // A source whose pass was cut off says so until its next one has ended.
    await eventually(
      () => this.#sources(),
      (sources) => isDeepStrictEqual(sources, Array(5).fill(asItShould)),
      { seconds: 120 },
    );
    expect(await this.database.query(`SELECT state, error FROM digest WHERE state <> 'VERIFIED'`)).toEqual([]);
    expect(await this.database.query(`SELECT FROM log_file WHERE integrity = 'VERIFIED'`)).toHaveLength(this.#signed);
    return rows;
  }

  async #sources(): Promise<object[]> {
    const query = '{ sources { nodes { status lastError filesPending filesFailed messagesSetAside } } }';
    const { sources } = await ask<{ sources: { nodes: object[] } }>(this.api.url, query);
    return sources.nodes;
  }
}

/** The same event, in other bytes. */
function respelled(record: string, trail: string): string {
  return `${record.slice(0, -1)},"seenBy":"${trail}"}`;
}
