import type { Scalar } from './event-pattern.js';

/** What a value leads to that passes one test of one field. */
export interface RuleLead {
  /** The condition that holds then; -1 where the alternatives have the test in different conditions. */
  readonly condition: number;
  /** Alternatives to look at. */
  readonly alternatives: readonly number[];
  /** More of them, if the event has a certain value elsewhere too. */
  readonly refinements: readonly Refinement[];
}

export interface Refinement {
  readonly field: number;
  readonly byValue: ReadonlyMap<Scalar, readonly number[]>;
  readonly all: readonly number[];
}

/** An alternative that is filed under a test, and the rarest of its exact conditions on other fields. */
export interface FiledAlternative {
  readonly id: number;
  readonly condition: number;
  readonly second: { readonly field: number; readonly values: readonly Scalar[] } | null;
}

/** So many alternatives are sooner looked at than told apart by a second value. */
const fewAlternatives = 8;

interface GrowingRefinement {
  readonly field: number;
  readonly byValue: Map<Scalar, number[]>;
  readonly all: number[];
}

/** Where many alternatives share the rarest value that they have, such as an account, a second value divides them. */
export function buildLead(filed: readonly FiledAlternative[]): RuleLead {
  const conditions = new Set(filed.map(({ condition }) => condition));
  const condition = conditions.size === 1 ? (filed[0]?.condition ?? -1) : -1;
  const all = filed.map(({ id }) => id);
  if (filed.length <= fewAlternatives) return { condition, alternatives: all, refinements: [] };
  const alternatives: number[] = [];
  const refinements = new Map<number, GrowingRefinement>();
  for (const { id, second } of filed) {
    if (second === null) {
      alternatives.push(id);
      continue;
    }
    const { field } = second;
    const refinement: GrowingRefinement = refinements.get(field) ?? { field, byValue: new Map(), all: [] };
    refinements.set(field, refinement);
    refinement.all.push(id);
    for (const value of second.values) {
      const ids = refinement.byValue.get(value);
      if (ids === undefined) refinement.byValue.set(value, [id]);
      else ids.push(id);
    }
  }
  return { condition, alternatives, refinements: [...refinements.values()] };
}
