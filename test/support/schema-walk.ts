import {
  type GraphQLArgument,
  type GraphQLField,
  type GraphQLNamedOutputType,
  type GraphQLObjectType,
  type GraphQLSchema,
  getNamedType,
  isAbstractType,
  isLeafType,
  isObjectType,
  isRequiredArgument,
} from 'graphql';

/**
 * The values to try for each argument. A key is `Type.field(argument:)`, or `(argument: InputType)` for every
 * argument of that name and type that has no key of its own. The first value is the usual one; `undefined` leaves
 * the argument out. An argument without an entry fails the walk: a new field cannot be forgotten.
 */
export type ArgumentTable = Readonly<Record<string, readonly unknown[]>>;

/** One operation: a way from a root field to one object type, and the leaves that are asked of it there. */
export interface PlannedOperation {
  readonly query: string;
  readonly variables: Readonly<Record<string, unknown>>;
  /** The response keys down to the object. */
  readonly path: readonly string[];
  readonly type: string;
  readonly leaves: readonly string[];
}

export interface Answer {
  readonly data?: unknown;
  readonly errors?: unknown;
}

export interface WalkedAnswer extends Answer {
  readonly operation: PlannedOperation;
}

interface Step {
  readonly parent: GraphQLObjectType;
  readonly field: GraphQLField<unknown, unknown>;
  /** Where the field's type is abstract: the object type that is looked at. */
  readonly on: string | null;
}

/** More than this is a mistake in the plan, not a thorough walk. */
const maxOperations = 20_000;

/**
 * Plans operations that reach every field of every type over every way from the root; a way that comes to a type
 * for the second time looks at its leaves and ends. For each argument on a way, every value of the table is tried
 * once, with the usual values for the others.
 *
 * @param ends fields, as `Type.field`, at whose objects a way ends: what lies behind is reached by other ways
 * @throws Error naming every argument that the table does not cover, and every key of the table that is of no use
 */
export function planWalk(
  schema: GraphQLSchema,
  table: ArgumentTable,
  root: 'query' | 'mutation' = 'query',
  ends: readonly string[] = [],
): PlannedOperation[] {
  const rootType = root === 'query' ? schema.getQueryType() : schema.getMutationType();
  if (!rootType) throw new Error(`the schema has no ${root} type`);
  const values = new ArgumentValues(table);
  const plan: PlannedOperation[] = [];
  visitType({ schema, ends }, rootType, [], (steps, leaves) => {
    for (const variation of values.variations([...steps, ...leaves])) {
      plan.push(operationOf(root, rootType, steps, leaves, variation));
    }
    if (plan.length > maxOperations) throw new Error(`the walk would take more than ${maxOperations} operations`);
  });
  values.complain();
  return plan;
}

/** Sends every operation of the plan, one after the other. */
export async function walk(
  plan: readonly PlannedOperation[],
  execute: (query: string, variables: Readonly<Record<string, unknown>>) => Promise<Answer>,
): Promise<WalkedAnswer[]> {
  const answers: WalkedAnswer[] = [];
  for (const operation of plan) answers.push({ operation, ...(await execute(operation.query, operation.variables)) });
  return answers;
}

/**
 * Which canaries appear in the answers, and in answer to what. An error may repeat what the operation itself
 * sent; data may not: whoever asks for an account by its id must not get it.
 */
export function canariesIn(answers: readonly WalkedAnswer[], canaries: readonly string[]): Map<string, string[]> {
  const found = new Map<string, string[]>();
  for (const { operation, data, errors } of answers) {
    const dataText = JSON.stringify(data ?? null);
    const errorText = JSON.stringify(errors ?? null);
    const sent = JSON.stringify(operation.variables);
    for (const canary of canaries) {
      const inError = errorText.includes(canary) && !sent.includes(canary);
      if (!dataText.includes(canary) && !inError) continue;
      found.set(canary, [...(found.get(canary) ?? []), `${operation.query} ${sent}`]);
    }
  }
  return found;
}

/** The fields that no answer had a value for, as `Type.field`: about those the walk has proved nothing. */
export function silentFields(answers: readonly WalkedAnswer[]): string[] {
  const silent = new Set<string>();
  const spoken = new Set<string>();
  for (const { operation, data } of answers) {
    const objects = objectsAt(data, operation.path);
    for (const leaf of operation.leaves) {
      const name = `${operation.type}.${leaf}`;
      const hasValue = objects.some((object) => object[leaf] !== null && object[leaf] !== undefined);
      (hasValue ? spoken : silent).add(name);
    }
  }
  return [...silent].filter((name) => !spoken.has(name)).sort();
}

function objectsAt(data: unknown, path: readonly string[]): Record<string, unknown>[] {
  let level: unknown[] = [data];
  for (const key of path) {
    level = level.flat(9).map((item) => (item as Record<string, unknown> | null)?.[key] ?? null);
  }
  return level.flat(9).filter((item): item is Record<string, unknown> => typeof item === 'object' && item !== null);
}

