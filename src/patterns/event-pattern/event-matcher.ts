import { isConsistent, type PlacedCondition, type WorkCounter } from './array-consistency.js';
import type { EventPattern, Scalar } from './event-pattern.js';
import { EventScan } from './event-scan.js';
import type { Refinement, RuleLead } from './rule-leads.js';
import { buildRuleTables, type RuleAlternative, type RuleTables } from './rule-tables.js';

/** What is known of a condition for the event in hand. */
const verdict = {
  fails: 0,
  /** Holds, whatever values are taken for other conditions. */
  holds: 1,
  /** Holds by values in elements of arrays only. */
  holdsWithin: 2,
  /** Holds if all values of the field lie in elements that are out of the question. */
  mayBeAbsent: 3,
} as const;

/** A field with more values than that is not gone through for each lead. */
const maxRefiningValues = 50;

export interface MatchWork extends WorkCounter {
  /** Alternatives of patterns that were looked at, since an event had a value that leads to them. */
  candidates: number;
}

/**
 * Many event patterns in one structure. The cost of an event grows with what its patterns look at and with those that
 * nearly match, hardly with their number: each rule is found by a value of its rarest field.
 *
 * Not for use by several threads at a time; a call leaves nothing behind for the next, also when it throws.
 */
export class EventMatcher<R> {
  readonly #rules: readonly R[];
  readonly #tables: RuleTables;
  readonly #scan: EventScan;
  readonly #work: MatchWork = { candidates: 0, steps: 0 };

  #epoch = 0;
  /** By condition: the event that the verdict is about. */
  readonly #verdictEpochs: Uint32Array;
  readonly #verdicts: Uint8Array;
  /** By lead: the last event that had a value for it. */
  readonly #leadEpochs: Uint32Array;
  #leads: RuleLead[] = [];
  /** By alternative: the last event that it was a candidate for. */
  readonly #candidateEpochs: Uint32Array;
  #candidates: number[] = [];
  /** By rule: the last event that it matched. */
  readonly #matchEpochs: Uint32Array;
  /** The element that the value in hand is in. */
  #element = 0;

  constructor(rules: Iterable<{ readonly pattern: EventPattern; readonly rule: R }>) {
    const list = [...rules];
    this.#rules = list.map(({ rule }) => rule);
    this.#tables = buildRuleTables(list.map(({ pattern }) => pattern));
    const { root, conditions, alternatives, leads, indexes } = this.#tables;
    this.#scan = new EventScan(root, indexes.length, (field, value, element) => this.#visit(field, value, element));
    this.#verdictEpochs = new Uint32Array(conditions.length);
    this.#verdicts = new Uint8Array(conditions.length);
    this.#leadEpochs = new Uint32Array(leads.length);
    this.#candidateEpochs = new Uint32Array(alternatives.length);
    this.#matchEpochs = new Uint32Array(list.length);
  }

  /** Number of rules. */
  get size(): number {
    return this.#rules.length;
  }

  /** What all events so far have cost. */
  get work(): Readonly<MatchWork> {
    return this.#work;
  }

