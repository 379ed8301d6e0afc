/** The rule of a composite alarm that CloudWatch would not take. */
export class AlarmRuleError extends Error {
  override readonly name = 'AlarmRuleError';

  constructor(
    /** A sentence for the person who wrote the rule: what is wrong and what was expected. */
    readonly reason: string,
    /** 0-based offset into the rule, in UTF-16 units; the "char" of CloudWatch's own messages. */
    readonly position: number,
  ) {
    super(`${reason} (at position ${position})`);
  }
}
