import { parseEventTime } from './event-time.js';

const organization = /^o-[a-z0-9]{10,32}$/;

/** The folders above an account's. */
export interface KeyRoot {
  /** What stands before `AWSLogs/`, with its closing slash, or ''. */
  readonly prefix: string;
  /** `o-…` for an organisation trail, else null. */
  readonly organizationId: string | null;
}

/** Reads the folders above an account's; null where they do not end with `AWSLogs/` or `AWSLogs/o-…/`. */
export function parseRoot(parts: readonly string[]): KeyRoot | null {
  const last = parts.at(-1) ?? '';
  const organizationId = organization.test(last) ? last : null;
  const above = organizationId === null ? parts : parts.slice(0, -1);
  if (above.at(-1) !== 'AWSLogs') return null;
  const prefix = above.slice(0, -1).join('/');
  return { prefix: above.length > 1 ? `${prefix}/` : '', organizationId };
}

/** The start of the day that the folders `YYYY`, `MM` and `DD` name; null for a day that does not exist. */
export function folderDay(parts: readonly string[]): number | null {
  return parseEventTime(`${parts.join('-')}T00:00:00Z`);
}
