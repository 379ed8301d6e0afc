import { logKinds } from '../formats/cloudtrail/log-key.js';
import { digestKind } from '../formats/digest/digest-key.js';
import { dayMs, hourMs, minuteMs } from '../lib/time.js';

/** AWS delivers within 5 minutes usually, 15 and more sometimes: for this long a day that is over counts as open. */
const openAfterEndMs = 2 * hourMs;
/** After that, a day waits this part of the time since its end: 20 looks a tenfold age, however many days there are. */
const ageDivisor = 8;
/** An open folder waits this part of the time in which nothing came into it: each pass for 12 minutes … */
const quietDivisor = 12;
/** … and never longer than this, which is what a file in a folder that was quiet for an hour may wait. */
const quietestMs = 5 * minuteMs;
/** Where a queue tells of new files, listing finds those of messages that were lost. */
const notifiedMs = 15 * minuteMs;
/** Digests come once an hour, and nothing waits for them but proof. */
const digestMs = 30 * minuteMs;
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
  /** When the newest object was written that a listing showed in it, or before its first in that of the day before. */
  readonly newestAt: Date | null;
}

/** `…/CloudTrail/eu-west-1/2026/11/21/` */
export function dayPrefix({ regionPrefix, day }: Pick<DayFolder, 'regionPrefix' | 'day'>): string {
  return `${regionPrefix}${day.replaceAll('-', '/')}/`;
}

/**
 * The UTC days from `lookbackDays` ago to today, newest first.
 *
 * @param since none before this moment, milliseconds UTC, but for today
 */
export function daysBack(now: Date, lookbackDays: number, since: number | null = null): string[] {
  const days = Array.from({ length: lookbackDays + 1 }, (_, back) => dayOf(now.getTime() - back * dayMs));
  return since === null ? days : days.filter((day, back) => back === 0 || day >= dayOf(since));
}

/** The day before. */
export function dayBefore(day: string): string {
  return dayOf(startOf(day) - dayMs);
}

/** The days in which files may still be on their way, newest first: today, and after midnight the day before. */
export function openDays(now: Date): string[] {
  return daysBack(now, 1).filter((day) => isOpen(day, now));
}

/**
 * When a folder that was listed now is to be listed next: a busy one with the next pass while its day is open, a quiet
 * one less often, and after that ever later.
 *
 * @param isNotified whether a queue tells of its files too
 */
export function nextListing(
  { regionPrefix, day, newestAt }: Pick<DayFolder, 'regionPrefix' | 'day' | 'newestAt'>,
  now: Date,
  isNotified: boolean,
): Date {
  const quiet = newestAt === null ? Number.POSITIVE_INFINITY : now.getTime() - newestAt.getTime();
  let wait = isNotified ? notifiedMs : Math.min(Math.max(quiet, 0) / quietDivisor, quietestMs);
  if (isDigestFolder(regionPrefix)) wait = digestMs;
  // Below a minute is with the next pass, however often there is one.
  if (wait < minuteMs) wait = 0;
  if (!isOpen(day, now)) wait = Math.max(wait, (now.getTime() - endOf(day)) / ageDivisor);
  return new Date(now.getTime() + Math.floor(wait));
}

/**
 * Where a listing starts. Names of log files begin with the time of their delivery, so that of an open day only the
 * newest keys are asked for: one call, however many files the day has. Every hour, and for each day that is over, the
 * whole folder is listed: no name is trusted to come in order.
 *
 * @returns null for a listing from the first key
 */
export function startAfter(folder: DayFolder, now: Date): string | null {
  const { listedAt, fullyListedAt, regionPrefix, day } = folder;
  if (listedAt === null || fullyListedAt === null || isDigestFolder(regionPrefix)) return null;
  if (!isOpen(day, now) || now.getTime() - fullyListedAt.getTime() >= wholeEveryMs) return null;
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
  return [...logKinds, digestKind].some((kind) => prefix.endsWith(`/${kind}/`));
}

/** Of digest files, whose names begin with a trail and not with a time. */
export function isDigestFolder(regionPrefix: string): boolean {
  return regionPrefix.split('/').at(-3) === digestKind;
}

function isOpen(day: string, now: Date): boolean {
  return now.getTime() - endOf(day) < openAfterEndMs;
}

function startOf(day: string): number {
  return Date.parse(`${day}T00:00:00Z`);
}

function endOf(day: string): number {
  return startOf(day) + dayMs;
}

function dayOf(time: number): string {
  return new Date(time).toISOString().slice(0, 10);
}
