import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { mergePoints } from '../../../src/metrics/point-merge.service.js';
import { adminToken, ask, post } from '../../support/app.js';
import { openReaches } from '../../support/reaches.js';
import { plantRuleFigures } from '../../support/rule-figures.js';

/* The figures of a rule are data points of metrics of our own: appended as they come about, and merged later. */

/** One for all rows of a test: they are of the same minute where they are meant to be. */
let now: Date;
let world: Awaited<ReturnType<typeof openReaches>>;
beforeAll(async () => {
  world = await openReaches();
});
afterAll(() => world.stop());
beforeEach(async () => {
  await world.clear();
  now = new Date();
  for (const name of ['one', 'two']) expect(await world.putRule('all', { name })).toBe('ok');
});

/** Of the minute that was so many seconds ago. */
async function plant(rule: string, secondsAgo: number, matched: number): Promise<void> {
  await plantRuleFigures(world.database, rule, sumOf(matched), new Date(now.getTime() - secondsAgo * 1000));
}

interface Figures {
  readonly matchedEvents: number;
}
async function figures(rule: string, window?: number): Promise<Figures> {
  const argument = window === undefined ? '' : `(window: ${window})`;
  const { rule: found } = await ask<{ rule: { statistics: Figures } }>(
    world.url,
    `{ rule(name: "${rule}") { statistics${argument} { matchedEvents triggeredRules invocations failedInvocations } } }`,
  );
  return found.statistics;
}
const sumOf = (matchedEvents: number) => ({
  matchedEvents,
  triggeredRules: matchedEvents * 10,
  invocations: matchedEvents * 100,
  failedInvocations: matchedEvents * 1000,
});
const [minute, hour, day] = [60, 3600, 86_400];

describe('the figures of a window', () => {
  it.each([
    [10 * minute, 1],
    [2 * hour, 3],
    [3 * day, 7],
    [15 * day, 15],
  ])('of %d s are those of its minutes, of this rule', async (window, expected) => {
    await plant('one', minute, 1);
    await plant('one', hour, 2);
    await plant('one', 2 * day, 4);
    await plant('one', 14 * day, 8);
    await plant('one', 16 * day, 16);
    await plant('two', minute, 512);
    expect(await figures('one', window)).toEqual(sumOf(expected));
  });

  it('of several rules and windows are each given in one request', async () => {
    await plant('one', minute, 1);
    await plant('two', hour, 2);
    const answer = await ask(
      world.url,
      '{ rules { nodes { short: statistics(window: 600) { matchedEvents } long: statistics(window: 7200) { matchedEvents } } } }',
    );
    const of = (short: number, long: number) => ({ short: { matchedEvents: short }, long: { matchedEvents: long } });
    expect(answer).toEqual({ rules: { nodes: [of(1, 1), of(0, 2)] } });
  });

  it.each([59, 1_296_001, -1, 0])('of %d s are refused', async (window) => {
    const document = `{ rule(name: "one") { statistics(window: ${window}) { matchedEvents } } }`;
    const { errors } = await post(world.url, adminToken, document);
    expect(errors?.[0]?.extensions).toMatchObject({ code: 'BAD_USER_INPUT', argument: 'window' });
  });
});

describe('merging', () => {
  const merge = async () => {
    while ((await mergePoints(world.database, new Date(now.getTime() + 5 * minute * 1000))) > 0);
  };

  it('changes no figure', async () => {
    for (const matched of [1, 2, 4]) for (const age of [5 * minute, hour]) await plant('one', age, matched);
    for (const matched of [8, 16]) await plant('two', hour, matched);
    const before = await Promise.all(['one', 'two'].map((rule) => figures(rule, day)));
    expect(before).toEqual([sumOf(14), sumOf(24)]);
    await merge();
    expect(await Promise.all(['one', 'two'].map((rule) => figures(rule, day)))).toEqual(before);
    expect(await figures('one', 10 * minute)).toEqual(sumOf(7));
  });

  it('keeps the sums where two processes do it at once, and more comes in', async () => {
    for (let times = 0; times < 20; times++) await plant('one', 5 * minute, 1);
    const late = plant('one', 5 * minute, 1);
    await Promise.all([merge(), merge(), late]);
    await merge();
    expect(await figures('one', hour)).toEqual(sumOf(21));
  });
});

it('forgets the figures of a rule that others may see from now on', async () => {
  await plant('one', minute, 1);
  expect(await world.putRule('all', { name: 'one', description: 'new' })).toBe('ok');
  expect(await figures('one')).toEqual(sumOf(1));
  expect(await world.putRule('all', { name: 'one', accountIds: ['111111111111'] })).toBe('ok');
  expect(await figures('one')).toEqual(sumOf(0));
});
