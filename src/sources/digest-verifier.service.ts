import { randomUUID } from 'node:crypto';
import { everyAccount } from '../access/scope.js';
import { identityOf } from '../accounts/aws-identity.inputs.js';
import type { KeptSince, Retention } from '../accounts/retention.service.js';
import { dayMs, hourMs, minuteMs } from '../lib/time.js';
import type { Database } from '../platform/database/database.js';
import { storedReason } from '../platform/errors.js';
import { failureFields, type Logger } from '../platform/log.js';
import * as ledger from './digest.store.js';
import { writeVerdict } from './digest-conclusion.js';
import { type FetchedObject, fetchDigests } from './digest-fetch.js';
import { type DigestKeys, type KeyIdentities, unknownMs } from './digest-keys.service.js';
import { judgeCopy, judgeObject, type PlacedDigest, placeDigest, type Rejection } from './digest-verdict.js';
import { Grant } from './found-file.js';
import type { SourceObjectStores } from './object-stores/object-stores.js';
import type { Source } from './source.entity.js';
import type { SourceService } from './source.service.js';

export interface DigestVerifierDeps {
  readonly database: Database;
  readonly sources: SourceService;
  readonly stores: Pick<SourceObjectStores, 'open'>;
  readonly keys: DigestKeys;
  readonly log: Logger;
  readonly now: () => Date;
  /** Files of before what it keeps are not fetched for a digest that names them; all are where absent. */
  readonly retention?: Retention | undefined;
  /** Log files became due: those that a digest names and the ledger lacked. */
  readonly onFilesDue: () => Promise<void>;
}

/** Digests of one claim are held compressed until their turn: 8 MB each at most, some kilobytes as a rule. */
const claimLimits = { digests: 32, leaseSeconds: 120 };
/** For so long a source that fails as a whole is passed over: each try may take as long as its calls may hang. */
const sourceRestMs = minuteMs;
/** Only a digest that comes cut short so often is taken for one that is. */
const cutShortAttempts = 2;

const hubIdentity = { roleArn: null, externalId: null };

interface Claim {
  readonly lease: string;
  readonly source: Source;
  readonly grant: Grant;
  readonly kept: KeptSince | undefined;
  readonly signal: AbortSignal;
  /** Why keys could not be had, for the source's owner. */
  keyError: string | null;
  foundKey: boolean;
}

/** Reads due digests and says of each whether it is CloudTrail's. */
export class DigestVerifier {
  /** Until when sources rest, milliseconds since 1970 UTC. */
  private readonly resting = new Map<string, number>();

  constructor(private readonly deps: DigestVerifierDeps) {}

  /**
   * Verifies due digests of one source that does not rest.
   *
   * @returns how many were claimed; 0 when none is due
   */
  async verifyDue(signal: AbortSignal): Promise<number> {
    const { database, sources } = this.deps;
    const lease = randomUUID();
    const digests = await ledger.claimDueDigests(database, lease, claimLimits, this.restingSources());
    const [first] = digests;
    if (first === undefined) return 0;
    const ids = digests.map(({ id }) => id);
    const extending = this.keepLease(lease, ids);
    try {
      const source = await sources.find(everyAccount('digests are verified for all'), first.sourceId);
      const kept = await this.deps.retention?.keptSince();
      const grant = source && new Grant(source);
      const claim = { lease, source, grant, kept, signal, keyError: null, foundKey: false };
      const collected = digests.filter((digest) => isCollected(claim.grant, digest));
      await this.putOffOthers(claim, digests);
      if (source !== null) await this.verifyAll(claim as Claim, collected);
    } finally {
      clearInterval(extending);
      // What is still held was not finished.
      const seconds = this.resting.has(first.sourceId) ? sourceRestMs / 1000 : 0;
      await ledger.putOffDigests(database, lease, ids, seconds);
    }
    return digests.length;
  }

  private restingSources(): string[] {
    const now = this.deps.now().getTime();
    for (const [sourceId, until] of this.resting) if (until <= now) this.resting.delete(sourceId);
    return [...this.resting.keys()];
  }

  /** A source may take longer for its digests than a lease is: nobody else is to begin with them meanwhile. */
  private keepLease(lease: string, ids: readonly string[]): NodeJS.Timeout {
    const { database, log } = this.deps;
    const { leaseSeconds } = claimLimits;
    const extend = () => {
      ledger
        .extendDigests(database, lease, ids, leaseSeconds)
        .catch((error: unknown) => log.warn({ ...failureFields(error), lease }, 'lease of digests not extended'));
    };
    return setInterval(extend, (leaseSeconds * 1000) / 4);
  }

  /** Those of paused accounts wait for an hour, those that the source may not collect any more for a day. */
  private async putOffOthers(
    { lease, grant }: { lease: string; grant: Grant | null },
    digests: readonly ledger.ClaimedDigest[],
  ): Promise<void> {
    const others = digests.filter((digest) => !isCollected(grant, digest));
    const isPaused = ({ accountId }: ledger.ClaimedDigest) => grant?.covers(accountId) && !grant.collects(accountId);
    const ids = (paused: boolean) =>
      others.filter((digest) => Boolean(isPaused(digest)) === paused).map(({ id }) => id);
    await ledger.putOffDigests(this.deps.database, lease, ids(true), hourMs / 1000);
    await ledger.putOffDigests(this.deps.database, lease, ids(false), dayMs / 1000);
  }

