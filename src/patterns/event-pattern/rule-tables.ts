import type { Alternative, EventPattern, FieldCondition, Scalar, ValueTest } from './event-pattern.js';
import { PathNode } from './path-trie.js';
import { buildLead, type FiledAlternative, type RuleLead } from './rule-leads.js';
import { expectedCost, ValueIndex } from './value-index.js';
import { compileTests, type Predicate } from './value-test.js';

/** A condition, held once for all rules that have it. */
export interface SharedCondition {
  /** Number of the field that it is about. */
  readonly field: number;
  /** Null where the field must be absent. */
  readonly predicate: Predicate | null;
  readonly orAbsent: boolean;
}

/** One alternative of a rule's pattern. */
export interface RuleAlternative {
  /** Place of the rule in the list. */
  readonly rule: number;
  /** Numbers of its conditions, in the order of their paths. */
  readonly conditions: readonly number[];
}

/** All rules in one structure. */
export interface RuleTables {
  readonly root: PathNode;
  readonly conditions: readonly SharedCondition[];
  readonly alternatives: readonly RuleAlternative[];
  readonly leads: readonly RuleLead[];
  /** By field: the leads to be found by a value of it. Null where none is. */
  readonly indexes: readonly (ValueIndex | null)[];
  /** Alternatives that no value leads to: they ask for absent fields only. */
  readonly unconditional: readonly number[];
}

export function buildRuleTables(patterns: readonly EventPattern[]): RuleTables {
  const builder = new TableBuilder();
  for (const pattern of patterns) for (const alternative of pattern.alternatives) builder.countTests(alternative);
  for (const [rule, pattern] of patterns.entries()) {
    for (const alternative of pattern.alternatives) builder.add(rule, alternative);
  }
  return builder.finish();
}

interface KeyedTest {
  readonly key: string;
  readonly test: ValueTest;
}

interface FiledTest {
  readonly test: ValueTest;
  readonly alternatives: FiledAlternative[];
}

class TableBuilder {
  readonly #root = new PathNode();
  readonly #fields = new Map<string, number>();
  readonly #conditionIds = new Map<string, number>();
  readonly #conditions: SharedCondition[] = [];
  readonly #alternatives: RuleAlternative[] = [];
  readonly #unconditional: number[] = [];
  /** By key of path and test: how many alternatives have it. */
  readonly #uses = new Map<string, number>();
  /** By field and by key of test. */
  readonly #filed: Map<string, FiledTest>[] = [];
  // The alternatives of a pattern have their conditions in common, so what is known of one is kept.
  readonly #keyedTests = new Map<FieldCondition, readonly KeyedTest[]>();
  readonly #met = new Map<FieldCondition, number>();

  countTests(alternative: Alternative): void {
    for (const condition of alternative) {
      for (const { key } of this.#keyed(condition)) this.#uses.set(key, (this.#uses.get(key) ?? 0) + 1);
    }
  }

  add(rule: number, alternative: Alternative): void {
    const id = this.#alternatives.length;
    this.#alternatives.push({ rule, conditions: alternative.map((condition) => this.#intern(condition)) });
    const access = this.#rarest(alternative);
    if (access === null) this.#unconditional.push(id);
    else this.#file(access, { id, condition: this.#intern(access), second: this.#second(alternative, access) });
    this.#markShared(alternative);
  }

  finish(): RuleTables {
    const leads: RuleLead[] = [];
    const indexes = this.#filed.map((filed) => {
      if (filed.size === 0) return null;
      const tests = [...filed.values()];
      return new ValueIndex(
        tests.map(({ test, alternatives }) => ({ test, ids: [leads.push(buildLead(alternatives)) - 1] })),
      );
    });
    return {
      root: this.#root,
      conditions: this.#conditions,
      alternatives: this.#alternatives,
      leads,
      indexes,
      unconditional: this.#unconditional,
    };
  }

  /** The condition's tests, each once, with what tells them apart from others of any field. */
  #keyed(condition: FieldCondition): readonly KeyedTest[] {
    let keyed = this.#keyedTests.get(condition);
    if (keyed === undefined) {
      const path = JSON.stringify(condition.path);
      keyed = [...new Map(condition.tests.map((test) => [path + JSON.stringify(test), test]))].map(([key, test]) => ({
        key,
        test,
      }));
      this.#keyedTests.set(condition, keyed);
    }
    return keyed;
  }

  #fieldOf(path: string): number {
    const known = this.#fields.get(path);
    if (known !== undefined) return known;
    const field = this.#fields.size;
    this.#fields.set(path, field);
    this.#root.descend(path).field = field;
    this.#filed.push(new Map());
    return field;
  }

  #intern(condition: FieldCondition): number {
    const met = this.#met.get(condition);
    if (met !== undefined) return met;
    const { path, tests, orAbsent } = condition;
    const keys = this.#keyed(condition).map(({ key }) => key);
    const key = `${JSON.stringify(path)}${orAbsent}${keys.sort().join()}`;
    const id = this.#conditionIds.get(key) ?? this.#conditions.length;
    this.#met.set(condition, id);
    if (id < this.#conditions.length) return id;
    this.#conditionIds.set(key, id);
    const predicate = tests.length === 0 ? null : compileTests(tests);
    this.#conditions.push({ field: this.#fieldOf(path), predicate, orAbsent });
    return id;
  }

  /** The condition that the fewest other events and rules can be expected to share; null where none can lead. */
  #rarest(conditions: Alternative): FieldCondition | null {
    let rarest: FieldCondition | null = null;
    let least = Infinity;
    for (const condition of conditions) {
      if (condition.orAbsent) continue;
      let cost = 0;
      for (const { key, test } of this.#keyed(condition)) cost += expectedCost(test, this.#uses.get(key) ?? 0);
      if (cost < least) [rarest, least] = [condition, cost];
    }
    return rarest;
  }

  #second(alternative: Alternative, access: FieldCondition): FiledAlternative['second'] {
    const others = alternative.filter((condition) => condition !== access && exactValues(condition) !== null);
    const second = this.#rarest(others);
    const values = second === null ? null : exactValues(second);
    return second === null || values === null ? null : { field: this.#fieldOf(second.path), values };
  }

  #file(condition: FieldCondition, alternative: FiledAlternative): void {
    const filed = this.#filed[this.#fieldOf(condition.path)];
    for (const { key, test } of this.#keyed(condition)) {
      const there = filed?.get(key);
      if (there === undefined) filed?.set(key, { test, alternatives: [alternative] });
      else there.alternatives.push(alternative);
    }
  }

  #markShared(alternative: Alternative): void {
    if (alternative.length < 2) return;
    const seen = new Set<PathNode>();
    for (const { path } of alternative) {
      for (const node of this.#root.along(path)) {
        if (seen.has(node)) node.isShared = true;
        seen.add(node);
      }
    }
  }
}

/** Null where other tests than exact ones are among them. */
function exactValues(condition: FieldCondition): Scalar[] | null {
  const values: Scalar[] = [];
  for (const test of condition.tests) {
    if (test.op !== 'equals') return null;
    values.push(test.value);
  }
  return values;
}
