import { parseLogKey } from '../formats/cloudtrail/log-key.js';
import { parseDigestKey } from '../formats/digest/digest-key.js';
import type { NotifiedObject } from '../formats/notifications/notified-object.js';
import type { FoundDigest } from './digest-ledger.port.js';
import { foundLive, Grant, type GrantedAccount, sortObject } from './found-file.js';
import type { FoundFile } from './ledger.port.js';
import type { Source } from './source.entity.js';

/** What one source collects of the objects that messages told of. */
export class Collected {
  readonly files: FoundFile[] = [];
  readonly digests: FoundDigest[] = [];
  private readonly grant: Grant;

  /**
   * Files of paused accounts are taken as well, and read once the account is resumed: unlike a listing, a message does
   * not come a second time.
   */
  constructor(readonly source: Source) {
    this.grant = new Grant({ ...source, activeAccountIds: source.accountIds });
  }

  /** Accounts that the source has come to speak for since it was read. */
  add(accounts: readonly GrantedAccount[]): void {
    this.grant.add(accounts.map((account) => ({ ...account, paused: false })));
  }

  /** Takes what is the source's to collect, and gives back the rest. */
  take(objects: readonly NotifiedObject[]): NotifiedObject[] {
    return objects.filter((object) => !this.takes(object));
  }

  /** Where the first object lies of each account that the source does not speak for. */
  strangers(objects: readonly NotifiedObject[]): Map<string, string> {
    const first = new Map<string, string>();
    for (const object of objects.filter((object) => this.isHere(object))) {
      const sorted = sortObject(shown(object), this.grant, foundLive);
      if (sorted.kind === 'foreign' && !first.has(sorted.accountId)) first.set(sorted.accountId, object.key);
    }
    return first;
  }

  private takes(object: NotifiedObject): boolean {
    if (!this.isHere(object)) return false;
    const sorted = sortObject(shown(object), this.grant, foundLive);
    if (sorted.kind === 'collect') this.files.push(sorted.file);
    if (sorted.kind === 'digest') this.digests.push(sorted.digest);
    return sorted.kind === 'collect' || sorted.kind === 'digest';
  }

  /** In its bucket and below its prefix: what a listing of the source would show. */
  private isHere({ bucket, key }: NotifiedObject): boolean {
    return bucket === this.source.bucketName && key.startsWith(`${this.source.prefix}AWSLogs/`);
  }
}

/** Whether any source could collect it: a log file or a digest. */
export function isLogOrDigest({ key }: NotifiedObject): boolean {
  return parseLogKey(key) !== null || parseDigestKey(key) !== null;
}

/** What is not known yet is seen when the file is read or listed. */
function shown({ key, size, etag }: NotifiedObject) {
  return { key, size: size ?? 0, etag: etag ?? '' };
}
