import { gzipSync } from 'node:zlib';
import type { Source } from '../../src/sources/source.entity.js';
import { A, admin, type Collection, logKey, startCollection } from './collection.js';
import { DigestSigner, type DigestWindow, makeDigestChain, type SignedDigest } from './digest-chain.js';
import { FakeAws } from './fake-aws.js';
import { discoverAll, ingestAll, verifyAll } from './verification.js';

const hour = 3_600_000;

/** When the first window of the chain starts: digests do not keep to the hours of the clock. */
export const start = new Date('2026-11-20T06:07:31Z');
/** So many hours after it. */
export const at = (hours: number) => new Date(start.getTime() + hours * hour);

/** The log file number `n`: delivered half an hour before the window ends that is `window` hours after the start. */
export function logFile(n: number, window: number, accountId = A) {
  return { key: logKey(accountId, at(window - 0.5), `f${n}`), body: gzipSync(`{"Records":[{"n":${n}}]}`) };
}

export const files = [logFile(0, 1), logFile(1, 2), logFile(2, 2), logFile(3, 4), logFile(4, 5)] as const;
export const windows: DigestWindow[] = [
  { files: [files[0]] },
  { files: [files[1], files[2]] },
  {},
  { files: [files[3]] },
  { files: [files[4]] },
  {},
];
export const signer = new DigestSigner();
export const options = { signer, bucket: 'central', accountId: A, start, windows };
/** Six hours. */
export const chain = makeDigestChain(options);
export const digest = (number: number) => chain[number - 1] as SignedDigest;

const V = 'VERIFIED';
/** What is said of the five files, and of the six digests: all verified but for these. */
export const five = (changes: Record<number, string> = {}) => [0, 1, 2, 3, 4].map((n) => changes[n] ?? V).join(' ');
export const six = (changes: Record<number, string> = {}) => [1, 2, 3, 4, 5, 6].map((n) => changes[n] ?? V).join(' ');
export const allSix = (state: string) => Array(6).fill(state).join(' ');

interface Stored {
  readonly key: string;
  readonly body: Buffer;
  readonly metadata?: Readonly<Record<string, string>>;
}

/** A bucket with a chain of digests and the files that it names, and the rooms that collect it. */
export class SignedBucket {
  readonly aws = new FakeAws();
  collection: Collection;
  source: Source;
  private clock = Date.now();

  /** @returns where AWS is called */
  async start(): Promise<string> {
    const endpointUrl = await this.aws.start();
    const hubCredentials = async () => ({ accessKeyId: 'hub', secretAccessKey: 's' });
    const settings = { endpointUrl, region: 'eu-west-1', hubCredentials, socketTimeoutMs: 2000 };
    this.collection = await startCollection({ aws: settings, now: () => new Date(this.clock) });
    return endpointUrl;
  }

  async stop(): Promise<void> {
    await this.collection.stop();
    await this.aws.stop();
  }

  /** As before the first look. */
  async reset(): Promise<void> {
    const tables = 'log_file, account, source, digest_chain, digest_change, digest_key, account_region';
    await this.collection.database.query(`TRUNCATE ${tables} CASCADE`);
    const { aws } = this;
    aws.buckets.clear();
    aws.calls.length = 0;
    aws.fault = () => null;
    aws.cloudTrail.calls.length = 0;
    aws.cloudTrail.keys.clear();
    aws.cloudTrail.fault = () => null;
    aws.cloudTrail.trust('eu-west-1', new DigestSigner(), start);
    aws.cloudTrail.trust('eu-west-1', signer, start);
    this.pass();
    this.source = await this.connect();
    for (const object of [...files, ...chain]) this.put(object);
  }

  connect(): Promise<Source> {
    const { bucket, accountId } = options;
    return this.collection.sources.create(admin, { type: 'S3_LISTING', bucket, accountIds: [accountId] });
  }

  /** An hour passes: refusals of keys are not remembered any more. */
  pass(): void {
    this.clock += hour;
  }

  /** Time passes: what waits for another try is due. */
  async wait(): Promise<void> {
    await this.collection.database.query('UPDATE digest SET due_at = now() WHERE due_at IS NOT NULL');
    this.pass();
  }

  put(object: Stored): void {
    this.aws.put(options.bucket, object.key, object.body, { ...object.metadata });
  }

  remove(key: string): void {
    this.aws.buckets.get(options.bucket)?.delete(key);
  }

  discover(kinds?: readonly ('collect' | 'digest')[]): Promise<void> {
    return discoverAll(this.collection, this.source, kinds);
  }

  ingest(): Promise<void> {
    return ingestAll(this.collection);
  }

  verify(): Promise<void> {
    return verifyAll(this.collection);
  }

  /** As for a live trail: the digest of an hour comes when its files are there. */
  async filesFirst(): Promise<void> {
    await this.discover(['collect']);
    await this.ingest();
    await this.discover(['digest']);
    await this.verify();
    await this.ingest();
    await this.verify();
  }

  async digestsFirst(): Promise<void> {
    await this.discover(['digest']);
    await this.verify();
    await this.ingest();
    await this.discover(['collect']);
    await this.ingest();
    await this.wait();
    await this.verify();
  }

  /** States of the digests, oldest first. */
  async digestStates(): Promise<string> {
    const rows = await this.collection.database.query<{ state: string }>(
      'SELECT state FROM digest ORDER BY named_at, key',
    );
    return rows.map((row) => row.state).join(' ');
  }

  /** Of the log files, in the order of their keys. */
  async integrities(): Promise<string> {
    const rows = await this.collection.database.query<{ integrity: string }>(
      'SELECT integrity FROM log_file ORDER BY key',
    );
    return rows.map((row) => row.integrity).join(' ');
  }

  /** What is proven, in hours since the start of the chain. */
  async spans(): Promise<number[][]> {
    const rows = await this.collection.database.query<{ start_time: Date; end_time: Date }>(
      'SELECT start_time, end_time FROM proven_span ORDER BY start_time',
    );
    const hours = (time: Date) => (time.getTime() - start.getTime()) / hour;
    return rows.map((row) => [hours(row.start_time), hours(row.end_time)]);
  }

  /** Of the oldest digest. */
  async digestRow(columns: string) {
    return (await this.collection.database.query(`SELECT ${columns} FROM digest ORDER BY named_at, key`))[0];
  }
}
