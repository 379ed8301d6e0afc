import type { Alternative, EventPattern, FieldCondition } from './event-pattern.js';

/**
 * What every event that matches has: by path the strings one of which a value of the field is. Only paths of which the
 * pattern demands nothing but exact strings, in each alternative of `$or`. It serves to narrow a search before matching:
 * an event that has none of the strings cannot match; one that has may still not.
 */
export function requiredValues(pattern: EventPattern): ReadonlyMap<string, readonly string[]> {
  const [first, ...others] = pattern.alternatives;
  const required = new Map<string, Set<string>>();
  for (const condition of first ?? []) {
    const strings = exactStrings(condition);
    if (strings !== null) required.set(condition.path, new Set(strings));
  }
  for (const alternative of others) {
    if (required.size === 0) break;
    unite(required, alternative);
  }
  return new Map([...required].map(([path, strings]) => [path, [...strings]]));
}

/** Keeps the paths that the alternative demands too. */
function unite(required: Map<string, Set<string>>, alternative: Alternative): void {
  const demanded = new Map(alternative.map((condition) => [condition.path, condition]));
  for (const [path, strings] of required) {
    const condition = demanded.get(path);
    const added = condition === undefined ? null : exactStrings(condition);
    if (added === null) required.delete(path);
    else for (const string of added) strings.add(string);
  }
}

function exactStrings({ tests, orAbsent }: FieldCondition): string[] | null {
  if (orAbsent) return null;
  const strings: string[] = [];
  for (const test of tests) {
    if (test.op !== 'equals' || typeof test.value !== 'string') return null;
    strings.push(test.value);
  }
  return strings;
}
