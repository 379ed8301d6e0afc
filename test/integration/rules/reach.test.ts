import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createSecretBox } from '../../../src/platform/secrets/secret-box.js';
import { ask } from '../../support/app.js';
import { deferred } from '../../support/deferred.js';
import { eventually } from '../../support/eventually.js';
import { A, B, openReaches, type Reach, reaches } from '../../support/reaches.js';

/*
 * Who may make rules and targets of what. The truth of the tables is one sentence: whoever may change a target may see all
 * that goes there, and whoever may see a rule may see all that it matches.
 */

let world: Awaited<ReturnType<typeof openReaches>>;
beforeAll(async () => {
  world = await openReaches();
});
afterAll(() => world.stop());
beforeEach(() => world.clear());

const refused = (argument: string, message = '') => ({
  code: 'BAD_USER_INPUT',
  argument,
  message: expect.stringContaining(message),
});

/** What a refusal must not have changed. */
const stored = () =>
  world.database.query(
    `SELECT to_jsonb(target) AS row FROM target UNION ALL SELECT to_jsonb(rule) FROM rule
     UNION ALL SELECT to_jsonb(rule_target) FROM rule_target`,
  );

async function changesNothing(work: () => Promise<unknown>): Promise<unknown> {
  const before = await stored();
  const outcome = await work();
  expect(await stored()).toEqual(before);
  return outcome;
}

describe('a rule can send to a target that is for all its accounts, and to no other', () => {
  const cases: [Reach, Reach, boolean][] = [
    ['A', 'A', true],
    ['A', 'AB', true],
    ['A', 'all', true],
    ['AB', 'AB', true],
    ['all', 'all', true],
    ['AB', 'A', false],
    ['A', 'B', false],
    ['all', 'A', false],
    ['all', 'AB', false],
  ];
  it.each(cases)('a rule of %s to a target of %s: %s', async (rule, target, isAllowed) => {
    await world.given({ rule });
    await world.given({ target });
    const expected = isAllowed ? 'ok' : refused('input.targets[0].target', 'target "hook" is not for');
    if (isAllowed) expect(await world.putRuleTargets('all', 'rule', 'hook')).toEqual(expected);
    else expect(await changesNothing(() => world.putRuleTargets('all', 'rule', 'hook'))).toEqual(expected);
  });

  it.each(['AB', 'B', 'all'] as const)('a token of A cannot tell a target of %s from none', async (target) => {
    await world.given({ rule: 'A' });
    const none = await world.putRuleTargets('A', 'rule', 'hook');
    expect(none).toEqual(refused('input.targets[0].target', 'there is no target "hook"'));
    await world.given({ target });
    expect(await changesNothing(() => world.putRuleTargets('A', 'rule', 'hook'))).toEqual(none);
  });

  it('whoever sees a rule sees the name of a wider target that it was given, and nothing else of it', async () => {
    await world.given({ rule: 'A', target: 'AB' });
    const query = '{ rule(name: "rule") { targets { target } } target(name: "hook") { name } targets { totalCount } }';
    expect(await ask(world.url, query, {}, world.tokens.A)).toEqual({
      rule: { targets: [{ target: 'hook' }] },
      target: null,
      targets: { totalCount: 0 },
    });
  });
});

