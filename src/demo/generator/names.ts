import type { Random } from '../../lib/random.js';

const base32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
const alphanumeric = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';

/** Prefixes of unique identifiers in IAM: role, user, long-lived key, temporary key. */
export type IdPrefix = 'AROA' | 'AIDA' | 'AKIA' | 'ASIA';

/** An identifier of 20 characters, as IAM gives them. */
export function uniqueId(random: Random, prefix: IdPrefix): string {
  return prefix + random.text(base32, 16);
}

/** The form of the ids of EC2's resources, e.g. `i-0123456789abcdef0`. */
export function resourceId(random: Random, prefix: string): string {
  return `${prefix}-0${random.hex(16)}`;
}

export function accountIds(random: Random, count: number): string[] {
  return Array.from({ length: count }, () => `${random.between(1, 9)}${random.text('0123456789', 11)}`);
}

/** Second precision, as in `eventTime`. */
export function isoTime(time: number): string {
  return `${new Date(time).toISOString().slice(0, 19)}Z`;
}

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'] as const;

/** The spelling of times inside the responses of older services, e.g. `Oct 2, 2019 11:12:29 PM`. */
export function dateInResponse(time: number): string {
  const date = new Date(time);
  const two = (value: number) => String(value).padStart(2, '0');
  const hour = date.getUTCHours();
  const clock = `${hour % 12 || 12}:${two(date.getUTCMinutes())}:${two(date.getUTCSeconds())} ${hour < 12 ? 'AM' : 'PM'}`;
  return `${months[date.getUTCMonth()]} ${date.getUTCDate()}, ${date.getUTCFullYear()} ${clock}`;
}

const fiveMinutes = 300_000;

export interface FileName {
  readonly organizationId?: string;
  readonly accountId: string;
  readonly awsRegion: string;
  readonly deliveredAt: number;
}

/** The key CloudTrail would give a log file; its time is a multiple of five minutes. */
export function logFileKey(random: Random, { organizationId, accountId, awsRegion, deliveredAt }: FileName): string {
  const time = new Date(Math.floor(deliveredAt / fiveMinutes) * fiveMinutes).toISOString();
  const day = time.slice(0, 10).replaceAll('-', '/');
  const stamp = time.slice(0, 16).replaceAll(/[-:]/g, '');
  const root = organizationId ? `AWSLogs/${organizationId}` : 'AWSLogs';
  const name = `${accountId}_CloudTrail_${awsRegion}_${stamp}Z_${random.text(alphanumeric, 16)}.json.gz`;
  return `${root}/${accountId}/CloudTrail/${awsRegion}/${day}/${name}`;
}
