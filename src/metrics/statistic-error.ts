/** A statistic that CloudWatch would not take. */
export class StatisticError extends Error {
  override readonly name = 'StatisticError';

  constructor(
    /** A sentence for the person who wrote the statistic. */
    readonly reason: string,
    /** 0-based offset into the statistic's text. */
    readonly position: number,
  ) {
    super(`${reason} (at position ${position})`);
  }
}
