import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { adminToken, type post } from '../../support/app.js';
import { openReaches } from '../../support/reaches.js';

/*
 * Values nested so deep that a walk over them would overflow the stack. Truth: the limit of 200 levels is ours
 * (src/api/nesting-limit.ts); 50,000 levels of `[` are 100 KB, a tenth of what a request may have.
 */

let world: Awaited<ReturnType<typeof openReaches>>;
beforeAll(async () => {
  world = await openReaches();
});
afterAll(() => world.stop());

const lists = (levels: number) => `${'['.repeat(levels)}1${']'.repeat(levels)}`;
const objects = (levels: number) => `${'{"a":'.repeat(levels)}1${'}'.repeat(levels)}`;
/** The same as GraphQL has it, where names stand without quotes. */
const literal = (json: string) => json.replaceAll('"', '');

/** Sends variables as JSON text: `JSON.stringify` could not write them either. */
async function send(query: string, variables: string) {
  const response = await fetch(`${world.url}/graphql`, {
    method: 'POST',
    headers: { authorization: `Bearer ${adminToken}`, 'content-type': 'application/json' },
    body: `{"query":${JSON.stringify(query)},"variables":${variables}}`,
  });
  const { data, errors } = (await response.json()) as Awaited<ReturnType<typeof post>>;
  return { status: response.status, data, extensions: errors?.[0]?.extensions };
}

const refused = (argument: unknown) => ({
  status: 400,
  extensions: { code: 'BAD_USER_INPUT', argument, reason: 'is nested more than 200 levels deep' },
});

const test =
  'query ($event: JSON!, $eventPattern: JSON!) { testEventPattern(event: $event, eventPattern: $eventPattern) }';
const putRule = 'mutation ($input: PutRuleInput!) { putRule(input: $input) { rule { name } } }';
const putEvents = 'mutation ($input: PutEventsInput!) { putEvents(input: $input) { failedEntryCount } }';
const putTargets = 'mutation ($input: PutRuleTargetsInput!) { putRuleTargets(input: $input) { rule { name } } }';

/** Path of an argument, an operation that has it, and its variables with some value there. */
const cases: [string, string, (value: string) => string][] = [
  ['event', test, (value) => `{"event":${value},"eventPattern":{"a":["b"]}}`],
  ['eventPattern', test, (value) => `{"event":{},"eventPattern":${value}}`],
  ['input.eventPattern', putRule, (value) => `{"input":{"name":"r","eventPattern":${value}}}`],
  [
    'input.entries[0].detail',
    putEvents,
    (value) => `{"input":{"entries":[{"source":"s","detailType":"d","detail":${value}}]}}`,
  ],
  [
    'input.targets[0].inputTransformer.inputPathsMap',
    putTargets,
    (value) =>
      `{"input":{"rule":"r","targets":[{"id":"a","target":"t",
        "inputTransformer":{"inputTemplate":"\\"x\\"","inputPathsMap":${value}}}]}}`,
  ],
];

describe('a variable that is nested too deep is refused by name', () => {
  describe.each(cases)('%s', (argument, query, variables) => {
    it.each([
      ['201 lists', lists(201)],
      ['50,000 lists', lists(50_000)],
      ['50,000 objects', objects(50_000)],
    ])('%s', async (_name, value) => {
      const answer = await send(query, variables(value));
      expect(answer).toMatchObject(refused(expect.stringContaining(argument)));
      expect(String((answer.extensions as { argument?: string }).argument).length).toBeLessThan(80);
    });
  });

  it('even one that the operation does not use', async () => {
    expect(await send('{ __typename }', `{"unused":${lists(50_000)}}`)).toMatchObject(
      refused(expect.stringMatching(/^unused/)),
    );
  });
});

describe('a value in the document that is nested too deep is refused by the name of its argument', () => {
  it.each([
    ['201 lists', lists(201), 'event'],
    ['201 objects', literal(objects(201)), 'event'],
    ['2,400 lists, which overflow the parser', lists(2_400), 'event'],
    ['200,000 lists without an end', '['.repeat(200_000), 'event'],
  ])('%s', async (_name, value, argument) => {
    const query = `{ testEventPattern(eventPattern: { a: ["b)("] } event: ${value}) }`;
    expect(await send(query, '{}')).toMatchObject(refused(argument));
  });

  it.each([
    ['a default of a variable', `query ($v: JSON = ${lists(2_000)}) { __typename }`, 'v'],
    ['in a directive', `{ __typename @skip(if: ${lists(2_000)}) }`, 'if'],
    ['fields in fields', `${'{ a '.repeat(2_000)}${'}'.repeat(2_000)}`, 'query'],
  ])('%s', async (_name, query, argument) => {
    expect(await send(query, '{}')).toMatchObject(refused(argument));
  });

  it('but brackets in a text are no levels', async () => {
    const query = `{ testEventPattern(event: { a: "${'['.repeat(300)}" } eventPattern: { a: [{ prefix: "[[" }] }) }`;
    expect(await send(query, '{}')).toMatchObject({ status: 200, data: { testEventPattern: true } });
  });

  it.each([
    ['no document', '{ "'],
    ['nothing', ''],
  ])('and %s is told by the parser', async (_name, query) => {
    expect(await send(query, '{}')).toMatchObject({ status: 400, extensions: { code: 'BAD_USER_INPUT' } });
  });
});

describe('200 levels are read', () => {
  const event = objects(200);

  it('in a variable', async () => {
    const answer = await send(test, `{"event":${event},"eventPattern":{"b":["c"]}}`);
    expect(answer).toMatchObject({ status: 200, data: { testEventPattern: false } });
  });

  it('in the document', async () => {
    const query = `{ testEventPattern(event: ${literal(event)} eventPattern: { b: ["c"] }) }`;
    expect(await send(query, '{}')).toMatchObject({ status: 200, data: { testEventPattern: false } });
  });
});