  private async verifyAll(claim: Claim, digests: readonly ledger.ClaimedDigest[]): Promise<void> {
    const { source, signal } = claim;
    const store = this.deps.stores.open(source);
    const { fetched, sourceFails } = await fetchDigests(store, digests, signal);
    if (sourceFails) this.resting.set(source.id, this.deps.now().getTime() + sourceRestMs);
    let added = 0;
    for (const [index, digest] of digests.entries()) {
      if (signal.aborted) break;
      const object = fetched[index] ?? null;
      if (object !== null) added += await this.verifyOne(claim, digest, object);
    }
    if (added > 0) await this.deps.onFilesDue();
    if (claim.keyError !== null || claim.foundKey) {
      await this.deps.sources.recordDigestError(source.id, claim.keyError);
    }
  }

  /** What goes wrong with one digest never stops the others. @returns how many log files the ledger lacked */
  private async verifyOne(claim: Claim, digest: ledger.ClaimedDigest, fetched: FetchedObject): Promise<number> {
    try {
      if ('error' in fetched) throw fetched.error;
      return await this.verify(claim, digest, fetched);
    } catch (error) {
      if (claim.signal.aborted) return 0;
      const { id: digestId, key, sourceId, attempts } = digest;
      const fields = { digestId, key, sourceId, attempt: attempts, ...failureFields(error) };
      this.deps.log.warn(fields, 'digest could not be verified; it is tried again');
      const givenUp = attempts >= ledger.maxDigestAttempts ? 'UNVERIFIABLE' : null;
      await ledger.retryLater(this.deps.database, claim.lease, digestId, storedReason(error), givenUp);
      return 0;
    }
  }

  private async verify(
    claim: Claim,
    digest: ledger.ClaimedDigest,
    fetched: Exclude<FetchedObject, { error: unknown }>,
  ): Promise<number> {
    const { database, log } = this.deps;
    if ('gone' in fetched) {
      const verdict = { state: 'MISSING', error: 'there is no object under its key', etag: null } as const;
      return writeVerdict(database, claim, digest, verdict, null);
    }
    const { etag, metadata } = fetched;
    const bucket = claim.source.type === 'DIRECTORY' ? null : claim.source.bucketName;
    const placed = await placeDigest({ key: digest.key, bucket, body: fetched.body, metadata });
    if ('rejected' in placed) {
      if (placed.isCutShort && digest.attempts < cutShortAttempts) {
        await ledger.retryLater(database, claim.lease, digest.id, placed.rejected, null);
        return 0;
      }
      log.warn({ digestId: digest.id, key: digest.key, reason: placed.rejected }, 'digest is not valid');
      return writeVerdict(database, claim, digest, { state: 'INVALID', error: placed.rejected, etag }, null);
    }
    return this.judge(claim, digest, placed, { etag, metadata });
  }

  private async judge(
    claim: Claim,
    digest: ledger.ClaimedDigest,
    placed: PlacedDigest,
    { etag, metadata }: { etag: string; metadata: Readonly<Record<string, string>> },
  ): Promise<number> {
    const { database, log } = this.deps;
    const publicKey = await this.keyOf(claim, digest, placed);
    if ('rejected' in publicKey) {
      const { isUnknown, rejected } = publicKey;
      const isFinal = digest.attempts >= (isUnknown ? ledger.unknownKeyAttempts : ledger.maxDigestAttempts);
      if (!isFinal) {
        // Sooner, the same answer would be heard again.
        const seconds = isUnknown ? unknownMs / 1000 : 0;
        await ledger.retryLater(database, claim.lease, digest.id, rejected, null, seconds);
        return 0;
      }
      const state = isUnknown ? 'INVALID' : 'UNVERIFIABLE';
      return writeVerdict(database, claim, digest, { state, error: rejected, etag }, { placed });
    }
    const judged =
      claim.source.type === 'DIRECTORY'
        ? judgeCopy(placed, await ledger.witnessesOf(database, digest), publicKey.key)
        : judgeObject(placed, metadata, publicKey.key);
    if (judged.kind === 'valid') {
      const { signature } = judged;
      return writeVerdict(database, claim, digest, { state: 'VERIFIED', error: null, etag }, { placed, signature });
    }
    if (judged.kind === 'invalid') {
      log.warn({ digestId: digest.id, key: digest.key, reason: judged.reason }, 'digest is not valid');
    }
    const state = ({ invalid: 'INVALID', unverifiable: 'UNVERIFIABLE', wait: 'DISCOVERED' } as const)[judged.kind];
    return writeVerdict(database, claim, digest, { state, error: judged.reason, etag }, { placed });
  }

  private async keyOf(
    claim: Claim,
    digest: ledger.ClaimedDigest,
    { digest: { fingerprint }, signedAt }: PlacedDigest,
  ): Promise<{ readonly key: Buffer } | (Rejection & { readonly isUnknown: boolean })> {
    try {
      const key = await this.deps.keys.find(keyIdentities(claim.source), digest.awsRegion, fingerprint, signedAt);
      claim.foundKey = true;
      if (key !== null) return { key };
      const rejected = `CloudTrail has no public key in ${digest.awsRegion} with its fingerprint, ${fingerprint}`;
      return { rejected, isUnknown: true };
    } catch (error) {
      claim.keyError = storedReason(error);
      return { rejected: claim.keyError, isUnknown: false };
    }
  }
}

function isCollected(grant: Grant | null, { accountId, awsRegion }: ledger.ClaimedDigest): boolean {
  return grant?.wantsRegion(accountId, awsRegion) ?? false;
}

/** Public keys are the same for whoever asks: where the source's role may not, Crosstrail's own identity may. */
export function keyIdentities(source: Source): KeyIdentities {
  if (source.type === 'DIRECTORY' || source.roleArn === null) return [hubIdentity];
  return [identityOf(source), hubIdentity];
}
