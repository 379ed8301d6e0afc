import type { KeptSince } from '../accounts/retention.service.js';
import { parseLogKey } from '../formats/cloudtrail/log-key.js';
import type { Database, Sql } from '../platform/database/database.js';
import { failpoint } from '../platform/failpoint.js';
import type { ClaimedDigest } from './digest.store.js';
import type { PlacedDigest } from './digest-verdict.js';
import type { Grant } from './found-file.js';
import type { Source } from './source.entity.js';
import * as store from './verified-digest.store.js';

/** Under what a digest is held while its verdict is written. */
export interface HeldDigests {
  readonly lease: string;
  readonly source: Pick<Source, 'type' | 'bucketName'>;
  readonly grant: Grant;
  /** Of older files none is fetched: its events would only be deleted again. */
  readonly kept: KeptSince | undefined;
}

/** A digest that was read, with the signature that holds for it, if one does. */
export interface Reading {
  readonly placed: PlacedDigest;
  readonly signature?: Buffer;
}

/** The log files of a digest, and what it names beside them, in words. */
interface Named {
  readonly files: readonly store.NamedFile[];
  /** Of all that it names, each counted once: what is no file of ours counts, since nothing is proven without it. */
  readonly count: number;
  readonly note: string | null;
}

/**
 * Writes down, in one transaction, what a digest was found to be and what follows for the log files that it names.
 *
 * @returns how many log files the ledger lacked
 */
export async function writeVerdict(
  database: Database,
  held: HeldDigests,
  digest: ClaimedDigest,
  verdict: store.Verdict,
  reading: Reading | null,
): Promise<number> {
  return database.transaction(async (sql) => {
    const named = reading === null ? null : await namedFiles(sql, held, digest, reading.placed);
    const read = reading === null || named === null ? null : readDigest(reading, named.count);
    const error = verdict.state === 'VERIFIED' ? (named?.note ?? null) : verdict.error;
    if (!(await store.closeDigest(sql, held.lease, digest.id, { ...verdict, error }, read))) return 0;
    if (read !== null && read.previousKey !== null && held.source.type === 'DIRECTORY') {
      await store.wakePrevious(sql, held.lease, digest, read.previousKey);
    }
    if (verdict.state === 'DISCOVERED') return 0;
    const isVerified = verdict.state === 'VERIFIED';
    await store.unlinkFiles(sql, digest.id, isVerified);
    if (named === null) return 0;
    const added = isVerified ? await store.addLackingFiles(sql, digest, named.files) : 0;
    await store.linkFiles(sql, digest, named.files, isVerified);
    failpoint('digests.verified');
    return added;
  });
}

function readDigest({ placed, signature }: Reading, files: number): store.ReadDigest {
  const { digest, sha256, toStore } = placed;
  // A trail that was moved to this bucket goes on from a digest in another one: here its chain begins.
  const previousKey =
    digest.previous === null || digest.previous.bucket !== digest.bucket ? null : toStore(digest.previous.key);
  return { digest, sha256, signature: signature ?? null, previousKey, files };
}

/**
 * What a digest names, as the ledger would have it. A file in another bucket, which a trail leaves behind when it is moved
 * within an hour, is looked for in the ledger, but not fetched: no source says who may read there. What cannot be a log
 * file of the digest's own account is not even looked for: CloudTrail names no other, and whoever can write below one
 * account must not decide about the files of another.
 */
async function namedFiles(
  sql: Sql,
  held: HeldDigests,
  digest: ClaimedDigest,
  { digest: { bucket, logFiles }, toStore }: PlacedDigest,
): Promise<Named> {
  const { source } = held;
  const elsewhere = new Set(logFiles.map((file) => file.bucket).filter((name) => name !== bucket));
  const others = source.type === 'DIRECTORY' ? new Map() : await store.bucketIds(sql, digest.endpoint, [...elsewhere]);
  const files = new Map<string, store.NamedFile>();
  const outside = new Set<string>();
  const foreign = new Set<string>();
  const old = new Set<string>();
  for (const { sha256, ...file } of logFiles) {
    const isOurs = file.bucket === bucket;
    const name = `s3://${file.bucket}/${file.key}`;
    const key = isOurs ? toStore(file.key) : file.key;
    const bucketId = isOurs ? digest.bucketId : others.get(file.bucket);
    const log = key === null ? null : ownLog(key, digest);
    const leftOut = isOurs ? reasonToLeave(log, held, { foreign, old }) : outside;
    leftOut?.add(name);
    if (key === null || log === null || bucketId === undefined) continue;
    files.set(name, { bucketId, key, sha256, collectable: leftOut === null ? log : null });
  }
  const count = new Set(logFiles.map((file) => `s3://${file.bucket}/${file.key}`)).size;
  return { files: [...files.values()], count, note: noteOf(outside, foreign, old) };
}

/** The log file of that key, if it is one of the digest's account. */
function ownLog(key: string, { accountId }: ClaimedDigest): store.NamedFile['collectable'] {
  const log = parseLogKey(key);
  if (log === null || log.accountId !== accountId) return null;
  return { accountId, awsRegion: log.awsRegion, deliveredAt: log.deliveredAt };
}

/** Among which files it belongs that are not fetched; null where it is. */
function reasonToLeave<T>(
  log: store.NamedFile['collectable'],
  { grant, kept }: HeldDigests,
  { foreign, old }: { readonly foreign: T; readonly old: T },
): T | null {
  if (log === null || !grant.wantsRegion(log.accountId, log.awsRegion)) return foreign;
  return log.deliveredAt < (kept?.of(log.accountId) ?? Number.NEGATIVE_INFINITY) ? old : null;
}

function noteOf(outside: ReadonlySet<string>, foreign: ReadonlySet<string>, old: ReadonlySet<string>): string | null {
  const notes = [
    ...about(outside, 'in another bucket, which is not read through this source'),
    ...about(foreign, 'that cannot be a log file of its account, or lies in a region that is not collected'),
    ...about(old, 'delivered before what is kept of its account'),
  ];
  return notes.length === 0 ? null : notes.join('; ');
}

function about(names: ReadonlySet<string>, what: string): string[] {
  const [first] = names;
  if (first === undefined) return [];
  return [`it names ${names.size} ${names.size === 1 ? 'file' : 'files'} ${what}, such as ${first.slice(0, 300)}`];
}
