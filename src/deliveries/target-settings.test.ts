import { describe, expect, it } from 'vitest';
import { rules } from '../../test/support/targets.js';
import { scopeOfGrant } from '../access/scope.js';
import { CrosstrailError } from '../platform/errors.js';
import { TargetType } from './target.entity.js';
import type { PutTargetInput } from './target.inputs.js';
import { type OpenTarget, parseTargetInput } from './target-settings.js';

const everyone = scopeOfGrant(null);
const [one, two] = ['111111111111', '222222222222'];
const secret = `whsec_${Buffer.alloc(32, 1).toString('base64')}`;
const hook: PutTargetInput = {
  name: 'hook',
  type: TargetType.WEBHOOK,
  url: 'https://hooks.example/in',
  secrets: [secret],
};
const parse = (input: PutTargetInput, known: OpenTarget | null = null, scope = everyone) =>
  parseTargetInput(input, known, rules, scope);

/** With something in every field. */
const known: OpenTarget = parse({
  ...hook,
  headers: [{ name: 'x-token', value: 'abc' }],
  description: 'for tests',
  accountIds: [one],
  ordered: true,
  maxConcurrency: 3,
  maxAgeSeconds: 600,
  timeoutSeconds: 5,
});

// Truth: the descriptions of `PutTargetInput` in the schema.
it('gives a new target the defaults of what is left out', () => {
  expect(parse(hook)).toEqual({
    name: 'hook',
    type: 'WEBHOOK',
    description: null,
    accountIds: null,
    ordered: false,
    maxConcurrency: 8,
    maxAgeSeconds: 86_400,
    timeoutSeconds: 10,
    settings: { url: 'https://hooks.example/in', headerNames: [] },
    secrets: { signing: [secret], headers: {} },
  });
});

it('keeps what is left out of a known one', () => {
  expect(parse({ name: 'hook' }, known)).toEqual(known);
});

describe('null takes away', () => {
  const cases: [keyof PutTargetInput, object][] = [
    ['description', { description: null }],
    ['accountIds', { accountIds: null }],
    ['headers', { secrets: { signing: [secret], headers: {} } }],
    ['ordered', { ordered: false }],
    ['maxConcurrency', { maxConcurrency: 8 }],
    ['maxAgeSeconds', { maxAgeSeconds: 86_400 }],
    ['timeoutSeconds', { timeoutSeconds: 10 }],
  ];
  it.each(cases)('%s', (field, expected) => {
    expect(parse({ name: 'hook', [field]: null }, known)).toMatchObject(expected);
  });

  it('secrets, in whose place new ones are made', () => {
    const { newSecret, secrets } = parse({ name: 'hook', secrets: null }, known);
    expect(newSecret).toMatch(/^whsec_/);
    expect(secrets).toMatchObject({ signing: [newSecret] });
  });
});

it('takes nothing of another kind over, but what all kinds have', () => {
  const slack = parse({ name: 'hook', type: TargetType.SLACK, url: 'https://hooks.slack.com/services/T/B/x' }, known);
  expect(slack).toMatchObject({ description: 'for tests', maxConcurrency: 3, accountIds: [one] });
  expect(JSON.stringify([slack.settings, slack.secrets])).not.toMatch(/whsec_|x-token|abc|hooks\.example/);
});

// Truth: the limits in the descriptions of `PutTargetInput`.
describe('a target is refused', () => {
  const cases: [string, object, string][] = [
    ['without a type', { type: null }, 'input.type'],
    ['without a name', { name: '' }, 'input.name'],
    ['with a name of 65', { name: 'x'.repeat(65) }, 'input.name'],
    ['with a slash in its name', { name: 'a/b' }, 'input.name'],
    ['with a long description', { description: 'x'.repeat(513) }, 'input.description'],
    ['for no account', { accountIds: [] }, 'input.accountIds'],
    ['for an account beyond its token', { accountIds: [one, '333333333333'] }, 'input.accountIds'],
    ['with no concurrency', { maxConcurrency: 0 }, 'input.maxConcurrency'],
    ['with a concurrency of 33', { maxConcurrency: 33 }, 'input.maxConcurrency'],
    ['with an age of 59 s', { maxAgeSeconds: 59 }, 'input.maxAgeSeconds'],
    ['with an age of 15 days', { maxAgeSeconds: 1_209_601 }, 'input.maxAgeSeconds'],
    ['with no time to answer', { timeoutSeconds: 0 }, 'input.timeoutSeconds'],
    ['with 31 s to answer', { timeoutSeconds: 31 }, 'input.timeoutSeconds'],
    ['with a field of another kind', { routingKey: 'x' }, 'input.routingKey'],
    ['with an address that may not be called', { url: 'https://internal.example/' }, 'input.url'],
  ];
  it.each(cases)('%s', (_, change, argument) => {
    const refuse = () => parse({ ...hook, ...change }, null, scopeOfGrant([one, two]));
    expect(refuse).toThrow(CrosstrailError);
    expect(refuse).toThrow(expect.objectContaining({ details: expect.objectContaining({ argument }) }));
  });
});

it.each([
  ['left out, all that the token may see', undefined, null, [one, two]],
  ['left out of a known one, those that it has', undefined, known, [one]],
  ['null, all that the token may see', null, known, [one, two]],
  ['given, those, once and in order', [two, one, two], known, [one, two]],
])('its accounts are, %s', (_, accountIds, before, expected) => {
  const input = accountIds === undefined ? hook : { ...hook, accountIds };
  expect(parse(input, before, scopeOfGrant([two, one])).accountIds).toEqual(expected);
});