describe('a target has at least the accounts of its rules', () => {
  const narrower: [Reach, Reach, Reach][] = [
    ['AB', 'AB', 'A'],
    ['all', 'AB', 'A'],
    ['all', 'all', 'AB'],
    ['AB', 'A', 'B'],
  ];
  it.each(narrower)('one of %s with a rule of %s does not become one of %s', async (target, rule, to) => {
    await world.given({ target, rule });
    const outcome = await changesNothing(() => world.putTarget('all', { name: 'hook', accountIds: reaches[to] }));
    expect(outcome).toEqual(refused('input.accountIds', 'rules that use the target'));
    expect(await world.removeRuleTargets('all', 'rule')).toBe('ok');
    expect(await world.putTarget('all', { name: 'hook', accountIds: reaches[to] })).toBe('ok');
  });

  const wider: [Reach, Reach, Reach][] = [
    ['A', 'A', 'AB'],
    ['A', 'A', 'B'],
    ['AB', 'A', 'all'],
  ];
  it.each(wider)('with a target of %s a rule of %s does not become one of %s', async (target, rule, to) => {
    await world.given({ target, rule });
    const outcome = await changesNothing(() => world.putRule('all', { name: 'rule', accountIds: reaches[to] }));
    expect(outcome).toEqual(refused('input.accountIds', 'target "hook" is not for'));
  });

  it('an all-account token that leaves accountIds out means every account', async () => {
    await world.given({ target: 'A', rule: 'A' });
    const outcome = await changesNothing(() => world.putRule('all', { name: 'rule' }));
    expect(outcome).toEqual(refused('input.accountIds', 'target "hook" is not for'));
  });

  it('a rule becomes narrower, then its target', async () => {
    await world.given({ target: 'AB', rule: 'AB' });
    expect(await world.putRule('all', { name: 'rule', accountIds: [A] })).toBe('ok');
    expect(await world.putTarget('all', { name: 'hook', accountIds: [A] })).toBe('ok');
  });
});

describe('a name that is taken out of reach', () => {
  it.each(['B', 'AB', 'all'] as const)('by a rule or a target of %s is a conflict for a token of A', async (reach) => {
    await world.given({ rule: reach, target: reach });
    const conflict = (kind: string, name: string) => ({
      code: 'CONFLICT',
      argument: undefined,
      message: `the name "${name}" is taken by a ${kind} that this token does not cover`,
    });
    expect(await changesNothing(() => world.putRule('A', { name: 'rule' }))).toEqual(conflict('rule', 'rule'));
    expect(await changesNothing(() => world.putTarget('A', { name: 'hook', ...world.webhook }))).toEqual(
      conflict('target', 'hook'),
    );
  });

  it('is a conflict too where a target of that name is being made at the same moment', async () => {
    const [mayCommit, isInserted] = [deferred(), deferred()];
    const other = world.database.transaction(async (sql) => {
      await sql.query(
        `INSERT INTO target (name, type, account_ids, settings, secrets, is_ordered, max_concurrency, max_age_seconds,
           timeout_seconds) VALUES ('hook', 'WEBHOOK', $1, '{}', '', false, 1, 60, 1)`,
        [[B]],
      );
      isInserted.resolve();
      await mayCommit.promise;
    });
    await isInserted.promise;
    const put = world.putTarget('A', { name: 'hook', ...world.webhook });
    await eventually(
      () =>
        world.database.query(
          `SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'
             AND query LIKE 'INSERT INTO target%'`,
        ),
      (waiting) => waiting.length === 1,
    );
    mayCommit.resolve();
    await other;
    expect(await put).toMatchObject({ code: 'CONFLICT' });
    expect(await world.database.query('SELECT account_ids FROM target')).toEqual([{ account_ids: [B] }]);
  });
});

