import { type Cron, nextCronTime, parseCron } from './cron-expression.js';
import { nextRateTime, parseRate } from './rate-expression.js';
import { ScheduleError } from './schedule-error.js';

/** `ScheduleExpression` of PutRule, Amazon EventBridge API Reference. */
const maxLength = 256;

type Kind = { readonly cron: Cron } | { readonly ratePeriodMs: number };

/** When a rule runs. Made by {@link parseSchedule}. */
export class Schedule {
  readonly #kind: Kind;

  constructor(
    /** As it was written. */
    readonly expression: string,
    kind: Kind,
  ) {
    this.#kind = kind;
  }

  /**
   * The first time strictly after `after`; null where there is none any more.
   *
   * @param anchor when the rule was made: rates count from it, the first time being one period later. Cron expressions
   *   do not look at it; their times are full minutes in UTC
   */
  next(after: Date, anchor: Date): Date | null {
    const kind = this.#kind;
    const time =
      'cron' in kind
        ? nextCronTime(kind.cron, after.getTime())
        : nextRateTime(kind.ratePeriodMs, after.getTime(), anchor.getTime());
    return time === null ? null : new Date(time);
  }

  /** The first `count` times after `after`, or as many as there are; see {@link next}. */
  times(after: Date, anchor: Date, count: number): Date[] {
    const times: Date[] = [];
    let time = this.next(after, anchor);
    while (time !== null && times.length < count) {
      times.push(time);
      time = this.next(time, anchor);
    }
    return times;
  }
}

/**
 * Reads a schedule expression of EventBridge rules: `cron(0 12 * * ? *)` or `rate(5 minutes)`.
 *
 * Source: "Setting a schedule pattern for scheduled rules", Amazon EventBridge User Guide.
 *
 * @throws ScheduleError
 */
export function parseSchedule(expression: string): Schedule {
  if (expression.length > maxLength) {
    throw new ScheduleError(`a schedule expression has ${maxLength} characters at most`, maxLength);
  }
  const kind = /^(cron|rate)\(/.exec(expression)?.[1];
  if (kind === undefined) throw new ScheduleError('a schedule begins with "cron(" or "rate("', 0);
  const open = kind.length + 1;
  const close = expression.indexOf(')', open);
  if (close < 0) throw new ScheduleError('")" is missing at the end', expression.length);
  if (close < expression.length - 1) throw new ScheduleError('nothing may follow ")"', close + 1);
  const text = expression.slice(open, close);
  return new Schedule(
    expression,
    kind === 'cron' ? { cron: parseCron(text, open) } : { ratePeriodMs: parseRate(text, open) },
  );
}
