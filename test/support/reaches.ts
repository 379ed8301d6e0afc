import { expect } from 'vitest';
import { adminToken, ask, openTestApp, post } from './app.js';
import { openReceiver } from './receiver.js';
import { createTestDatabase } from './test-database.js';

export const A = '111111111111';
export const B = '222222222222';
/** Accounts of rules, targets and tokens, by the names that tests have for them; null: every account. */
export const reaches = { A: [A], B: [B], AB: [A, B], all: null } as const;
export type Reach = keyof typeof reaches;

/** What a mutation came to. */
type Attempt = 'ok' | { readonly code: string; readonly argument: string | undefined; readonly message: string };

/** An API without a worker, a token of each reach, and a receiver for what is delivered in the end. */
export async function openReaches() {
  const test = await createTestDatabase();
  const app = await openTestApp('api', { databaseUrl: test.url, allowedNetworks: '127.0.0.1' });
  const receiver = await openReceiver();
  const tokenOf = (accountIds: readonly string[]) => makeToken(app.url, accountIds);
  const tokens: Record<Reach, string> = {
    A: await tokenOf([A]),
    B: await tokenOf([B]),
    AB: await tokenOf([A, B]),
    all: adminToken,
  };

  async function attempt(as: Reach, mutation: string, type: string, input: object): Promise<Attempt> {
    const query = `mutation ($input: ${type}!) { ${mutation} }`;
    const [error] = (await post(app.url, tokens[as], query, { input })).errors ?? [];
    if (error === undefined) return 'ok';
    const { code, argument } = error.extensions as { code: string; argument?: string };
    return { code, argument, message: error.message };
  }

  const webhook = { type: 'WEBHOOK', url: `${receiver.url}/hook` };
  /** Of events that tell nothing of themselves, where no other pattern is given. */
  const putRule = (as: Reach, input: object) =>
    attempt(as, 'putRule(input: $input) { rule { name } }', 'PutRuleInput', {
      eventPattern: { source: [{ prefix: '' }] },
      ...input,
    });
  const putTarget = (as: Reach, input: object) =>
    attempt(as, 'putTarget(input: $input) { target { name } }', 'PutTargetInput', input);
  const putRuleTargets = (as: Reach, rule: string, target: string) =>
    attempt(as, 'putRuleTargets(input: $input) { rule { name } }', 'PutRuleTargetsInput', {
      rule,
      targets: [{ id: 'one', target }],
    });
  const removeRuleTargets = (as: Reach, rule: string) =>
    attempt(as, 'removeRuleTargets(input: $input) { rule { name } }', 'RemoveRuleTargetsInput', { rule, ids: ['one'] });

  return {
    database: test.database,
    databaseUrl: test.url,
    url: app.url,
    receiver,
    tokens,
    webhook,
    putRule,
    putTarget,
    putRuleTargets,
    removeRuleTargets,
    clear: () => test.database.query('TRUNCATE rule, rule_target, target, delivery, metric, data_point CASCADE'),

    /** By the all-account token: the target `hook` and the rule `rule` of some reach; with both, the rule sends there. */
    async given({ target, rule }: { target?: Reach; rule?: Reach }): Promise<void> {
      if (target) expect(await putTarget('all', { name: 'hook', ...webhook, accountIds: reaches[target] })).toBe('ok');
      if (rule) expect(await putRule('all', { name: 'rule', accountIds: reaches[rule] })).toBe('ok');
      if (target && rule) expect(await putRuleTargets('all', 'rule', 'hook')).toBe('ok');
    },

    async stop(): Promise<void> {
      await app.stop();
      await receiver.stop();
      await test.drop();
    },
  };
}

async function makeToken(url: string, accountIds: readonly string[]): Promise<string> {
  const scopes = ['RULES_READ', 'RULES_WRITE', 'EVENTS_READ', 'EVENTS_WRITE'];
  const { createToken } = await ask<{ createToken: { secret: string } }>(
    url,
    'mutation ($input: CreateTokenInput!) { createToken(input: $input) { secret } }',
    { input: { name: 'narrow', scopes, accountIds, expiresAt: new Date(Date.now() + 3_600_000) } },
  );
  return createToken.secret;
}
