import type { Scalar } from '../event-pattern/event-pattern.js';
import { placesOf } from './delimited-words.js';
import type {
  Condition,
  DelimitedPattern,
  FilterPattern,
  FilterRegex,
  JoinedConditions,
  JsonComparison,
  Term,
  TermsPattern,
  ValueTest,
} from './filter-pattern.js';
import type { MessageSlots } from './message-slots.js';
import { RegexMatcher } from './regex-matcher.js';
import { requiredLiterals } from './required-literals.js';
import { type Check, compileValueTest } from './value-check.js';

/** What a message must have in a slot so that a condition can hold. */
export type Lead =
  | { readonly slot: number; readonly kind: 'equals'; readonly value: Scalar }
  | { readonly slot: number; readonly kind: 'wildcard'; readonly parts: readonly string[] }
  | { readonly slot: number; readonly kind: 'present' };

/** What one place of a message must be. Filters that ask for the same share it. */
export interface SlotCondition {
  readonly slot: number;
  readonly check: Check;
  /** Whether it holds where the place is empty, and only there. */
  readonly isAbsence: boolean;
  /** What a message must have so that this can hold: one of these; null where any message will do. */
  readonly leads: readonly Lead[] | null;
}

/** Numbers of conditions, joined. */
export type Expression = number | { readonly all: readonly Expression[] } | { readonly any: readonly Expression[] };

/** Turns patterns into conditions on slots. */
export class ConditionTable {
  readonly conditions: SlotCondition[] = [];
  readonly #slots: MessageSlots;
  readonly #known = new Map<string, number>();

  constructor(slots: MessageSlots) {
    this.#slots = slots;
  }

  add(pattern: FilterPattern): Expression {
    switch (pattern.kind) {
      case 'all':
        return { all: [] };
      case 'terms':
        return this.#addTerms(pattern);
      case 'json':
        return this.#addCondition(pattern.condition, (comparison) => this.#addComparison(comparison));
      case 'delimited':
        return this.#addDelimited(pattern);
    }
  }

  /** Holds for every message that is JSON. */
  addIsJson(): Expression {
    const slot = this.#slots.addJson();
    return this.#share([slot, 'json'], { slot, check: (value) => value !== undefined, isAbsence: false, leads: null });
  }

  #addTerms({ included, excluded, optional }: TermsPattern): Expression {
    if (optional.length > 0) return { any: optional.map((term) => this.#addTerm(term)) };
    return {
      all: [...included.map((term) => this.#addTerm(term)), ...excluded.map((term) => this.#addExclusion(term))],
    };
  }

  #addTerm(term: Term): number {
    if (term.kind === 'regex') return this.#addRegexTerm(term.regex, true);
    const slot = this.#slots.addLiteral(term.text);
    const check = (value: unknown) => value === true;
    return this.#share([slot, true], { slot, check, isAbsence: false, leads: [{ slot, kind: 'present' }] });
  }

  #addExclusion(term: Term): number {
    if (term.kind === 'regex') return this.#addRegexTerm(term.regex, false);
    const slot = this.#slots.addLiteral(term.text);
    return this.#share([slot, false], { slot, check: (value) => value !== true, isAbsence: false, leads: null });
  }

  #addRegexTerm(regex: FilterRegex, expected: boolean): number {
    const matcher = new RegexMatcher(regex);
    const slot = this.#slots.addText();
    const literals = expected ? requiredLiterals(regex) : null;
    const leads = literals?.map((text): Lead => ({ slot: this.#slots.addLiteral(text), kind: 'present' })) ?? null;
    const check = (value: unknown) => matcher.test(String(value)) === expected;
    return this.#share([slot, regex, expected], { slot, check, isAbsence: false, leads });
  }

  #addDelimited(pattern: DelimitedPattern): Expression {
    const { fields } = pattern;
    const places = placesOf(pattern);
    const parts: Expression[] = fields.length === 0 ? [] : [this.#addWordCount(fields.length)];
    for (const [index, place] of places.entries()) {
      const condition = fields[index]?.condition ?? null;
      if (condition === null) continue;
      const slot = this.#slots.addWord(place);
      parts.push(this.#addCondition(condition, ({ test }) => this.#addTest(slot, test)));
    }
    return { all: parts };
  }

  #addWordCount(least: number): number {
    const slot = this.#slots.addWord({ from: 'start', index: least - 1 });
    const check = (value: unknown) => value !== undefined;
    return this.#share([slot, 'count'], { slot, check, isAbsence: false, leads: [{ slot, kind: 'present' }] });
  }

  #addComparison(comparison: JsonComparison): number {
    const slot = this.#slots.addSelector(comparison.selector);
    if (comparison.kind === 'compare') return this.#addTest(slot, comparison.test);
    if (comparison.kind === 'not-exists') {
      return this.#share([slot, 'absent'], { slot, check: () => false, isAbsence: true, leads: null });
    }
    const { value: expected } = comparison;
    const leads: Lead[] = [{ slot, kind: 'equals', value: expected }];
    return this.#share([slot, 'is', expected], { slot, check: (value) => value === expected, isAbsence: false, leads });
  }

  #addTest(slot: number, test: ValueTest): number {
    return this.#share([slot, test], {
      slot,
      check: compileValueTest(test),
      isAbsence: false,
      leads: [leadOf(slot, test)],
    });
  }

  #addCondition<C extends object>(condition: Condition<C>, addOne: (one: C) => number): Expression {
    if (isJoined(condition)) {
      const expressions = condition.conditions.map((one) => this.#addCondition(one, addOne));
      return condition.kind === 'and' ? { all: expressions } : { any: expressions };
    }
    return addOne(condition as C);
  }

  #share(key: unknown, condition: SlotCondition): number {
    const text = JSON.stringify(key);
    const known = this.#known.get(text);
    if (known !== undefined) return known;
    this.#known.set(text, this.conditions.push(condition) - 1);
    return this.conditions.length - 1;
  }
}

function isJoined<C extends object>(condition: Condition<C>): condition is JoinedConditions<C> {
  return 'conditions' in condition;
}

function leadOf(slot: number, test: ValueTest): Lead {
  if (test.op !== '=' || test.operand.kind === 'regex') return { slot, kind: 'present' };
  if (test.operand.kind === 'number') return { slot, kind: 'equals', value: test.operand.number };
  const { parts } = test.operand;
  if (parts.length === 1) return { slot, kind: 'equals', value: parts[0] ?? '' };
  return parts.every((part) => part === '') ? { slot, kind: 'present' } : { slot, kind: 'wildcard', parts };
}
