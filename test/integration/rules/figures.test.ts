import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { maintainFigures } from '../../../src/rules/rule-figures.service.js';
import { addStatistics } from '../../../src/rules/rule-statistic.store.js';
import { adminToken, ask, post } from '../../support/app.js';
import { openReaches } from '../../support/reaches.js';

/* The figures of a rule are appended as they come about, summed up by the minute, and kept for 15 days. */

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
  await world.database.query(
    `INSERT INTO rule_statistic (rule_id, minute, matched_events, triggered_rules, invocations, failed_invocations)
     SELECT id, date_trunc('minute', $2::timestamptz), $3::bigint, $3::bigint * 10, $3::bigint * 100,
       $3::bigint * 1000 FROM rule WHERE name = $1`,
    [rule, new Date(now.getTime() - secondsAgo * 1000), matched],
  );
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
const rows = async () =>
  (await world.database.query<{ count: number }>('SELECT count(*)::integer AS count FROM rule_statistic'))[0]?.count;

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

describe('maintenance', () => {
  it('sums up the rows of a minute that is over, and no figure changes', async () => {
    for (const matched of [1, 2, 4]) for (const age of [5 * minute, hour]) await plant('one', age, matched);
    for (const matched of [8, 16]) await plant('two', hour, matched);
    const before = await Promise.all(['one', 'two'].map((rule) => figures(rule, day)));
    expect(before).toEqual([sumOf(14), sumOf(24)]);
    expect(await rows()).toBe(8);
    await maintainFigures(world.database, new AbortController().signal);
    expect(await rows()).toBe(3);
    expect(await Promise.all(['one', 'two'].map((rule) => figures(rule, day)))).toEqual(before);
    expect(await figures('one', 10 * minute)).toEqual(sumOf(7));
    await maintainFigures(world.database, new AbortController().signal);
    expect(await rows()).toBe(3);
  });

  it('leaves the minute that is still being written', async () => {
    const [{ id } = { id: '' }] = await world.database.query<{ id: string }>(`SELECT id FROM rule WHERE name = 'one'`);
    for (let times = 0; times < 3; times++) await addStatistics(world.database, [{ ruleId: id, matchedEvents: 1 }]);
    await maintainFigures(world.database, new AbortController().signal);
    expect(await rows()).toBe(3);
    expect(await figures('one')).toMatchObject({ matchedEvents: 3, triggeredRules: 0 });
  });

  it('keeps the sums where two processes do it at once, and more comes in', async () => {
    for (let times = 0; times < 20; times++) await plant('one', 5 * minute, 1);
    const late = plant('one', 5 * minute, 1);
    await Promise.all([
      maintainFigures(world.database, new AbortController().signal),
      maintainFigures(world.database, new AbortController().signal),
      late,
    ]);
    await maintainFigures(world.database, new AbortController().signal);
    expect(await figures('one', hour)).toEqual(sumOf(21));
    expect(await rows()).toBe(1);
  });

  it('forgets what is older than 15 days, and the figures of a rule that is deleted', async () => {
    await plant('one', 16 * day, 1);
    await plant('one', 14 * day, 2);
    await plant('two', minute, 4);
    await ask(world.url, 'mutation { deleteRule(input: { name: "two" }) { rule { name } } }');
    await maintainFigures(world.database, new AbortController().signal);
    expect(await rows()).toBe(1);
    expect(await figures('one', 15 * day)).toEqual(sumOf(2));
  });
});

it('forgets the figures of a rule that others may see from now on', async () => {
  await plant('one', minute, 1);
  expect(await world.putRule('all', { name: 'one', description: 'new' })).toBe('ok');
  expect(await figures('one')).toEqual(sumOf(1));
  expect(await world.putRule('all', { name: 'one', accountIds: ['111111111111'] })).toBe('ok');
  expect(await figures('one')).toEqual(sumOf(0));
});
