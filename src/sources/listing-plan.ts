import { logKinds } from '../formats/cloudtrail/log-key.js';

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

/** AWS delivers within 5 minutes usually, 15 and more sometimes: for this long a day that is over counts as open. */
const openAfterEndMs = 2 * hourMs;
/** After that, a day waits this part of the time since its end: 20 looks a tenfold age, however many days there are. */
const ageDivisor = 8;
/** How far a listing of an open day starts before the one before it: what comes later than this waits for a whole one. */
const overlapMs = hourMs;
/** How often an open day is listed from its first key. */
const wholeEveryMs = hourMs;

/** A folder of one account, kind, region and day. */
export interface DayFolder {
  /** `…/CloudTrail/eu-west-1/` */
  readonly regionPrefix: string;
  /** `YYYY-MM-DD` */
  readonly day: string;
  readonly listedAt: Date | null;
  readonly fullyListedAt: Date | null;
}

/** `…/CloudTrail/eu-west-1/2026/11/21/` */
export function dayPrefix({ regionPrefix, day }: Pick<DayFolder, 'regionPrefix' | 'day'>): string {
  return `${regionPrefix}${day.replaceAll('-', '/')}/`;
}

/** The UTC days from `lookbackDays` ago to today, newest first. */
export function daysBack(now: Date, lookbackDays: number): string[] {
  return Array.from({ length: lookbackDays + 1 }, (_, back) => dayOf(now.getTime() - back * dayMs));
}

/** The UTC days that a span touches, newest first; `to` is exclusive. */
export function daysBetween(from: Date, to: Date): string[] {
  const days: string[] = [];
  for (let time = to.getTime() - 1; dayOf(time) >= dayOf(from.getTime()); time -= dayMs) days.push(dayOf(time));
  return days;
}

/** When a folder that was listed now is to be listed next: with the next pass while its day is open, then ever later. */
export function nextListing(day: string, now: Date): Date {
  const sinceEnd = now.getTime() - (Date.parse(`${day}T00:00:00Z`) + dayMs);
  return sinceEnd < openAfterEndMs ? now : new Date(now.getTime() + Math.floor(sinceEnd / ageDivisor));
}

/**
 * Where a listing starts. Names of files begin with the time of their delivery, so that of an open day only the newest
 * keys are asked for: one call, however many files the day has. Every hour, and for each day that is over, the whole
 * folder is listed: no name is trusted to come in order.
 *
 * @returns null for a listing from the first key
 */
export function startAfter(folder: DayFolder, now: Date): string | null {
  const { listedAt, fullyListedAt, regionPrefix, day } = folder;
  if (listedAt === null || fullyListedAt === null) return null;
  if (nextListing(day, now) > now || now.getTime() - fullyListedAt.getTime() >= wholeEveryMs) return null;
  const [accountId, kind, region] = regionPrefix.split('/').slice(-4, -1);
  const stamp = new Date(listedAt.getTime() - overlapMs).toISOString().replace(/[-:]/g, '').slice(0, 13);
  return `${dayPrefix(folder)}${accountId}_${kind}_${region}_${stamp}`;
}

/** The folder of an account: `AWSLogs/<account>/` or `AWSLogs/o-…/<account>/`; null for any other. */
export function accountOfRoot(prefix: string): string | null {
  return /\/([0-9]{12})\/$/.exec(prefix)?.[1] ?? null;
}

export function isOrganizationFolder(prefix: string): boolean {
  return /\/o-[a-z0-9]{10,32}\/$/.test(prefix);
}

export function isKindFolder(prefix: string): boolean {
  return logKinds.some((kind) => prefix.endsWith(`/${kind}/`));
}

function dayOf(time: number): string {
  return new Date(time).toISOString().slice(0, 10);
}
