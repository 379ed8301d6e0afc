import { buildSchema, type GraphQLFieldResolver, graphql, isObjectType } from 'graphql';
import { describe, expect, it } from 'vitest';
import { type ArgumentTable, canariesIn, planWalk, silentFields, walk } from './schema-walk.js';

const sdl = `
  type Query {
    account(id: ID!): Account
    accounts(filter: Filter, first: Int): AccountConnection!
    node(id: ID!): Node
    total: Int!
  }
  input Filter { ids: [ID!] }
  interface Node { id: ID! }
  type Account implements Node {
    id: ID!
    name: String!
    siblings: [Account!]!
    source: Source
    title(prefix: String): String!
  }
  type Source implements Node { id: ID! bucket: String! }
  type AccountConnection { nodes: [Account!]! totalCount: Int! }
`;

interface Row {
  readonly id: string;
  readonly name: string;
  readonly source: { id: string; bucket: string };
}

const rows: readonly Row[] = [
  { id: 'own', name: 'own-name', source: { id: 'own-source', bucket: 'own-bucket' } },
  { id: 'far', name: 'far-name', source: { id: 'far-source', bucket: 'far-bucket' } },
];
const canaries = ['"far"', 'far-name', 'far-source', 'far-bucket'];

const table: ArgumentTable = {
  'Query.account(id:)': ['own', 'far'],
  'Query.node(id:)': ['own', 'own-source', 'far', 'far-source'],
  '(filter: Filter)': [undefined, { ids: ['far'] }],
  '(first: Int)': [undefined],
  'Account.title(prefix:)': ['Mr '],
};

type Context = { visible: (row: Row) => boolean };
type Resolvers = Record<string, GraphQLFieldResolver<never, Context>>;

/** A schema that keeps to what the caller may see, but for the resolvers given. */
function toySchema(leaks: Resolvers = {}) {
  const schema = buildSchema(sdl);
  const visible = (context: Context) => rows.filter(context.visible);
  const resolvers: Resolvers = {
    'Query.account': (_root, { id }, context) => visible(context).find((row) => row.id === id),
    'Query.accounts': (_root, { filter }, context) => {
      const nodes = visible(context).filter(({ id }) => filter?.ids?.includes(id) ?? true);
      return { nodes, totalCount: nodes.length };
    },
    'Query.node': (_root, { id }, context) =>
      visible(context)
        .flatMap((row) => [row, row.source])
        .find((node) => node.id === id),
    'Query.total': (_root, _args, context) => visible(context).length,
    'Account.siblings': (_root, _args, context) => visible(context),
    'Account.title': (root: Row, { prefix }) => prefix + root.name,
    ...leaks,
  };
  for (const type of Object.values(schema.getTypeMap())) {
    if (!isObjectType(type)) continue;
    for (const field of Object.values(type.getFields())) {
      const resolve = resolvers[`${type.name}.${field.name}`];
      if (resolve) field.resolve = resolve as GraphQLFieldResolver<unknown, unknown>;
    }
    type.isTypeOf = (value) => ('bucket' in (value as object) ? 'Source' : 'Account') === type.name;
  }
  for (const name of ['AccountConnection', 'Query']) delete (schema.getType(name) as { isTypeOf?: unknown }).isTypeOf;
  return schema;
}

async function found(leaks: Resolvers, visible: Context['visible']) {
  const schema = toySchema(leaks);
  const answers = await walk(planWalk(schema, table), (source, variableValues) =>
    graphql({ schema, source, variableValues, contextValue: { visible } }),
  );
  return { canaries: [...canariesIn(answers, canaries).keys()].sort(), silent: silentFields(answers) };
}

const everyone = () => true;
const narrow = ({ id }: Row) => id === 'own';

describe('a walk over a schema that leaks nothing', () => {
  it('finds every canary for who may see all, and a value for every field', async () => {
    expect(await found({}, everyone)).toEqual({ canaries: [...canaries].sort(), silent: [] });
  });

  it('finds none for who may see one', async () => {
    expect((await found({}, narrow)).canaries).toEqual([]);
  });
});

describe('a leak is found', () => {
  const far = rows[1] as Row;

  it.each<[string, Resolvers, string]>([
    ['in a field of the root', { 'Query.account': (_r, { id }) => rows.find((row) => row.id === id) }, '"far"'],
    [
      'behind the value of a filter',
      { 'Query.accounts': (_r, { filter }) => ({ nodes: filter ? [far] : [], totalCount: 0 }) },
      'far-name',
    ],
    ['behind an interface', { 'Query.node': (_r, { id }) => (id === 'far-source' ? far.source : null) }, 'far-bucket'],
    ['in a field that leads back to its own type', { 'Account.siblings': () => rows }, 'far-name'],
    ['in a field with an argument', { 'Account.title': () => 'far-name' }, 'far-name'],
    [
      'in an error',
      {
        'Account.source': () => {
          throw new Error('no access to far-bucket');
        },
      },
      'far-bucket',
    ],
  ])('%s', async (_name, leaks, canary) => {
    expect((await found(leaks, narrow)).canaries).toContain(canary);
  });

  it('but an error may repeat what the operation sent', async () => {
    const refusing: Resolvers = {
      'Query.account': (_root, { id }) => {
        throw new Error(`account ${id} does not exist`);
      },
    };
    expect((await found(refusing, narrow)).canaries).toEqual([]);
  });
});

it('a field that never has a value is named: the walk proves nothing about it', async () => {
  expect((await found({ 'Account.source': () => null }, everyone)).silent).toEqual([]);
  const { silent } = await found({ 'Account.source': () => null, 'Query.node': () => null }, everyone);
  expect(silent).toEqual(['Source.bucket', 'Source.id']);
});

it('a way ends where it is told to, and others go on', () => {
  const waysTo = (type: string, ends: string[]) =>
    new Set(
      planWalk(toySchema(), table, 'query', ends)
        .filter((operation) => operation.type === type)
        .map(({ path }) => path.join('.')),
    );
  expect([...waysTo('Source', ['AccountConnection.nodes', 'Account.siblings'])]).toEqual([
    'account.source',
    'node.source',
    'node',
  ]);
  expect(waysTo('Account', ['AccountConnection.nodes'])).toContain('accounts.nodes');
});

describe('the table of arguments', () => {
  const without = (key: string) => Object.fromEntries(Object.entries(table).filter(([name]) => name !== key));

  it.each([
    ['an argument without values', without('Query.node(id:)'), 'no values for Query.node(id:)'],
    ['an optional argument without values', without('(filter: Filter)'), 'no values for Query.accounts(filter:)'],
    ['a required argument left out', { ...table, 'Query.node(id:)': [undefined] }, 'no values for Query.node(id:)'],
    ['values that no argument takes', { ...table, '(last: Int)': [1] }, 'no argument takes the values of (last: Int)'],
  ])('%s fails the walk', (_name, given, message) => {
    expect(() => planWalk(toySchema(), given)).toThrow(message);
  });

  it('has every value tried', () => {
    const sent = planWalk(toySchema(), table).flatMap(({ variables }) => Object.values(variables));
    for (const value of Object.values(table).flat()) if (value !== undefined) expect(sent).toContainEqual(value);
  });
});
