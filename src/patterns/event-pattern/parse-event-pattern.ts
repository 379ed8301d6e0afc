import { type Alternative, type EventPattern, EventPatternError, type FieldCondition } from './event-pattern.js';
import {
  type JsonArray,
  type JsonMember,
  type JsonNode,
  type JsonObject,
  JsonTextError,
  parseJsonText,
} from './json-text.js';
import { childPath, parseFieldTests, reservedNames } from './parse-field-tests.js';

/** AWS allows 4,096 characters in a rule unless the quota is raised; this is room for any quota. */
const maxLength = 32_768;

/** Levels of objects and arrays. AWS has no number of its own; an event has less than thirty. */
const maxDepth = 100;

/** Source: "Comparison operators for use in event patterns", Amazon EventBridge User Guide, on `$or`. */
const maxAlternatives = 1000;

/** Conditions of all alternatives together: what `$or` can multiply beyond the size of the text. */
const maxConditions = 50_000;

const orKey = '$or';

/**
 * Reads an event pattern: an object, or JSON text. What is valid and what it means is as Amazon EventBridge has it
 * (its user guide, and the source of aws/event-ruler where that is silent):
 * - keys join with dots, so `{"a": {"b": …}}` and `{"a.b": …}` are one field, of which the last list counts;
 * - `$or` with a list of two or more objects that have no operator for a key is a choice, otherwise a field's name.
 *
 * @throws EventPatternError
 */
export function parseEventPattern(input: unknown): EventPattern {
  const text = typeof input === 'string' ? input : textOf(input);
  if (text.length > maxLength) {
    throw new EventPatternError(
      `The pattern is longer than ${maxLength.toLocaleString('en')} characters.`,
      maxLength,
      '',
    );
  }
  const root = parseText(text);
  if (root.kind !== 'object') throw new EventPatternError('An event pattern is a JSON object.', root.at, '');
  const expansion = new Expansion();
  const alternatives = expansion.object([new Map()], root, { keys: [], label: '', inOr: false });
  return { text, alternatives: alternatives.map(inOrder) };
}

function textOf(input: unknown): string {
  try {
    const text: unknown = JSON.stringify(input);
    if (typeof text === 'string') return text;
  } catch {
    // A cycle or a bigint; said below.
  }
  throw new EventPatternError('An event pattern is a JSON object.', 0, '');
}

function parseText(text: string): JsonNode {
  try {
    return parseJsonText(text, maxDepth);
  } catch (error) {
    if (error instanceof JsonTextError) throw new EventPatternError(error.reason, error.position, '');
    throw error;
  }
}

interface Choice extends JsonArray {
  readonly items: readonly JsonObject[];
}

type Conditions = Map<string, FieldCondition>;

/** Where in the pattern the object in hand stands. */
interface Place {
  readonly keys: readonly string[];
  /** The same with the places of `$or`, for people. */
  readonly label: string;
  readonly inOr: boolean;
}

/** Expands `$or`: each member of an object adds to all alternatives so far, a choice multiplies them. */
class Expansion {
  #conditions = 0;

  object(alternatives: Conditions[], object: JsonObject, place: Place): Conditions[] {
    if (object.members.length === 0)
      throw new EventPatternError('An object must not be empty.', object.at, place.label);
    let result = alternatives;
    for (const member of object.members) result = this.#member(result, member, place);
    return result;
  }

  #member(alternatives: Conditions[], member: JsonMember, place: Place): Conditions[] {
    const { key, value } = member;
    const label = childPath(place.label, key);
    if (key === orKey && isChoice(value)) return this.#choice(alternatives, value, { ...place, label });
    if (place.inOr && reservedNames.has(key)) {
      throw new EventPatternError(`"${key}" is an operator, which cannot name a field inside "$or".`, member.at, label);
    }
    const keys = [...place.keys, key];
    if (value.kind === 'object') return this.object(alternatives, value, { ...place, keys, label });
    if (value.kind === 'scalar') {
      throw new EventPatternError('A field must be a list of values, or an object of fields.', value.at, label);
    }
    const path = keys.join('.');
    if (path.split('.', maxDepth + 1).length > maxDepth) {
      throw new EventPatternError(`A field lies at most ${maxDepth} keys deep.`, member.at, '');
    }
    const condition = { path, ...parseFieldTests(value, label) };
    for (const conditions of alternatives) this.#set(conditions, condition, member, label);
    return alternatives;
  }

  #choice(alternatives: Conditions[], choice: Choice, place: Place): Conditions[] {
    const result: Conditions[] = [];
    for (const [index, branch] of choice.items.entries()) {
      const label = `${place.label}[${index}]`;
      if (result.length + alternatives.length > maxAlternatives) throw tooMany(choice.at, place.label);
      const copies = alternatives.map((conditions) => {
        this.#count(conditions.size, branch.at, label);
        return new Map(conditions);
      });
      for (const made of this.object(copies, branch, { ...place, label, inOr: true })) result.push(made);
      if (result.length > maxAlternatives) throw tooMany(choice.at, place.label);
    }
    return result;
  }

  #set(conditions: Conditions, condition: FieldCondition, member: JsonMember, label: string): void {
    if (!conditions.has(condition.path)) this.#count(1, member.at, label);
    conditions.set(condition.path, condition);
  }

  #count(added: number, at: number, label: string): void {
    this.#conditions += added;
    if (this.#conditions <= maxConditions) return;
    const limit = maxConditions.toLocaleString('en');
    throw new EventPatternError(
      `The pattern stands for more than ${limit} conditions once "$or" is expanded.`,
      at,
      label,
    );
  }
}

function tooMany(at: number, label: string): EventPatternError {
  const limit = maxAlternatives.toLocaleString('en');
  return new EventPatternError(`"$or" makes more than ${limit} combinations of this pattern.`, at, label);
}

function isChoice(value: JsonNode): value is Choice {
  if (value.kind !== 'array' || value.items.length < 2) return false;
  return value.items.every(
    (item) => item.kind === 'object' && item.members.every(({ key }) => !reservedNames.has(key)),
  );
}

function inOrder(conditions: Conditions): Alternative {
  return [...conditions.values()].sort((a, b) => (a.path < b.path ? -1 : 1));
}
