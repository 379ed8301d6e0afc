import { CrosstrailError } from '../platform/errors.js';

/** Records that one request may read in search of a text, over all of its fields. */
const recordsOfRequest = 50_000;

/** What is left of the records that a request may read. */
export class SearchBudget {
  #left = recordsOfRequest;

  get isSpent(): boolean {
    return this.#left <= 0;
  }

  /** @throws COST_EXCEEDED when another field of the request has spent it all, and this one could not begin */
  require(): void {
    if (!this.isSpent) return;
    throw new CrosstrailError(
      'COST_EXCEEDED',
      `this request has read ${recordsOfRequest} records for filter.search; ask one search at a time`,
    );
  }

  spend(records: number): void {
    this.#left -= records;
  }
}

/** Whether the JSON text of a record contains a text, in any case. */
export function containsText(record: Buffer, search: string): boolean {
  const text = record.toString('utf8');
  return text.includes(search) || text.toLowerCase().includes(search.toLowerCase());
}
