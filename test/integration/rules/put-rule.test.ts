import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { adminToken, ask, post } from '../../support/app.js';
import { openReaches } from '../../support/reaches.js';

/* Rules over the API. What they make of events is read as deliveries: nothing is sent, for there is no worker. */

let world: Awaited<ReturnType<typeof openReaches>>;
beforeAll(async () => {
  world = await openReaches();
});
afterAll(() => world.stop());
beforeEach(async () => {
  await world.clear();
  expect(await world.putTarget('all', { name: 'hook', ...world.webhook })).toBe('ok');
});

const fields = `name arn eventBusName eventPattern scheduleExpression missedTimes nextTime description accountIds state
  createdAt targets { id target input inputPath inputTransformer { inputPathsMap inputTemplate } }`;
type Rule = Record<string, unknown>;

async function mutate(name: string, input: object): Promise<Rule> {
  const type = `${name.startsWith('enable') || name.startsWith('disable') || name === 'deleteRule' ? 'RuleName' : `${name[0]?.toUpperCase()}${name.slice(1)}`}Input`;
  const document = `mutation ($input: ${type}!) { ${name}(input: $input) { rule { ${fields} } } }`;
  const answer = await ask<Record<string, { rule: Rule }>>(world.url, document, { input });
  return answer[name]?.rule ?? {};
}
const find = async (name: string) =>
  (await ask<{ rule: Rule | null }>(world.url, `query ($name: String!) { rule(name: $name) { ${fields} } }`, { name }))
    .rule;

async function putEvents(entries: readonly object[]) {
  const document = `mutation ($input: PutEventsInput!) {
    putEvents(input: $input) { failedEntryCount entries { eventId errorCode } } }`;
  return post(world.url, adminToken, document, { input: { entries } });
}
const order = { source: 'shop', detailType: 'Order', detail: {} };
const bodies = () => world.database.query<{ rule: string }>('SELECT rule_name AS rule FROM delivery ORDER BY id');

describe('putRule', () => {
  const pattern = { name: 'orders', eventPattern: { source: ['shop'] } };

  it('replaces what there is by this name, but for its targets and its birth', async () => {
    const first = await mutate('putRule', {
      ...pattern,
      description: 'first',
      eventBusName: 'shop',
      state: 'DISABLED',
    });
    await mutate('putRuleTargets', { rule: 'orders', targets: [{ id: 'a', target: 'hook', inputPath: '$.detail' }] });
    const again = await mutate('putRule', { name: 'orders', eventPattern: '{"source": ["bank"]}' });
    expect(again).toMatchObject({
      eventBusName: 'default',
      eventPattern: { source: ['bank'] },
      description: null,
      state: 'ENABLED',
      createdAt: first['createdAt'],
      targets: [{ id: 'a', target: 'hook', inputPath: '$.detail' }],
    });
    expect(await find('orders')).toEqual(again);
  });

  it('comes to the same when it is sent again', async () => {
    const input = { name: 'beat', scheduleExpression: 'rate(1 hour)' };
    expect(await mutate('putRule', input)).toEqual(await mutate('putRule', input));
  });

  const cases: [string, object, object][] = [
    ['both kinds', { scheduleExpression: 'rate(1 hour)' }, { argument: 'input' }],
    ['neither kind', { eventPattern: null }, { argument: 'input' }],
    ['a wrong pattern', { eventPattern: '{"source": "shop"}' }, { argument: 'input.eventPattern', position: 11 }],
    [
      'a wrong schedule',
      { eventPattern: null, scheduleExpression: 'rate(5 minute)' },
      { argument: 'input.scheduleExpression', position: expect.any(Number) },
    ],
    ['a wrong name', { name: 'a b' }, { argument: 'input.name' }],
  ];
  it.each(cases)('refuses %s, by argument, reason and position, and changes nothing', async (_, change, expected) => {
    const before = await mutate('putRule', pattern);
    const document = 'mutation ($input: PutRuleInput!) { putRule(input: $input) { rule { name } } }';
    const [error] = (await post(world.url, adminToken, document, { input: { ...pattern, ...change } })).errors ?? [];
    expect(error?.extensions).toMatchObject({
      code: 'BAD_USER_INPUT',
      reason: expect.stringMatching(/\S/),
      ...expected,
    });
    expect(await find('orders')).toEqual(before);
  });

  it('refuses targets of which one is wrong, and adds none', async () => {
    await mutate('putRule', pattern);
    const attempt = async (...targets: object[]) => {
      const document = 'mutation ($input: PutRuleTargetsInput!) { putRuleTargets(input: $input) { rule { name } } }';
      const answer = await post(world.url, adminToken, document, { input: { rule: 'orders', targets } });
      return answer.errors?.[0]?.extensions;
    };
    const good = { id: 'a', target: 'hook' };
    expect(await attempt(good, { id: 'b', target: 'none' })).toMatchObject({ argument: 'input.targets[1].target' });
    const map = { inputPathsMap: { x: 7 }, inputTemplate: '<x>' };
    expect(await attempt(good, { ...good, id: 'b', inputTransformer: map })).toMatchObject({
      code: 'BAD_USER_INPUT',
      argument: 'input.targets[1].inputTransformer.inputPathsMap.x',
    });
    expect(await find('orders')).toMatchObject({ targets: [] });
  });
});