  /**
   * The rules that match, each once, in the order given.
   *
   * @param event plain data, as `parseEvent` makes it
   */
  match(event: object): R[] {
    this.#reset();
    this.#scan.read(event);
    this.#addCandidates(this.#tables.unconditional);
    for (const lead of this.#leads) this.#follow(lead);
    this.#work.candidates += this.#candidates.length;
    const matched: number[] = [];
    for (const id of this.#candidates) {
      const alternative = this.#tables.alternatives[id] as RuleAlternative;
      if (this.#matchEpochs[alternative.rule] === this.#epoch || !this.#matches(alternative)) continue;
      this.#matchEpochs[alternative.rule] = this.#epoch;
      matched.push(alternative.rule);
    }
    if (matched.length > 1) matched.sort((a, b) => a - b);
    return matched.map((rule) => this.#rules[rule] as R);
  }

  #reset(): void {
    this.#leads = [];
    this.#candidates = [];
    this.#element = 0;
    this.#epoch = (this.#epoch + 1) >>> 0;
    if (this.#epoch !== 0) return;
    for (const epochs of [this.#verdictEpochs, this.#leadEpochs, this.#candidateEpochs, this.#matchEpochs])
      epochs.fill(0);
    this.#epoch = 1;
  }

  /** Takes the leads of the value in hand. */
  readonly #admit = (ids: readonly number[]): void => {
    for (const id of ids) {
      const lead = this.#tables.leads[id] as RuleLead;
      if (lead.condition >= 0) this.#noteAccess(lead.condition);
      if (this.#leadEpochs[id] === this.#epoch) continue;
      this.#leadEpochs[id] = this.#epoch;
      this.#leads.push(lead);
    }
  };

  #follow({ alternatives, refinements }: RuleLead): void {
    this.#addCandidates(alternatives);
    for (const refinement of refinements) this.#refine(refinement);
  }

  #refine({ field, byValue, all }: Refinement): void {
    const { values, previous } = this.#scan;
    let left = maxRefiningValues;
    for (let leaf = this.#scan.lastLeaf(field); leaf >= 0; leaf = previous[leaf] as number) {
      if (left-- === 0) {
        this.#addCandidates(all);
        return;
      }
      const ids = byValue.get(values[leaf] as Scalar);
      if (ids !== undefined) this.#addCandidates(ids);
    }
  }

  #addCandidates(ids: readonly number[]): void {
    for (const id of ids) {
      if (this.#candidateEpochs[id] === this.#epoch) continue;
      this.#candidateEpochs[id] = this.#epoch;
      this.#candidates.push(id);
    }
  }

  /** A value that leads to a condition passes it. */
  #noteAccess(condition: number): void {
    const isKnown = this.#verdictEpochs[condition] === this.#epoch;
    if (this.#element === 0) this.#verdicts[condition] = verdict.holds;
    else if (!isKnown) this.#verdicts[condition] = verdict.holdsWithin;
    this.#verdictEpochs[condition] = this.#epoch;
  }

  #visit(field: number, value: Scalar, element: number): void {
    const index = this.#tables.indexes[field];
    if (index === null || index === undefined) return;
    this.#element = element;
    index.find(value, this.#admit);
  }

  #matches({ conditions }: RuleAlternative): boolean {
    let within = 0;
    let absent = 0;
    for (const condition of conditions) {
      const found = this.#verdictOf(condition);
      if (found === verdict.fails) return false;
      if (found === verdict.holdsWithin) within++;
      else if (found === verdict.mayBeAbsent) absent++;
    }
    if (absent === 0 && within < 2) return true;
    return isConsistent(this.#placed(conditions), this.#scan, this.#work);
  }

  #verdictOf(condition: number): number {
    if (this.#verdictEpochs[condition] === this.#epoch) return this.#verdicts[condition] as number;
    const found = this.#judge(condition);
    this.#verdictEpochs[condition] = this.#epoch;
    this.#verdicts[condition] = found;
    return found;
  }

  #judge(id: number): number {
    const condition = this.#tables.conditions[id];
    if (condition === undefined) return verdict.fails;
    const { field, predicate, orAbsent } = condition;
    const { values, elements, previous } = this.#scan;
    let leaf = this.#scan.lastLeaf(field);
    if (leaf < 0) return orAbsent ? verdict.holds : verdict.fails;
    let isWithin = false;
    let isPresent = false;
    for (; leaf >= 0; leaf = previous[leaf] as number) {
      const isOutside = elements[leaf] === 0;
      isPresent ||= isOutside;
      if (predicate === null || (isWithin && !isOutside) || !predicate(values[leaf] as Scalar)) continue;
      if (isOutside) return verdict.holds;
      isWithin = true;
    }
    if (isWithin) return verdict.holdsWithin;
    return orAbsent && !isPresent ? verdict.mayBeAbsent : verdict.fails;
  }

  /** The conditions that have to do with elements of arrays. */
  #placed(conditions: readonly number[]): PlacedCondition[] {
    const { values, elements, previous } = this.#scan;
    const placed: PlacedCondition[] = [];
    for (const id of conditions) {
      const condition = this.#tables.conditions[id];
      if (condition === undefined) continue;
      const { field, predicate, orAbsent } = condition;
      const passing: number[] = [];
      const present: number[] = [];
      for (let leaf = this.#scan.lastLeaf(field); leaf >= 0; leaf = previous[leaf] as number) {
        present.push(elements[leaf] as number);
        if (predicate?.(values[leaf] as Scalar)) passing.push(elements[leaf] as number);
      }
      const isFree = (orAbsent ? present : passing).every((element) => element === 0);
      if (!isFree) placed.push({ passing, present, orAbsent });
    }
    return placed;
  }
}

const singles = new WeakMap<EventPattern, EventMatcher<true>>();

/** Whether the event matches the pattern. For many patterns, use `EventMatcher`. */
export function matchesEventPattern(pattern: EventPattern, event: object): boolean {
  let matcher = singles.get(pattern);
  if (matcher === undefined) {
    matcher = new EventMatcher([{ pattern, rule: true }]);
    singles.set(pattern, matcher);
  }
  return matcher.match(event).length > 0;
}
