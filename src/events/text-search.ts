import { isAscii } from 'node:buffer';
import { CrosstrailError } from '../platform/errors.js';

/** Records that one request may read in search of a text, over all of its fields, and how long it may take. */
export const searchLimits = { records: 250_000, seconds: 5 };

/** What is left of the records and the time that a request may spend on `filter.search`. */
export class SearchBudget {
  #left = searchLimits.records;
  #end: number | null = null;

  /**
   * @param signal aborts when nobody waits for the answer any more
   * @param now milliseconds that only go forward
   */
  constructor(
    readonly signal: AbortSignal = new AbortController().signal,
    private readonly now: () => number = () => performance.now(),
  ) {}

  /** Records that may still be read. */
  get left(): number {
    return this.#end !== null && this.now() >= this.#end ? 0 : Math.max(0, this.#left);
  }

  /**
   * The time begins to run.
   *
   * @throws COST_EXCEEDED when another field of the request has spent it all, and this one could not begin
   */
  begin(): void {
    this.#end ??= this.now() + searchLimits.seconds * 1000;
    if (this.left > 0) return;
    throw new CrosstrailError(
      'COST_EXCEEDED',
      `this request has spent what it may on filter.search and filter.pattern (${searchLimits.records} records, ${searchLimits.seconds} s); ` +
        'ask one search at a time',
    );
  }

  spend(records: number): void {
    this.#left -= records;
  }
}

/**
 * Tells of the JSON text of a record whether it contains a text, in any case. Most records are plain ASCII, and those are
 * not decoded nor copied into small letters: that takes two to three times as long.
 */
export function textMatcher(search: string): (record: Buffer) => boolean {
  const lower = search.toLowerCase();
  const inAscii = isAscii(Buffer.from(lower)) ? new RegExp(lower.replace(/[^a-z0-9]/g, '\\$&'), 'i') : null;
  return (record) => {
    if (isAscii(record)) return inAscii?.test(record.toString('latin1')) ?? false;
    const text = record.toString('utf8');
    return text.includes(search) || text.toLowerCase().includes(lower);
  };
}
