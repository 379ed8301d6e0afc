import type { Database } from '../../src/platform/database/database.js';
import { ask } from './app.js';
import { plantRuleFigures } from './rule-figures.js';

/*
 * Rules, targets and deliveries. Nothing is ever sent: what waits is due in a far future, and where a target is tried, it
 * is a port of this machine at which nobody listens.
 */

/** Of an event that a planted delivery tells of. */
interface Place {
  readonly accountId: string;
  readonly which: 'own' | 'canary';
  readonly eventId: string;
}

/** Values that no answer may hold, whoever asks. */
export const plantedSecrets = ['own', 'canary'].flatMap((which) => [headerValueOf(which), signingSecretOf(which)]);

/**
 * A target that rests and one without rules, a rule with a pattern and every kind of input, one with a schedule, their
 * figures, and deliveries in each state that lasts.
 *
 * @returns the ids of the deliveries: one that waits, one that was taken, two that failed
 */
export async function plantRules(
  database: Database,
  url: string,
  { accountId, which, eventId }: Place,
): Promise<string[]> {
  const accountIds = [accountId];
  const target = `${which}-target-name`;
  const rule = `${which}-rule-name`;
  await putTarget(url, { ...webhookOf(which), name: target, accountIds });
  await putTarget(url, { ...webhookOf(which), name: `${which}-spare-name`, accountIds });
  await database.query(
    `UPDATE target SET failures = 3, rests_until = '2200-01-01', last_error = $2, last_failure_at = now(),
       last_success_at = now() WHERE name = $1`,
    [target, `${which}-target-error`],
  );
  await putRule(url, {
    name: rule,
    eventBusName: `${which}-bus`,
    eventPattern: { source: [`${which}-rule-pattern`] },
    description: `${which}-rule-text`,
    maxEventAgeSeconds: 86_400,
    accountIds,
  });
  // The years are all that a schedule can say of itself.
  const scheduleExpression = `cron(0 0 1 1 ? ${which === 'own' ? 2190 : 2180})`;
  await putRule(url, { name: `${which}-schedule-name`, scheduleExpression, accountIds });
  await putRuleTargets(url, rule, [
    { id: `${which}-target-id`, target, input: `"${which}-target-input"` },
    { id: 'path', target, inputPath: `$.detail.${which}-target-path` },
    {
      id: 'transformer',
      target,
      inputTransformer: {
        inputPathsMap: { part: `$.detail.${which}-map-path` },
        inputTemplate: `"${which}-template <part>"`,
      },
    },
  ]);
  await plantStatistics(database, rule, which === 'own' ? 3 : 5);
  await plantStatistics(database, `${which}-schedule-name`, which === 'own' ? 7 : 11);
  const states = ['PENDING', 'DELIVERED', 'FAILED', 'FAILED'];
  return plantDeliveries(database, { rule, target, accountIds, accountId, eventId, which, states });
}

/** What is for the eyes of those who see both accounts, or all: a target, its rule, and what came of an own event. */
export async function plantSharedRules(
  database: Database,
  url: string,
  { accountId, eventId, accountIds }: { accountId: string; eventId: string; accountIds: readonly string[] },
): Promise<string[]> {
  const ids: string[] = [];
  for (const { which, reach } of [
    { which: 'canary-shared', reach: accountIds },
    { which: 'canary-every', reach: null },
  ]) {
    const [rule, target] = [`${which}-rule`, `${which}-target`];
    await putTarget(url, { ...webhookOf('canary'), name: target, accountIds: reach });
    await putRule(url, { name: rule, eventPattern: { source: ['canary-rule-pattern'] }, accountIds: reach });
    await putRuleTargets(url, rule, [{ id: 'one', target }]);
    await plantStatistics(database, rule, 13);
    const planted = { rule, target, accountIds: reach, accountId, eventId, which, states: ['FAILED'] };
    ids.push(...(await plantDeliveries(database, planted)));
  }
  return ids;
}

/** Rules before their targets, which they hold. */
export async function uprootRules(database: Database, accountId: string): Promise<void> {
  await database.query(
    'DELETE FROM data_point WHERE metric_id IN (SELECT id FROM metric WHERE $1 = ANY (account_ids))',
    [accountId],
  );
  await database.query('DELETE FROM delivery WHERE reach_id IN (SELECT id FROM reach WHERE $1 = ANY (account_ids))', [
    accountId,
  ]);
  for (const table of ['rule', 'target', 'reach', 'metric']) {
    await database.query(`DELETE FROM ${table} WHERE $1 = ANY (account_ids)`, [accountId]);
  }
}

function webhookOf(which: string) {
  return {
    type: 'WEBHOOK',
    url: `https://127.0.0.1:1/${which}-target-url`,
    description: `${which}-target-text`,
    headers: [{ name: `${which}-header-name`, value: headerValueOf(which) }],
    secrets: [signingSecretOf(which)],
  };
}

function headerValueOf(which: string): string {
  return `${which}-hidden-value`;
}

function signingSecretOf(which: string): string {
  return `whsec_${Buffer.from(`${which}-hidden-secret`.padEnd(32, '.')).toString('base64')}`;
}

const putTarget = (url: string, input: object) =>
  ask(url, 'mutation ($input: PutTargetInput!) { putTarget(input: $input) { secret } }', { input });
const putRule = (url: string, input: object) =>
  ask(url, 'mutation ($input: PutRuleInput!) { putRule(input: $input) { rule { name } } }', { input });
const putRuleTargets = (url: string, rule: string, targets: readonly object[]) =>
  ask(url, 'mutation ($input: PutRuleTargetsInput!) { putRuleTargets(input: $input) { rule { name } } }', {
    input: { rule, targets },
  });

/** @param figure what each of them is a multiple of, so that the figures of another rule would show in them */
async function plantStatistics(database: Database, rule: string, figure: number): Promise<void> {
  const added = {
    matchedEvents: figure * 1000,
    triggeredRules: figure * 100,
    invocations: figure * 10,
    failedInvocations: figure,
  };
  await plantRuleFigures(database, rule, added, new Date());
}

async function plantDeliveries(
  database: Database,
  planted: {
    readonly rule: string;
    readonly target: string;
    readonly accountIds: readonly string[] | null;
    readonly accountId: string;
    readonly eventId: string;
    readonly which: string;
    readonly states: readonly string[];
  },
): Promise<string[]> {
  const { which } = planted;
  const rows = await database.query<{ id: string }>(
    `INSERT INTO delivery (target_id, target_name, origin, rule_id, rule_name, rule_target_id, reach_id, account_id,
       event_id, event_time, subject, body, state, attempts, due_at, expires_at, error, answer, finished_at)
     SELECT target.id, target.name, 'RULE', rule.id, rule.name, $5, rule.reach_id, $3, $4, now(), $6, $7, planted.state, 2,
       '2200-01-01', '2200-01-01', $8, $9, CASE WHEN planted.state <> 'PENDING' THEN now() END
     FROM rule, target, unnest($10::text[]) WITH ORDINALITY AS planted (state, place)
     WHERE rule.name = $1 AND target.name = $2 ORDER BY planted.place RETURNING id::text AS id`,
    [
      planted.rule,
      planted.target,
      planted.accountId,
      planted.eventId,
      ...['target-id', 'delivery-subject', 'delivery-body', 'delivery-error', 'delivery-answer'].map(
        (name) => `${which}-${name}`,
      ),
      planted.states,
    ],
  );
  return rows.map(({ id }) => id);
}
