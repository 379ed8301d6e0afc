import { describe, expect, it } from 'vitest';
import { scopeOfGrant } from '../access/scope.js';
import { CrosstrailError } from '../platform/errors.js';
import type { PutRuleInput, RuleTargetInput } from './rule.inputs.js';
import { parseRule, parseRuleTargets } from './rule-settings.js';

const everyone = scopeOfGrant(null);
const [one, two] = ['111111111111', '222222222222'];
const ofPattern: PutRuleInput = { name: 'rule', eventPattern: { source: ['a'] } };
const ofSchedule: PutRuleInput = { name: 'rule', scheduleExpression: 'rate(1 hour)' };

/** What is told of a refusal. */
function refusal(work: () => unknown): { code: string; message: string; details: Readonly<Record<string, unknown>> } {
  try {
    work();
  } catch (error) {
    if (error instanceof CrosstrailError) return error;
    throw error;
  }
  throw new Error('it was taken');
}

// Truth: the descriptions of `PutRuleInput` in the schema.
describe('what is left out of a rule', () => {
  it('has its default, of a pattern', () => {
    expect(parseRule(ofPattern, everyone)).toMatchObject({
      name: 'rule',
      eventBusName: 'default',
      eventPattern: '{"source":["a"]}',
      scheduleExpression: null,
      missedTimes: 'LATEST',
      description: null,
      accountIds: null,
      state: 'ENABLED',
    });
  });

  it('has it for null, too', () => {
    const nulls = { eventBusName: null, scheduleExpression: null, description: null, accountIds: null, state: null };
    expect(parseRule({ ...ofPattern, ...nulls, missedTimes: null }, everyone)).toEqual(parseRule(ofPattern, everyone));
    expect(parseRule({ ...ofSchedule, eventPattern: null }, everyone)).toEqual(parseRule(ofSchedule, everyone));
  });

  it('keeps JSON text of a pattern as it was written', () => {
    const eventPattern = '{ "detail": {"total": [1.50]} }';
    expect(parseRule({ name: 'rule', eventPattern }, everyone).eventPattern).toBe(eventPattern);
  });
});

// Truth: limits of PutRule in the Amazon EventBridge API Reference; positions counted by hand.
describe('a rule is refused', () => {
  const cases: [string, object, string, number | undefined, string][] = [
    ['with pattern and schedule', { scheduleExpression: 'rate(1 hour)' }, 'input', undefined, 'either'],
    ['with neither', { eventPattern: null }, 'input', undefined, 'either'],
    ['without a name', { name: '' }, 'input.name', undefined, '1 to 64'],
    ['with a name of 65', { name: 'x'.repeat(65) }, 'input.name', undefined, '1 to 64'],
    ['with a name of two lines', { name: 'a\n' }, 'input.name', undefined, 'letters'],
    ['with a blank in its name', { name: 'a b' }, 'input.name', undefined, 'letters'],
    ['with a bus of 257', { eventBusName: 'x'.repeat(257) }, 'input.eventBusName', undefined, '1 to 256'],
    ['with an empty bus', { eventBusName: '' }, 'input.eventBusName', undefined, '1 to 256'],
    ['with a long description', { description: 'x'.repeat(513) }, 'input.description', undefined, '512'],
    ['with a pattern of no list', { eventPattern: '{"a": 1}' }, 'input.eventPattern', 6, ''],
    ['with a pattern cut off', { eventPattern: '{"a": [' }, 'input.eventPattern', 7, ''],
    ['with a pattern of a number', { eventPattern: 1 }, 'input.eventPattern', expect.anything(), ''],
    ['with an empty pattern', { eventPattern: {} }, 'input.eventPattern', expect.anything(), ''],
    ['with an unknown operator', { eventPattern: '{"a": [{"x": 1}]}' }, 'input.eventPattern', expect.anything(), ''],
    ['for no account', { accountIds: [] }, 'input.accountIds', undefined, 'no account'],
  ];
  it.each(cases)('%s', (_, change, argument, position, words) => {
    const { code, message, details } = refusal(() => parseRule({ ...ofPattern, ...change }, everyone));
    expect({ code, argument: details['argument'], position: details['position'] }).toEqual({
      code: 'BAD_USER_INPUT',
      argument,
      position,
    });
    expect(message).toContain(words);
    expect(details['reason']).toMatch(/\S/);
  });

  it.each([
    ['rate(0 minutes)', 5],
    ['cron(0 25 * * ? *)', 7],
    ['every hour', 0],
    ['rate(1 hour) ', 12],
  ])('with the schedule %s, at position %d', (scheduleExpression, position) => {
    const { details } = refusal(() => parseRule({ ...ofSchedule, scheduleExpression }, everyone));
    expect(details).toMatchObject({ argument: 'input.scheduleExpression', position });
  });

  it('with a schedule on another bus', () => {
    const { details } = refusal(() => parseRule({ ...ofSchedule, eventBusName: 'shop' }, everyone));
    expect(details).toMatchObject({ argument: 'input.eventBusName' });
  });
});