/** Calls `found` for each object type on the way: once for all its plain leaves, once for each leaf with arguments. */
function visitType(
  walked: { readonly schema: GraphQLSchema; readonly ends: readonly string[] },
  type: GraphQLObjectType,
  steps: readonly Step[],
  found: (steps: readonly Step[], leaves: readonly Step[]) => void,
): void {
  const fields = Object.values(type.getFields()).map((field): Step => ({ parent: type, field, on: null }));
  const leaves = fields.filter(({ field }) => isLeafType(getNamedType(field.type)));
  const plain = leaves.filter(({ field }) => field.args.length === 0);
  if (plain.length > 0) found(steps, plain);
  for (const leaf of leaves.filter(({ field }) => field.args.length > 0)) found(steps, [leaf]);

  const last = steps.at(-1);
  const isEnd = last !== undefined && walked.ends.includes(`${last.parent.name}.${last.field.name}`);
  if (isEnd || steps.some(({ parent }) => parent === type)) return;
  for (const step of fields) {
    for (const next of objectTypesOf(walked.schema, getNamedType(step.field.type))) {
      const on = isAbstractType(getNamedType(step.field.type)) ? next.name : null;
      visitType(walked, next, [...steps, { ...step, on }], found);
    }
  }
}

function objectTypesOf(schema: GraphQLSchema, type: GraphQLNamedOutputType): readonly GraphQLObjectType[] {
  if (isObjectType(type)) return [type];
  return isAbstractType(type) ? schema.getPossibleTypes(type) : [];
}

type Variation = ReadonlyMap<GraphQLArgument, unknown>;

class ArgumentValues {
  private readonly used = new Set<string>();
  private readonly missing = new Set<string>();

  constructor(private readonly table: ArgumentTable) {}

  /** The usual values, and for each argument each of its other values. */
  *variations(steps: readonly Step[]): Generator<Variation> {
    const choices = steps.flatMap((step) => step.field.args.map((arg) => [arg, this.valuesOf(step, arg)] as const));
    const usual: Variation = new Map(choices.map(([arg, [first]]) => [arg, first]));
    yield usual;
    for (const [arg, values] of choices) {
      for (const value of values.slice(1)) yield new Map(usual).set(arg, value);
    }
  }

  complain(): void {
    const problems = [
      ...[...this.missing].map((key) => `no values for ${key}`),
      ...Object.keys(this.table)
        .filter((key) => !this.used.has(key))
        .map((key) => `no argument takes the values of ${key}`),
    ];
    if (problems.length > 0) throw new Error(`the table of arguments does not fit the schema:\n${problems.join('\n')}`);
  }

  private valuesOf({ parent, field }: Step, arg: GraphQLArgument): readonly unknown[] {
    const own = `${parent.name}.${field.name}(${arg.name}:)`;
    const general = `(${arg.name}: ${getNamedType(arg.type).name})`;
    const key = own in this.table ? own : general;
    const values = this.table[key];
    if (values === undefined || values.length === 0 || (isRequiredArgument(arg) && values.includes(undefined))) {
      this.missing.add(own);
      return [undefined];
    }
    this.used.add(key);
    return values;
  }
}

/** Values go as variables, so that they need no spelling in GraphQL. */
function operationOf(
  root: 'query' | 'mutation',
  rootType: GraphQLObjectType,
  steps: readonly Step[],
  leaves: readonly Step[],
  variation: Variation,
): PlannedOperation {
  const variables: Record<string, unknown> = {};
  const declarations: string[] = [];

  function call({ field }: Step): string {
    const given = field.args.filter((arg) => variation.get(arg) !== undefined);
    const texts = given.map((arg) => {
      const name = `v${declarations.length}`;
      declarations.push(`$${name}: ${arg.type}`);
      variables[name] = variation.get(arg);
      return `${arg.name}: $${name}`;
    });
    return texts.length === 0 ? field.name : `${field.name}(${texts.join(', ')})`;
  }

  const opening = steps.map((step) => `${call(step)} { ${step.on === null ? '' : `... on ${step.on} { `}`).join('');
  const closing = steps.map(({ on }) => (on === null ? ' }' : ' } }')).join('');
  const body = `{ ${opening}${leaves.map(call).join(' ')}${closing} }`;
  const signature = declarations.length === 0 ? '' : `(${declarations.join(', ')}) `;
  return {
    query: `${root} ${signature}${body}`,
    variables,
    path: steps.map(({ field }) => field.name),
    type: nameOfLast(rootType, steps),
    leaves: leaves.map(({ field }) => field.name),
  };
}

function nameOfLast(rootType: GraphQLObjectType, steps: readonly Step[]): string {
  const last = steps.at(-1);
  return last === undefined ? rootType.name : (last.on ?? getNamedType(last.field.type).name);
}
