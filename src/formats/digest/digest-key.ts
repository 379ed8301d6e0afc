import { parseEventTime } from '../cloudtrail/event-time.js';
import { folderDay, type KeyRoot, parseRoot } from '../cloudtrail/key-folders.js';

/** The folder of digest files, beside those of the log files that they prove. */
export const digestKind = 'CloudTrail-Digest';

/** What the key of a digest file says about it. */
export interface DigestKey extends KeyRoot {
  readonly accountId: string;
  /** The region whose log files it names. */
  readonly awsRegion: string;
  readonly trail: string;
  /** The region in which the trail was made. */
  readonly homeRegion: string;
  readonly isBackfill: boolean;
  /** Milliseconds since 1970 UTC: the end of its window, as its name has it. */
  readonly namedAt: number;
}

/** S3 allows 1,024 bytes. */
const maxKeyLength = 2048;

const account = /^\d{12}$/;
const region = /^[a-z0-9-]{1,64}$/;
/**
 * What follows `<account>_CloudTrail-Digest_<region>_`. Names of trails are letters, digits, `.`, `_` and `-`, 3 to 128
 * of them; regions have no `_`, so that the last but one part is the home region, whatever the trail is called.
 */
const nameEnd =
  /^([A-Za-z0-9._-]{3,128})_([a-z0-9-]{1,64})_(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z(_backfill)?\.json\.gz$/;

/**
 * Reads `[prefix/]AWSLogs/[o-…/]<account>/CloudTrail-Digest/<region>/YYYY/MM/DD/<account>_CloudTrail-Digest_<region>_
 * <trail>_<home region>_<YYYYMMDDTHHmmssZ>[_backfill].json.gz`: CloudTrail user guide, "CloudTrail digest file structure".
 *
 * @returns null for what is no digest. Unlike a log file, a digest has only the name that AWS gives it: its signature
 *   is over its key.
 */
export function parseDigestKey(key: string): DigestKey | null {
  if (key.length > maxKeyLength || key.includes('\0')) return null;
  const parts = key.split('/');
  const [accountId, kind, awsRegion, ...date] = parts.slice(-7, -1);
  if (!accountId || !account.test(accountId) || kind !== digestKind || !awsRegion || !region.test(awsRegion))
    return null;
  if (folderDay(date) === null) return null;
  const root = parseRoot(parts.slice(0, -7));
  const name = parts.at(-1) ?? '';
  const start = `${accountId}_${digestKind}_${awsRegion}_`;
  const match = name.startsWith(start) ? nameEnd.exec(name.slice(start.length)) : null;
  if (root === null || match === null) return null;
  const [, trail = '', homeRegion = '', year, month, day, hour, minute, second, backfill] = match;
  const namedAt = parseEventTime(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  if (namedAt === null) return null;
  return { ...root, accountId, awsRegion, trail, homeRegion, isBackfill: backfill !== undefined, namedAt };
}
