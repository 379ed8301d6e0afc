/** What a target is to be given cannot be read. */
export class InputError extends Error {
  override readonly name = 'InputError';

  constructor(
    /** `input`, `inputPath`, `inputTransformer.inputPathsMap.<key>` or `inputTransformer.inputTemplate`. */
    readonly argument: string,
    /** A sentence without the argument's name. */
    readonly reason: string,
    /** 0-based offset into the argument's text. */
    readonly position?: number,
  ) {
    super(`${argument}: ${reason}${position === undefined ? '' : ` (at position ${position})`}`);
  }
}
