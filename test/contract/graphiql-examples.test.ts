import { buildSchema, getOperationAST, getVariableValues, parse, validate } from 'graphql';
import { expect, it } from 'vitest';
import { schemaText } from '../../src/app.js';

const { examples } = (await import(String('../../src/api/graphiql/examples.js'))) as {
  examples: readonly { query: string; variables?: string }[];
};
const schema = buildSchema(await schemaText());

it.each(examples.map(({ query, variables }) => [/^(?:query|subscription) (\w+)/m.exec(query)?.[1], query, variables]))(
  'the example %s in GraphiQL is an operation of the schema, with variables that fit',
  (_name, query = '', variables = '{}') => {
    const document = parse(query);
    expect(validate(schema, document)).toEqual([]);
    const definitions = getOperationAST(document)?.variableDefinitions ?? [];
    const result = getVariableValues(schema, definitions, JSON.parse(variables) as Record<string, unknown>);
    expect(result.errors).toBeUndefined();
    for (const definition of definitions) expect(result.coerced).toHaveProperty(definition.variable.name.value);
  },
);
