import { type LogKey, parseLogKey } from '../formats/cloudtrail/log-key.js';
import { parseDigestKey } from '../formats/digest/digest-key.js';
import type { FoundDigest } from './digest-ledger.port.js';
import { type FoundFile, livePriority } from './ledger.port.js';
import type { ObjectInfo } from './object-store.port.js';
import type { Source } from './source.entity.js';

/** What becomes of an object that a source shows. */
export type Sorted =
  | { readonly kind: 'collect'; readonly file: FoundFile }
  | { readonly kind: 'digest'; readonly digest: FoundDigest }
  /** A log file or digest of an account that the source does not speak for. */
  | { readonly kind: 'foreign'; readonly accountId: string }
  /** Neither, or one that its account does not want collected: paused, or of another region. */
  | { readonly kind: 'skip' };

/** An account that a source speaks for. */
export interface GrantedAccount {
  readonly accountId: string;
  readonly paused: boolean;
  /** Empty for every region. */
  readonly regions: readonly string[];
}

/** Which accounts a source speaks for, and which of their regions are collected. */
export class Grant {
  private readonly granted: Set<string>;
  private readonly active: Set<string>;
  private readonly regions: Map<string, readonly string[]>;

  constructor(source: Pick<Source, 'accountIds' | 'activeAccountIds' | 'accountRegions'>) {
    this.granted = new Set(source.accountIds);
    this.active = new Set(source.activeAccountIds);
    this.regions = new Map(Object.entries(source.accountRegions));
  }

  /** Accounts that the source has come to speak for since it was read. */
  add(accounts: readonly GrantedAccount[]): void {
    for (const { accountId, paused, regions } of accounts) {
      this.granted.add(accountId);
      if (!paused) this.active.add(accountId);
      if (regions.length > 0) this.regions.set(accountId, regions);
    }
  }

  covers(accountId: string): boolean {
    return this.granted.has(accountId);
  }

  /** Paused ones left out. */
  get collectedAccounts(): readonly string[] {
    return [...this.active];
  }

  /** False for a paused account. */
  collects(accountId: string): boolean {
    return this.active.has(accountId);
  }

  wantsRegion(accountId: string, awsRegion: string): boolean {
    const regions = this.regions.get(accountId);
    return this.collects(accountId) && (regions === undefined || regions.includes(awsRegion));
  }
}

/** How an object was come upon. */
export type FoundBy = Required<Pick<FoundFile, 'priority' | 'backfill'>>;

/** By looking for what is new. */
export const foundLive: FoundBy = { priority: livePriority, backfill: 0 };

const skip: Sorted = { kind: 'skip' };

/** An object as it is listed, or as a message tells of it. */
type Shown = Omit<ObjectInfo, 'lastModified'>;

export function sortObject(object: Shown, grant: Grant, route: FoundBy): Sorted {
  const key = parseLogKey(object.key);
  if (key === null) return sortDigest(object, grant);
  if (!grant.covers(key.accountId)) return { kind: 'foreign', accountId: key.accountId };
  if (!grant.wantsRegion(key.accountId, key.awsRegion)) return skip;
  return { kind: 'collect', file: fileOf(object, key, route) };
}

function sortDigest(object: Shown, grant: Grant): Sorted {
  const key = parseDigestKey(object.key);
  if (key === null) return skip;
  if (!grant.covers(key.accountId)) return { kind: 'foreign', accountId: key.accountId };
  if (!grant.wantsRegion(key.accountId, key.awsRegion)) return skip;
  const { accountId, awsRegion, trail, homeRegion, isBackfill, namedAt } = key;
  const { etag } = object;
  return {
    kind: 'digest',
    digest: { key: object.key, accountId, awsRegion, trail, homeRegion, isBackfill, namedAt, etag },
  };
}

function fileOf(object: Shown, key: LogKey, route: FoundBy): FoundFile {
  const { accountId, awsRegion, deliveredAt } = key;
  return { key: object.key, accountId, awsRegion, deliveredAt, size: object.size, etag: object.etag, ...route };
}
