import { parseEventTime } from './event-time.js';
import { folderDay, type KeyRoot, parseRoot } from './key-folders.js';

/** Kinds of CloudTrail log files that hold records; each has a folder of its own beside the others. */
export const logKinds = ['CloudTrail', 'CloudTrail-Insight', 'CloudTrail-NetworkActivity'] as const;
export type LogKind = (typeof logKinds)[number];

/** What the key of a log file says about it. */
export interface LogKey extends KeyRoot {
  readonly accountId: string;
  readonly kind: LogKind;
  readonly awsRegion: string;
  /** The day of the folder, `YYYY-MM-DD`. */
  readonly day: string;
  /** Milliseconds since 1970 UTC: from the name of the file, else the start of the folder's day. */
  readonly deliveredAt: number;
}

/** S3 allows 1,024 bytes; a directory may allow more, but nothing that is meant. */
const maxKeyLength = 2048;

const account = /^\d{12}$/;
const region = /^[a-z0-9-]{1,64}$/;
/** Log files are `.json.gz`; tools that rewrite buckets leave `.json` or plain `.gz`. Anything else lies there by chance. */
/** Any name, with line breaks too: what is odd is still to be read. */
const fileName = /^[^.].*\.(?:json|gz)$/s;
const deliveryTime = /_(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)Z_/;

/**
 * Reads `[prefix/]AWSLogs/[o-…/]<account>/<kind>/<region>/YYYY/MM/DD/<file>`. The folders decide; the name of the file
 * gives the time of delivery where it is one that AWS writes, and may be any other.
 *
 * @returns null for what is no file of CloudTrail records: digests, AWS Config, a day that does not exist, anything else
 */
export function parseLogKey(key: string): LogKey | null {
  // Postgres stores no NUL, and the ledger stores the key.
  if (key.length > maxKeyLength || key.includes('\0')) return null;
  const parts = key.split('/');
  const [accountId, kind, awsRegion, ...date] = parts.slice(-7, -1);
  const name = parts.at(-1) ?? '';
  if (!accountId || !account.test(accountId)) return null;
  if (!isLogKind(kind) || !awsRegion || !region.test(awsRegion) || !fileName.test(name)) return null;
  const startOfDay = folderDay(date);
  if (startOfDay === null) return null;
  const root = parseRoot(parts.slice(0, -7));
  if (root === null) return null;
  return {
    ...root,
    accountId,
    kind,
    awsRegion,
    day: date.join('-'),
    deliveredAt: nameTime(name) ?? startOfDay,
  };
}

function isLogKind(folder: string | undefined): folder is LogKind {
  return (logKinds as readonly (string | undefined)[]).includes(folder);
}

function nameTime(name: string): number | null {
  const match = deliveryTime.exec(name);
  return match && parseEventTime(`${match[1]}-${match[2]}-${match[3]}T${match[4]}:${match[5]}:00Z`);
}
