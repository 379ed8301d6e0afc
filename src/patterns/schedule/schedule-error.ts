/** A schedule expression that EventBridge would not take. */
export class ScheduleError extends Error {
  override readonly name = 'ScheduleError';

  constructor(
    /** A sentence for the person who wrote the expression. */
    readonly reason: string,
    /** 0-based offset into the expression's text. */
    readonly position: number,
  ) {
    super(`${reason} (at position ${position})`);
  }
}
