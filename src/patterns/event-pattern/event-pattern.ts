/** A JSON value without parts. */
export type Scalar = string | number | boolean | null;

/** An event pattern that was found valid. It is data alone: it may be kept, compared by its text and shared. */
export interface EventPattern {
  /** The JSON text that it was parsed from; of a pattern that came as an object, its compact JSON. */
  readonly text: string;
  /** An event matches if it matches one of these. There is one, and more only through `$or`. */
  readonly alternatives: readonly Alternative[];
}

/** Conditions on different fields, all of which must hold; in the order of their paths' UTF-16 units. */
export type Alternative = readonly FieldCondition[];

/** What one field must be. */
export interface FieldCondition {
  /** Keys joined by dots: `detail.userIdentity.type`. */
  readonly path: string;
  /** One value of the field must pass one of these tests. Empty where the field must be absent. */
  readonly tests: readonly ValueTest[];
  /** Whether an event without the field is as good: `{"exists": false}` is in the list. */
  readonly orAbsent: boolean;
}

/** A test of one value. Texts of tests that ignore case are folded already, see `foldCase`. */
export type ValueTest =
  | { readonly op: 'equals'; readonly value: Scalar }
  | { readonly op: TextOperator; readonly text: string }
  /** The texts between the asterisks, at least one; only the first and the last may be empty. */
  | { readonly op: 'wildcard'; readonly parts: readonly string[] }
  | { readonly op: 'numeric'; readonly low: Bound | null; readonly high: Bound | null }
  /** The network's bits, see `addressBits`. */
  | { readonly op: 'cidr'; readonly bits: string }
  | { readonly op: 'exists' }
  /** Any value that passes none of the tests. */
  | { readonly op: 'anything-but'; readonly tests: readonly ValueTest[] };

export type TextOperator = 'equals-ignore-case' | 'prefix' | 'prefix-ignore-case' | 'suffix' | 'suffix-ignore-case';

export interface Bound {
  readonly value: number;
  readonly included: boolean;
}

/** The pattern is none. */
export class EventPatternError extends Error {
  override readonly name = 'EventPatternError';

  /**
   * @param reason one sentence for the author of the pattern
   * @param position 0-based offset in the pattern's text, in UTF-16 units
   * @param path what is wrong: `detail.state[0]`; empty where it is the whole
   */
  constructor(
    readonly reason: string,
    readonly position: number,
    readonly path: string,
  ) {
    super(`${path === '' ? '' : `${path}: `}${reason} (at ${position})`);
  }
}
