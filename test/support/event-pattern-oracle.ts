/**
 * What an event pattern means, as plainly as it can be written: the event as a list of fields with the elements of
 * arrays they lie in, and every choice of values tried out. After aws/event-ruler: Event (the fields), ACFinder (the
 * order), ArrayMembership (which values go together) and NameState (what is absent). Shares nothing with the matcher.
 */
type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };
type Members = Readonly<Record<string, Json>>;

interface Field {
  readonly path: string;
  readonly value: Json;
  /** By array: the place of the element in it. */
  readonly membership: ReadonlyMap<number, number>;
}

export function oracleMatches(pattern: object, event: object): boolean {
  const fields = fieldsOf(event as Members);
  return alternativesOf([new Map()], null, pattern as Members).some((lists) => {
    const ordered = [...lists].sort(([a], [b]) => (a < b ? -1 : 1));
    return canMatch(ordered, fields, new Map());
  });
}

function fieldsOf(event: Members): Field[] {
  const fields: Field[] = [];
  let arrays = 0;
  const object = (members: Members, path: string | null, membership: ReadonlyMap<number, number>) => {
    for (const [key, value] of Object.entries(members)) walk(value, path === null ? key : `${path}.${key}`, membership);
  };
  const walk = (value: Json, path: string, membership: ReadonlyMap<number, number>) => {
    if (Array.isArray(value)) {
      const array = arrays++;
      for (const [index, item] of value.entries()) {
        const isLeaf = typeof item !== 'object' || item === null;
        walk(item, path, isLeaf ? membership : new Map(membership).set(array, index));
      }
    } else if (typeof value === 'object' && value !== null) object(value as Members, path, membership);
    else fields.push({ path, value, membership });
  };
  object(event, null, new Map());
  return fields;
}

type Lists = Map<string, readonly Json[]>;

function alternativesOf(before: Lists[], path: string | null, pattern: Members): Lists[] {
  let result = before;
  for (const [key, value] of Object.entries(pattern)) {
    const below = path === null ? key : `${path}.${key}`;
    if (key === '$or' && Array.isArray(value)) {
      const bases = result;
      result = value.flatMap((branch) =>
        alternativesOf(
          bases.map((lists) => new Map(lists)),
          path,
          branch,
        ),
      );
    } else if (Array.isArray(value)) {
      for (const lists of result) lists.set(below, value);
    } else result = alternativesOf(result, below, value as Members);
  }
  return result;
}

function canMatch(
  lists: readonly [string, readonly Json[]][],
  fields: readonly Field[],
  so: ReadonlyMap<number, number>,
): boolean {
  const [first, ...rest] = lists;
  if (first === undefined) return true;
  const [path, list] = first;
  const reachable = fields.filter((field) => field.path === path && goTogether(so, field.membership));
  const isAbsent = reachable.length === 0 && list.some((test) => isMember(test, 'exists', false));
  if (isAbsent && canMatch(rest, fields, so)) return true;
  return reachable
    .filter(({ value }) => list.some((test) => passes(test, value)))
    .some(({ membership }) => canMatch(rest, fields, new Map([...so, ...membership])));
}

function goTogether(so: ReadonlyMap<number, number>, more: ReadonlyMap<number, number>): boolean {
  return [...more].every(([array, index]) => (so.get(array) ?? index) === index);
}

function isMember(test: Json, key: string, value: Json): boolean {
  return typeof test === 'object' && test !== null && (test as Members)[key] === value;
}

function passes(test: Json, value: Json): boolean {
  if (typeof test !== 'object' || test === null) return test === value;
  const [[operator, operand]] = Object.entries(test) as [[string, Json]];
  return operatorPasses(operator, operand, value);
}

function operatorPasses(operator: string, operand: Json, value: Json): boolean {
  const text = typeof value === 'string' ? value : null;
  switch (operator) {
    case 'exists':
      return operand === true;
    case 'exactly':
      return operand === value;
    case 'anything-but':
      return !excluded(operand, value);
    case 'numeric':
      return typeof value === 'number' && Math.abs(value) <= 5e9 && inRange(operand as (string | number)[], value);
    default:
      return text !== null && textPasses(operator, operand, text);
  }
}

function textPasses(operator: string, operand: Json, text: string): boolean {
  if (typeof operand === 'object') {
    return textPasses(operator, String((operand as Members)['equals-ignore-case']).toLowerCase(), text.toLowerCase());
  }
  switch (operator) {
    case 'prefix':
      return text.slice(0, String(operand).length) === operand;
    case 'suffix':
      return operand === '' || text.slice(-String(operand).length) === operand;
    case 'equals-ignore-case':
      return text.toLowerCase() === String(operand).toLowerCase();
    case 'wildcard':
      return new RegExp(`^${String(operand).replaceAll('*', '.*')}$`, 's').test(text);
    case 'cidr':
      return inNetwork(String(operand), text);
    default:
      throw new Error(`the oracle knows no ${operator}`);
  }
}

function excluded(operand: Json, value: Json): boolean {
  if (Array.isArray(operand)) return operand.includes(value);
  if (typeof operand !== 'object' || operand === null) return operand === value;
  const [[operator, texts]] = Object.entries(operand) as [[string, Json]];
  return [texts].flat().some((text) => operatorPasses(operator, text, value));
}

function inRange(comparisons: readonly (string | number)[], value: number): boolean {
  const [sign, limit, ...rest] = comparisons as [string, number, ...(string | number)[]];
  const holds = {
    '=': value === limit,
    '<': value < limit,
    '<=': value <= limit,
    '>': value > limit,
    '>=': value >= limit,
  };
  return holds[sign as '='] && (rest.length === 0 || inRange(rest, value));
}

/** IPv4 with full bytes only. */
function inNetwork(network: string, text: string): boolean {
  const [address = '', bits] = network.split('/');
  const number = (ip: string) => ip.split('.').reduce((sum, byte) => sum * 256 + Number(byte), 0);
  if (!/^\d+\.\d+\.\d+\.\d+$/.test(text)) return false;
  const size = 2 ** (32 - Number(bits));
  return Math.floor(number(text) / size) === Math.floor(number(address) / size);
}
