import type { NotifiedObject } from './notified-object.js';

/** What a message of a queue says. */
export interface Notification {
  /** In the order of the message. Empty where it is understood and tells of nothing to collect. */
  readonly objects: readonly NotifiedObject[];
  /** Why the message, or parts of it, cannot be understood; null when all of it was. */
  readonly problem: string | null;
}

export const nothing: Notification = { objects: [], problem: null };

export function notUnderstood(problem: string): Notification {
  return { objects: [], problem };
}

export type Json = Readonly<Record<string, unknown>>;

export function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A message of 1 MiB, the most that SQS takes, has room for some 10,000 keys of log files. */
const maxParts = 10_000;
const shownProblems = 3;

/** Puts the parts of a message together: what is good of it is kept, what is not is told, the first few in words. */
export function fromParts<T>(
  parts: readonly T[],
  read: (part: T) => readonly NotifiedObject[] | string,
  what: string,
): Notification {
  const objects: NotifiedObject[] = [];
  const problems: string[] = [];
  for (const [index, part] of parts.slice(0, maxParts).entries()) {
    const found = read(part);
    if (typeof found === 'string') problems.push(`${what} ${index}: ${found}`);
    else objects.push(...found);
  }
  if (parts.length > maxParts) problems.push(`it has ${parts.length} parts; only the first ${maxParts} are read`);
  return { objects, problem: problems.length === 0 ? null : joined(problems) };
}

function joined(problems: readonly string[]): string {
  const more = problems.length - shownProblems;
  return problems.slice(0, shownProblems).join('; ') + (more > 0 ? `; and ${more} more` : '');
}