describe('a token of A sends to AWS', () => {
  const role = (accountId: string) => `arn:aws:iam::${accountId}:role/sender`;
  const queue = (accountId: string) => `arn:aws:sqs:eu-west-1:${accountId}:queue`;
  const sqs = (more: object = {}) => ({ name: 'queue', type: 'SQS', arn: queue(A), ...more });
  const noRole = { code: 'FORBIDDEN', argument: 'input.roleArn', message: expect.stringContaining('without a role') };
  const farRole = refused('input.roleArn', 'is a role of an account that this token does not cover');

  it('with a role of A, wherever the queue is', async () => {
    expect(await world.putTarget('A', sqs({ roleArn: role(A) }))).toBe('ok');
    expect(await world.putTarget('A', { name: 'queue', arn: queue(B) })).toBe('ok');
  });

  it.each([
    ['with a role of B', { roleArn: role(B) }, farRole],
    ['without a role', {}, noRole],
    ['with a role of null', { roleArn: null }, noRole],
    ['with an empty role', { roleArn: '' }, noRole],
  ])('not %s', async (_, more, expected) => {
    expect(await changesNothing(() => world.putTarget('A', sqs(more)))).toEqual(expected);
  });

  // An administrator gave the target that role; of its accounts it is the token's to see, and to test.
  it.each([
    ['another queue', { arn: queue(B) }],
    ['a description', { description: 'mine' }],
    ['the same role', { roleArn: role(B) }],
  ])('and gives a target whose role is of B no %s', async (_, change) => {
    expect(await world.putTarget('all', sqs({ roleArn: role(B), externalId: 'hidden', accountIds: [A] }))).toBe('ok');
    expect(await changesNothing(() => world.putTarget('A', { name: 'queue', ...change }))).toEqual(farRole);
  });

  it('and gives a target that has no role no other queue', async () => {
    expect(await world.putTarget('all', sqs({ accountIds: [A] }))).toBe('ok');
    expect(await changesNothing(() => world.putTarget('A', { name: 'queue', arn: queue(B) }))).toEqual(noRole);
  });

  it('and takes no role away', async () => {
    expect(await world.putTarget('A', sqs({ roleArn: role(A) }))).toBe('ok');
    expect(await changesNothing(() => world.putTarget('A', { name: 'queue', roleArn: null }))).toEqual(noRole);
  });

  it('with a role of its own in place of that of B, whose external id is gone with it', async () => {
    const externalId = async () => {
      const [row] = await world.database.query<{ secrets: Buffer }>('SELECT secrets FROM target');
      return createSecretBox([Buffer.alloc(32, 7)]).open(row?.secrets as Buffer, 'target:queue');
    };
    const given = sqs({ roleArn: role(B), externalId: 'hidden', accountIds: [A] });
    expect(await world.putTarget('all', given)).toBe('ok');
    expect(await externalId()).toEqual({ externalId: 'hidden' });
    expect(await world.putTarget('A', { name: 'queue', roleArn: role(A) })).toBe('ok');
    expect(await externalId()).toEqual({ externalId: null });
  });
});

describe('what a target keeps secret', () => {
  const secret = `whsec_${Buffer.alloc(32, 9).toString('base64')}`;
  const headers = [{ name: 'x-key', value: 'hidden-value' }];
  const known = { name: 'hook', type: 'WEBHOOK', url: 'https://127.0.0.1:1/in', headers, secrets: [secret] };
  const testTarget = () => ask(world.url, 'mutation { testTarget(name: "hook") { ok error } }', {}, world.tokens.A);

  it('does not go to another address', async () => {
    expect(await world.putTarget('A', known)).toBe('ok');
    const url = `${world.receiver.url}/elsewhere`;
    const moved = await changesNothing(() => world.putTarget('A', { name: 'hook', url }));
    expect(moved).toEqual(refused('input.headers'));
    const named = { name: 'hook', url, headers: [{ name: 'x-key' }] };
    expect(await changesNothing(() => world.putTarget('A', named))).toEqual(refused('input.headers[0].value'));
    expect(await world.putTarget('A', { name: 'hook', url, headers: null })).toBe('ok');
    const before = world.receiver.received.length;
    expect(await testTarget()).toEqual({ testTarget: { ok: true, error: null } });
    const request = world.receiver.received[before];
    expect(request?.path).toBe('/elsewhere');
    expect(request?.headers['webhook-signature']).toMatch(/^v1,/);
    expect(JSON.stringify(request)).not.toMatch(/hidden-value|x-key|whsec_|CQkJCQkJ/);
  });

  it('is gone once the target has been of another kind', async () => {
    expect(await world.putTarget('A', known)).toBe('ok');
    expect(await world.putTarget('A', { name: 'hook', type: 'SLACK', url: 'https://127.0.0.1:1/slack' })).toBe('ok');
    const back = `mutation ($input: PutTargetInput!) { putTarget(input: $input) { secret target { settings } } }`;
    const input = { name: 'hook', type: 'WEBHOOK', url: 'https://127.0.0.1:1/in' };
    const { putTarget: made } = await ask<{ putTarget: { secret: string } }>(
      world.url,
      back,
      { input },
      world.tokens.A,
    );
    expect(made).toMatchObject({ target: { settings: { headerNames: [] } } });
    expect(made.secret).toMatch(/^whsec_/);
    expect(made.secret).not.toBe(secret);
  });
});
