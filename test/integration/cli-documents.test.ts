import { readFileSync } from 'node:fs';
import { buildSchema, parse, validate } from 'graphql';
import { expect, it } from 'vitest';
import { progressQuery } from '../../src/cli/demo/progress.js';
import { demoQueries } from '../../src/cli/demo/queries.js';
import * as documents from '../../src/cli/documents.js';

const schema = buildSchema(readFileSync(new URL('../../schema.graphql', import.meta.url), 'utf8'));

const demo = [...demoQueries({ accessKeyId: 'AKIAEXAMPLE', sourceIPAddress: '192.0.2.1' }), ...demoQueries(null)].map(
  ({ title, document }) => [title, document],
);

it.each([...Object.entries(documents), ['progress of the demo', progressQuery], ...demo])(
  'what the command line asks exists in the API: %s',
  (_, document) => {
    expect(validate(schema, parse(document ?? '')).map(({ message }) => message)).toEqual([]);
  },
);
