/** From this share of a segment on it costs less to make the columns of the few new events afterwards. */
const mostly = 0.5;
/** A source that is forgotten costs the first segments of its next batch a little more. */
const mostSources = 10_000;

/** Whether the next records of a source are likely to be stored already, as when files are read again. */
export class DuplicateGuesses {
  readonly #sources = new Set<string>();

  expects(sourceId: string): boolean {
    return this.#sources.has(sourceId);
  }

  /**
   * Takes note of a segment that was written.
   *
   * @returns whether the next one is likely to be of duplicates
   */
  learn(sourceId: string, { records, duplicates }: { records: number; duplicates: number }): boolean {
    const isLikely = duplicates > mostly * records;
    if (!isLikely) this.#sources.delete(sourceId);
    else if (this.#sources.size < mostSources) this.#sources.add(sourceId);
    return isLikely;
  }
}