it.each([
  ['all that the token may see, where none are named', undefined, [two, one], [one, two]],
  ['those named, once and in order', [two, one, two], null, [one, two]],
])('sees %s', (_, accountIds, token, expected) => {
  const input = accountIds === undefined ? ofPattern : { ...ofPattern, accountIds };
  expect(parseRule(input, scopeOfGrant(token)).accountIds).toEqual(expected);
});

it('sees no account that its token does not', () => {
  const { details } = refusal(() => parseRule({ ...ofPattern, accountIds: [one, two] }, scopeOfGrant([one])));
  expect(details).toMatchObject({ argument: 'input.accountIds' });
});

describe('targets of a rule', () => {
  const target: RuleTargetInput = { id: 'a', target: 'hook' };

  it('get nothing of what is left out', () => {
    const nothing = { input: null, inputPath: null, inputTransformer: null };
    expect(parseRuleTargets([target, { ...target, id: 'b', ...nothing }])).toEqual([
      { ...target, ...nothing },
      { ...target, id: 'b', ...nothing },
    ]);
  });

  // Truth: the descriptions of `RuleTargetInput` and `InputTransformerInput` in the schema.
  const transformer = (inputTemplate: string, inputPathsMap: unknown = null) => ({
    inputTransformer: { inputTemplate, inputPathsMap },
  });
  const cases: [string, object[], string][] = [
    ['none', [], 'input.targets'],
    ['one id twice', [{}, { id: 'b' }, {}], 'input.targets[2].id'],
    ['an id that is no name', [{ id: 'a b' }], 'input.targets[0].id'],
    ['input and path', [{ input: '1', inputPath: '$.a' }], 'input.targets[0].inputPath'],
    ['input that is no JSON', [{}, { id: 'b', input: 'text' }], 'input.targets[1].input'],
    ['a path that is none', [{ inputPath: 'detail' }], 'input.targets[0].inputPath'],
    ['an unknown variable', [transformer('"<x>"')], 'input.targets[0].inputTransformer.inputTemplate'],
    [
      'a reserved name',
      [transformer('1', { 'aws.x': '$.a' })],
      'input.targets[0].inputTransformer.inputPathsMap.aws.x',
    ],
    ['a number for a path', [transformer('<x>', { x: 1 })], 'input.targets[0].inputTransformer.inputPathsMap.x'],
    ['a list for the map', [transformer('"1"', ['$.a'])], 'input.targets[0].inputTransformer.inputPathsMap'],
    ['text for the map', [transformer('"1"', '$.a')], 'input.targets[0].inputTransformer.inputPathsMap'],
  ];
  it.each(cases)('are refused with %s', (_, targets, argument) => {
    const given = targets.map((change) => ({ ...target, ...change }) as RuleTargetInput);
    const { code, details } = refusal(() => parseRuleTargets(given));
    expect({ code, argument: details['argument'] }).toEqual({ code: 'BAD_USER_INPUT', argument });
  });
});
