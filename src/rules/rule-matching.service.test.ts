import { describe, expect, it, vi } from 'vitest';
import { CompiledRules, type RuleEvent } from './rule-matching.service.js';
import type { RuleDefinition } from './rule-set.port.js';

const came = '2026-11-20T12:00:00.000Z';
const nothing = { input: null, inputPath: null, inputTransformer: null };

function rule(id: string, more: Partial<RuleDefinition> = {}): RuleDefinition {
  return {
    id,
    name: `rule-${id}`,
    eventBusName: 'default',
    eventPattern: '{"source":["shop"]}',
    accountIds: null,
    reachId: null,
    maxEventAgeSeconds: null,
    targets: [{ id: 'a', targetId: '1', ...nothing }],
    ...more,
  };
}

function event(
  text = '{"source":"shop"}',
  accountIds: readonly string[] | null = ['111111111111'],
  time = Date.parse(came),
): RuleEvent {
  return { value: JSON.parse(text) as object, text: () => text, accountIds, time };
}

const idsOf = (rules: readonly RuleDefinition[], given: RuleEvent, bus = 'default') =>
  new CompiledRules({ version: '1', rules })
    .match(bus, given, came)
    .map(({ ruleId }) => ruleId)
    .sort();

describe('an event is seen by rules', () => {
  const rules = [rule('1'), rule('2', { eventBusName: 'orders' }), rule('3', { eventPattern: '{"source":["bank"]}' })];
  it.each([
    ['default', '{"source":"shop"}', ['1']],
    ['orders', '{"source":"shop"}', ['2']],
    ['Orders', '{"source":"shop"}', []],
    ['unknown', '{"source":"shop"}', []],
    ['default', '{"source":"bank"}', ['3']],
    ['default', '{"source":"none"}', []],
  ])('of its bus %s alone, where %s matches', (bus, text, expected) => {
    expect(idsOf(rules, event(text), bus)).toEqual(expected);
  });

  const [one, two] = ['111111111111', '222222222222'];
  const ofReach = [
    rule('all'),
    rule('one', { accountIds: [one] }),
    rule('both', { accountIds: [one, two] }),
    rule('none', { accountIds: [] }),
  ];
  // Truth: the description of `PutRuleInput.accountIds`.
  it.each([
    [[one], ['all', 'both', 'one']],
    [[two], ['all', 'both']],
    [
      [one, two],
      ['all', 'both'],
    ],
    [[two, '333333333333'], ['all']],
    [['333333333333'], ['all']],
    [null, ['all']],
  ])('that see all of its accounts %j', (accountIds, expected) => {
    expect(idsOf(ofReach, event(undefined, accountIds))).toEqual(expected);
  });

  // Truth: the description of `maxEventAgeSeconds`.
  it.each([
    ['2026-11-20T12:00:00Z', ['any', 'young']],
    ['2026-11-20T11:59:00Z', ['any', 'young']],
    ['2026-11-20T11:58:59.999Z', ['any']],
    ['2026-11-20T12:05:00Z', ['any', 'young']],
  ])('that take one which happened at %s', (time, expected) => {
    const rules = [rule('any'), rule('young', { maxEventAgeSeconds: 60 })];
    expect(idsOf(rules, event(undefined, null, Date.parse(time)))).toEqual(expected);
  });
});

it('gives each target of a rule what that one asks for', () => {
  const transformer = (inputTemplate: string, inputPathsMap: Record<string, string> = {}) => ({
    ...nothing,
    inputTransformer: { inputTemplate, inputPathsMap },
  });
  const targets = [
    { id: 'event', targetId: '1', ...nothing },
    { id: 'input', targetId: '1', ...nothing, input: '{"always": "this"}' },
    { id: 'path', targetId: '2', ...nothing, inputPath: '$.detail.total' },
    { id: 'gone', targetId: '2', ...nothing, inputPath: '$.detail.none' },
    { id: 'map', targetId: '3', ...transformer('{"total": <total>}', { total: '$.detail.total' }) },
    {
      id: 'rule',
      targetId: '3',
      ...transformer('"<aws.events.rule-arn> <aws.events.rule-name> <aws.events.event.ingestion-time>"'),
    },
    { id: 'whole', targetId: '3', ...transformer('<aws.events.event.json>') },
  ];
  const text = '{"source":"shop", "detail":{"total":1.50}}';
  const rules = [rule('1', { eventBusName: 'orders', targets })];
  const [match] = new CompiledRules({ version: '1', rules }).match('orders', event(text), came);
  expect(match?.bodies).toEqual([
    { id: 'event', targetId: '1', body: text, failure: null },
    { id: 'input', targetId: '1', body: '{"always": "this"}', failure: null },
    { id: 'path', targetId: '2', body: '1.50', failure: null },
    { id: 'gone', targetId: '2', body: 'null', failure: null },
    { id: 'map', targetId: '3', body: '{"total":1.50}', failure: null },
    { id: 'rule', targetId: '3', body: `"arn:aws:events:::rule/orders/rule-1 rule-1 ${came}"`, failure: null },
    { id: 'whole', targetId: '3', body: text, failure: null },
  ]);
});

it('matches, without anything to send, a rule that has no targets', () => {
  const rules = new CompiledRules({ version: '1', rules: [rule('1', { targets: [] })] });
  expect(rules.match('default', event(), came)).toEqual([{ ruleId: '1', bodies: [] }]);
});

it('asks for the text of an event once where rules match, and not where none does', () => {
  const text = vi.fn(() => '{"source":"shop"}');
  const rules = [
    rule('1'),
    rule('2'),
    rule('far', { accountIds: ['222222222222'], eventPattern: '{"source":["far"]}' }),
  ];
  const compiled = new CompiledRules({ version: '1', rules });
  compiled.match('default', { ...event('{"source":"far"}'), text }, came);
  expect(text).not.toHaveBeenCalled();
  compiled.match('default', { ...event(), text }, came);
  expect(text).toHaveBeenCalledOnce();
});

describe('what cannot be made of an event', () => {
  const transformer = (inputTemplate: string) => ({
    ...nothing,
    inputTransformer: { inputTemplate, inputPathsMap: { all: '$' } },
  });

  it('is told beside what can be: a message that would be too large', () => {
    const targets = [
      { id: 'large', targetId: '1', ...transformer(`"${'<all>'.repeat(1600)}"`) },
      { id: 'small', targetId: '1', ...nothing },
    ];
    const text = JSON.stringify({ source: 'shop', detail: 'x'.repeat(200_000) });
    const [match] = new CompiledRules({ version: '1', rules: [rule('1', { targets })] }).match(
      'default',
      event(text),
      came,
    );
    expect(match?.bodies).toMatchObject([
      { id: 'large', body: null, failure: expect.stringContaining('524288 are the most') },
      { id: 'small', body: text, failure: null },
    ]);
  });
});