it('does nothing while it is disabled, and what came meanwhile is gone', async () => {
  await mutate('putRule', { name: 'orders', eventPattern: { source: ['shop'] } });
  await mutate('putRuleTargets', { rule: 'orders', targets: [{ id: 'a', target: 'hook' }] });
  await putEvents([order]);
  expect(await mutate('disableRule', { name: 'orders' })).toMatchObject({ state: 'DISABLED' });
  await putEvents([order, order]);
  expect(await bodies()).toHaveLength(1);
  expect(await mutate('enableRule', { name: 'orders' })).toMatchObject({ state: 'ENABLED' });
  await putEvents([order]);
  expect(await bodies()).toHaveLength(2);
  await mutate('deleteRule', { name: 'orders' });
  await putEvents([order]);
  expect(await bodies()).toEqual([{ rule: 'orders' }, { rule: 'orders' }]);
});

it('holds its targets: one that is used is not deleted', async () => {
  await mutate('putRule', { name: 'orders', eventPattern: { source: ['shop'] } });
  await mutate('putRuleTargets', { rule: 'orders', targets: [{ id: 'a', target: 'hook' }] });
  const document = 'mutation { deleteTarget(input: { name: "hook" }) { target { name } } }';
  const refused = await post(world.url, adminToken, document);
  expect(refused.errors?.[0]).toMatchObject({ extensions: { code: 'CONFLICT' } });
  expect(refused.errors?.[0]?.message).toContain('removeRuleTargets');
  await mutate('removeRuleTargets', { rule: 'orders', ids: ['a', 'unknown'] });
  expect((await post(world.url, adminToken, document)).errors).toBeUndefined();
});

// Truth: PutEvents, Amazon EventBridge API Reference: 1 to 10 entries, 256 KB in all.
describe('putEvents', () => {
  const large = (bytes: number) => ({ ...order, detail: { text: 'x'.repeat(bytes) } });
  /** Of everything of an entry but its text. */
  const rest = 'shop'.length + 'Order'.length + '{"text":""}'.length;
  const most = 256 * 1024;
  it.each([
    ['one event', [order], 'taken'],
    ['ten events', Array(10).fill(order), 'taken'],
    ['none', [], 'input.entries'],
    ['eleven', Array(11).fill(order), 'input.entries'],
    ['one as large as can be', [large(most - rest)], 'taken'],
    ['one a byte larger', [large(most - rest + 1)], 'input.entries'],
    ['two that are too large together', [large(most / 2), large(most / 2)], 'input.entries'],
  ])('of %s: %3$s', async (_, entries, expected) => {
    const { data, errors } = await putEvents(entries);
    if (expected === 'taken') expect(data).toMatchObject({ putEvents: { failedEntryCount: 0 } });
    else expect(errors?.[0]?.extensions).toMatchObject({ code: 'BAD_USER_INPUT', argument: expected });
  });
});
