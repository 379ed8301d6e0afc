import type { EventFilter } from '../events/event.inputs.js';
import type { Condition, JsonComparison } from '../patterns/filter-pattern/filter-pattern.js';
import { parseFilterPattern } from '../patterns/filter-pattern/parse-filter-pattern.js';

/** Fields of the filter that hold at least what a selector of a record does. */
type Field = 'eventNames' | 'eventSources' | 'eventTypes' | 'errorCodes';
const fieldOf = new Map<string, Field>([
  ['eventName', 'eventNames'],
  ['eventSource', 'eventSources'],
  ['eventType', 'eventTypes'],
  ['errorCode', 'errorCodes'],
]);
type Required = ReadonlyMap<Field, ReadonlySet<string>>;

/** Stored text is cut and cleaned, and numbers are none: what may look different there is left to the pattern. */
const storedAsItIs = /^[A-Za-z][\x20-\x7e]{0,199}$/;
/** Of one field: more are no help to an index. */
const maxValues = 500;

/**
 * What metric filters demand with exact values, taken into the filter for events, where columns and indexes answer it:
 * fewer records are then read. The patterns are still held against each of those.
 *
 * @param patterns of which an event satisfies at least one
 */
export function narrowByFilterPatterns(filter: EventFilter, patterns: readonly string[]): EventFilter {
  const narrowed: EventFilter = { ...filter };
  for (const [field, values] of demandedByEach(patterns.map(demandedByPattern))) {
    if (values.size <= maxValues) narrowed[field] = [...values];
  }
  return narrowed;
}

function demandedByPattern(text: string): Required {
  const pattern = parseFilterPattern(text);
  return pattern.kind === 'json' ? demanded(pattern.condition) : new Map();
}

function demanded(condition: Condition<JsonComparison>): Required {
  if ('conditions' in condition) {
    const conditions = condition.conditions.map(demanded);
    return condition.kind === 'or' ? demandedByEach(conditions) : demandedByAll(conditions);
  }
  const [step, ...more] = condition.selector.steps;
  const field = step?.kind === 'member' && more.length === 0 ? fieldOf.get(step.key) : undefined;
  const value = condition.kind === 'compare' ? exactText(condition) : null;
  return field === undefined || value === null ? new Map() : new Map([[field, new Set([value])]]);
}

function exactText({ test }: Extract<JsonComparison, { kind: 'compare' }>): string | null {
  if (test.op !== '=' || test.operand.kind !== 'text') return null;
  const [text, ...more] = test.operand.parts;
  return text !== undefined && more.length === 0 && storedAsItIs.test(text) ? text : null;
}

/** Only the fields that all alternatives demand. */
function demandedByEach(alternatives: readonly Required[]): Required {
  const [first, ...others] = alternatives;
  return new Map(
    [...(first ?? [])].flatMap(([field, values]) =>
      others.every((other) => other.has(field))
        ? [[field, new Set([...values, ...others.flatMap((other) => [...(other.get(field) ?? [])])])] as const]
        : [],
    ),
  );
}

/** Of what is demanded twice the shorter list: it holds whatever satisfies both. */
function demandedByAll(conditions: readonly Required[]): Required {
  const all = new Map<Field, ReadonlySet<string>>();
  for (const [field, values] of conditions.flatMap((condition) => [...condition])) {
    const known = all.get(field);
    if (known === undefined || values.size < known.size) all.set(field, values);
  }
  return all;
}
