/**
 * A filter pattern of CloudWatch Logs that was found valid. It is data alone: it may be kept, compared and sent to
 * another thread.
 *
 * Source: "Filter pattern syntax for metric filters", Amazon CloudWatch Logs User Guide.
 */
export type FilterPattern =
  /** Every message matches. */
  | { readonly kind: 'all' }
  | TermsPattern
  | { readonly kind: 'json'; readonly condition: Condition<JsonComparison> }
  | DelimitedPattern;

/** Looks at the message as text. There is a term in one of the lists. */
export interface TermsPattern {
  readonly kind: 'terms';
  /** All of them must be in the message. */
  readonly included: readonly Term[];
  /** None of them may be. */
  readonly excluded: readonly Term[];
  /** One of them must be; empty where there are others, beside which they mean nothing. */
  readonly optional: readonly Term[];
}

export type Term =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'regex'; readonly regex: FilterRegex };

/** Looks at the words of the message, each in its place. */
export interface DelimitedPattern {
  readonly kind: 'delimited';
  readonly fields: readonly DelimitedField[];
  /** Number of fields before the `...`; null without one: then the last field takes all that is left of a message. */
  readonly ellipsis: number | null;
}

export interface DelimitedField {
  /** Null where it is known by its place only. */
  readonly name: string | null;
  readonly condition: Condition<FieldComparison> | null;
}

/** One comparison, or several. */
export type Condition<C> = JoinedConditions<C> | C;

/** Two conditions at least, joined by `&&` or `||`. */
export interface JoinedConditions<C> {
  readonly kind: 'and' | 'or';
  readonly conditions: readonly Condition<C>[];
}

export interface FieldComparison {
  readonly kind: 'compare';
  readonly test: ValueTest;
}

export type JsonComparison =
  | { readonly kind: 'compare'; readonly selector: Selector; readonly test: ValueTest }
  | { readonly kind: 'is'; readonly selector: Selector; readonly value: null | boolean }
  | { readonly kind: 'not-exists'; readonly selector: Selector };

/** A way into a JSON value, with one wildcard at most. */
export interface Selector {
  /** As it was written: `$.users[0].id`. */
  readonly text: string;
  readonly steps: readonly SelectorStep[];
}

export type SelectorStep =
  | { readonly kind: 'member'; readonly key: string }
  | { readonly kind: 'element'; readonly index: number }
  | { readonly kind: 'any-member' }
  | { readonly kind: 'any-element' };

/** A test of one string or number; nothing else passes any of them. */
export type ValueTest =
  | { readonly op: '=' | '!='; readonly operand: Operand }
  | { readonly op: '<' | '>' | '<=' | '>='; readonly number: number };

export type Operand =
  | { readonly kind: 'number'; readonly number: number }
  /** The texts between the asterisks, at least one; one alone is the whole text. */
  | { readonly kind: 'text'; readonly parts: readonly string[] }
  | { readonly kind: 'regex'; readonly regex: FilterRegex };

/** A regular expression in the restricted syntax; it matches where one of its branches does. */
export interface FilterRegex {
  readonly branches: readonly RegexBranch[];
}

export interface RegexBranch {
  readonly atStart: boolean;
  readonly atEnd: boolean;
  readonly items: readonly RegexItem[];
}

/** So many characters of a set, one behind the other. */
export interface RegexItem {
  readonly set: CharacterSet;
  readonly least: number;
  /** Null: without end. */
  readonly most: number | null;
}

export interface CharacterSet {
  /** ASCII codes, both ends included. */
  readonly ranges: readonly (readonly [low: number, high: number])[];
  /** Whether all characters beyond ASCII belong to it. */
  readonly beyondAscii: boolean;
}

/** The text is no filter pattern, or none that has the value asked for. */
export class FilterPatternError extends Error {
  override readonly name = 'FilterPatternError';

  constructor(
    /** A sentence for the person who wrote the text: what is wrong and what was expected. */
    readonly reason: string,
    /** 0-based offset in the text, in UTF-16 units. */
    readonly position: number,
  ) {
    super(`${reason} (at position ${position})`);
  }
}
