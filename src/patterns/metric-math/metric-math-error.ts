/** A text of the languages of CloudWatch metrics (math, search, label) that is none, or a computation that cannot be. */
export class MetricMathError extends Error {
  override readonly name = 'MetricMathError';

  constructor(
    /** A sentence for the person who wrote the text: what is wrong and what was expected. */
    readonly reason: string,
    /** 0-based offset into the text, in UTF-16 units. */
    readonly position: number,
  ) {
    super(`${reason} (at position ${position})`);
  }
}

/** One of the queries of a request cannot be answered. */
export class MathQueryError extends Error {
  override readonly name = 'MathQueryError';

  constructor(
    readonly queryId: string,
    readonly reason: string,
    /** 0-based offset into the query's expression; 0 where the query as a whole is at fault. */
    readonly position: number,
  ) {
    super(`${queryId}: ${reason} (at position ${position})`);
  }
}
