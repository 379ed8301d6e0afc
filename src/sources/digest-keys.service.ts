import { ListPublicKeysCommand, type ListPublicKeysCommandOutput } from '@aws-sdk/client-cloudtrail';
import { dayMs, hourMs, minuteMs } from '../lib/time.js';
import { upstreamError } from '../platform/aws/aws-error.js';
import type { AwsIdentity, AwsSessions } from '../platform/aws/aws-sessions.js';
import type { Database } from '../platform/database/database.js';
import { CrosstrailError } from '../platform/errors.js';
import { type DigestKeyRow, findKey, writeKeys } from './digest-key.store.js';

export interface DigestKeysDeps {
  readonly database: Database;
  readonly aws: Pick<AwsSessions, 'cloudTrail'>;
  readonly now: () => Date;
}

/** Who may ask for keys, in the order in which they are tried. */
export type KeyIdentities = readonly [AwsIdentity, ...AwsIdentity[]];

const call = 'cloudtrail:ListPublicKeys';
/** Keys are valid for some weeks. Asking for two months lets one call serve all digests of a backlog of them. */
const aroundMs = 31 * dayMs;
const maxPages = 50;
/** For so long one answer that does not help stands for all digests of its region, or of its fingerprint. */
const failureMs = minuteMs;
export const unknownMs = 10 * minuteMs;
const maxAnswers = 10_000;

/**
 * The public keys of digests, which each region has of its own. AWS is asked once for a region and two months: what it
 * answers is kept, and a refusal counts for a minute.
 */
export class DigestKeys {
  private readonly failed = new Map<string, { until: number; error: unknown }>();
  private readonly unknown = new Map<string, number>();
  private readonly asking = new Map<string, Promise<void>>();

  constructor(private readonly deps: DigestKeysDeps) {}

  /**
   * The key of a fingerprint.
   *
   * @param at when the digest was signed
   * @returns null when CloudTrail gives keys for that time and this is none of them: it did not sign
   * @throws UPSTREAM_AWS when nobody may ask, or there is no answer
   */
  async find(identities: KeyIdentities, awsRegion: string, fingerprint: string, at: Date): Promise<Buffer | null> {
    const { database, now } = this.deps;
    const known = await findKey(database, awsRegion, fingerprint);
    if (known !== null) return known;
    const name = JSON.stringify([awsRegion, fingerprint]);
    if ((this.unknown.get(name) ?? 0) > now().getTime()) return null;
    await this.askOnce(identities, awsRegion, at);
    const found = await findKey(database, awsRegion, fingerprint);
    if (found === null) bounded(this.unknown).set(name, now().getTime() + unknownMs);
    return found;
  }

  /** Joins a question that is being asked, and repeats a refusal. */
  private async askOnce(identities: KeyIdentities, awsRegion: string, at: Date): Promise<void> {
    const now = this.deps.now().getTime();
    const question = JSON.stringify([identities, awsRegion, Math.floor(at.getTime() / aroundMs)]);
    const refusal = this.failed.get(question);
    if (refusal !== undefined && refusal.until > now) throw refusal.error;
    const asking = this.asking.get(question) ?? this.ask(identities, awsRegion, at);
    this.asking.set(question, asking);
    try {
      await asking;
    } catch (error) {
      bounded(this.failed).set(question, { until: now + failureMs, error });
      throw error;
    } finally {
      this.asking.delete(question);
    }
  }

  private async ask(identities: KeyIdentities, awsRegion: string, at: Date): Promise<void> {
    let first: Error | null = null;
    for (const identity of identities) {
      try {
        const keys = await this.list(identity, awsRegion, at);
        if (keys.length === 0) throw new CrosstrailError('UPSTREAM_AWS', `${call} gives no keys for ${awsRegion}`);
        return await writeKeys(this.deps.database, awsRegion, keys);
      } catch (error) {
        first ??= error as Error;
      }
    }
    throw first;
  }

  private async list(identity: AwsIdentity, awsRegion: string, at: Date): Promise<DigestKeyRow[]> {
    const client = this.deps.aws.cloudTrail(identity, awsRegion);
    const latest = Math.max(at.getTime(), this.deps.now().getTime()) + 2 * hourMs;
    const range = {
      StartTime: new Date(at.getTime() - aroundMs),
      EndTime: new Date(Math.min(at.getTime() + aroundMs, latest)),
    };
    const keys: DigestKeyRow[] = [];
    let token: string | undefined;
    try {
      for (let page = 0; page < maxPages; page += 1) {
        const answer: ListPublicKeysCommandOutput = await client.send(
          new ListPublicKeysCommand({ ...range, ...(token === undefined ? {} : { NextToken: token }) }),
        );
        keys.push(...keysOf(answer));
        token = answer.NextToken;
        if (token === undefined) break;
      }
    } catch (error) {
      throw upstreamError(call, awsRegion, error);
    }
    return keys;
  }
}

/** The map with room for one more. */
function bounded<T>(map: Map<string, T>): Map<string, T> {
  if (map.size >= maxAnswers) map.clear();
  return map;
}

function keysOf({ PublicKeyList }: ListPublicKeysCommandOutput): DigestKeyRow[] {
  return (PublicKeyList ?? []).flatMap(({ Fingerprint, Value, ValidityStartTime, ValidityEndTime }) =>
    Fingerprint === undefined || Value === undefined
      ? []
      : [
          {
            fingerprint: Fingerprint,
            publicKey: Buffer.from(Value),
            validFrom: ValidityStartTime ?? new Date(0),
            validTo: ValidityEndTime ?? new Date(0),
          },
        ],
  );
}
