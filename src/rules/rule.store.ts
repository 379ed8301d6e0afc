import type { AccountScope } from '../access/scope.js';
import type { Sql } from '../platform/database/database.js';
import { Parameters } from '../platform/database/parameters.js';
import type { MissedTimes, Rule, RuleState } from './rule.entity.js';
import type { RuleFilter } from './rule.inputs.js';
import type { TargetInputSettings } from './rule-set.port.js';

/** A rule as its row has it. */
export type RuleRow = Omit<Rule, 'arn' | 'eventPattern'> & { readonly eventPattern: string | null };

const columns = `
  rule.id, rule.name, rule.event_bus_name AS "eventBusName", rule.event_pattern AS "eventPattern",
  rule.schedule_expression AS "scheduleExpression", rule.missed_times AS "missedTimes", rule.next_time AS "nextTime",
  rule.description, rule.account_ids AS "accountIds", rule.state, rule.created_at AS "createdAt",
  rule.updated_at AS "updatedAt", rule.max_event_age_seconds AS "maxEventAgeSeconds",
  coalesce((
    SELECT json_agg(json_build_object(
      'id', rule_target.id, 'target', target.name, 'input', rule_target.input, 'inputPath', rule_target.input_path,
      'inputTransformer', rule_target.input_transformer) ORDER BY rule_target.id)
    FROM rule_target JOIN target ON target.id = rule_target.target_id WHERE rule_target.rule_id = rule.id
  ), '[]') AS targets`;

function conditions(scope: AccountScope, filter: RuleFilter, parameters: Parameters): string {
  const all = ['true'];
  if (scope.accountIds !== null) {
    all.push(`coalesce(rule.account_ids <@ ${parameters.add(scope.accountIds, 'text[]')}, false)`);
  }
  if (filter.namePrefix) all.push(`starts_with(rule.name, ${parameters.add(filter.namePrefix, 'text')})`);
  if (filter.eventBusNames) all.push(`rule.event_bus_name = ANY (${parameters.add(filter.eventBusNames, 'text[]')})`);
  if (filter.states) all.push(`rule.state = ANY (${parameters.add(filter.states, 'text[]')})`);
  if (filter.targets) {
    const names = parameters.add(filter.targets, 'text[]');
    all.push(
      `rule.id IN (SELECT rule_id FROM rule_target JOIN target ON target.id = target_id WHERE target.name = ANY (${names}))`,
    );
  }
  return all.join(' AND ');
}

/** By name. */
export async function listRules(
  sql: Sql,
  scope: AccountScope,
  filter: RuleFilter,
  after: string | null,
  limit: number,
): Promise<RuleRow[]> {
  const parameters = new Parameters();
  const where = conditions(scope, filter, parameters);
  const beyond = after === null ? '' : `AND rule.name > ${parameters.add(after, 'text')}`;
  return sql.query<RuleRow>(
    `SELECT ${columns} FROM rule WHERE ${where} ${beyond} ORDER BY rule.name LIMIT ${parameters.add(limit, 'integer')}`,
    parameters.values,
  );
}

export async function countRules(sql: Sql, scope: AccountScope, filter: RuleFilter): Promise<number> {
  const parameters = new Parameters();
  const [row] = await sql.query<{ count: number }>(
    `SELECT count(*)::integer AS count FROM rule WHERE ${conditions(scope, filter, parameters)}`,
    parameters.values,
  );
  return (row as { count: number }).count;
}

/** Whoever has its name, whatever its reach. */
export async function findRule(sql: Sql, name: string): Promise<RuleRow | null> {
  const [row] = await sql.query<RuleRow>(`SELECT ${columns} FROM rule WHERE rule.name = $1`, [name]);
  return row ?? null;
}

/** Changes of rules take turns: this holds the turn to the commit. */
export async function lockRules(sql: Sql): Promise<void> {
  await sql.query('SELECT version FROM rule_version FOR UPDATE');
}

/** What all rules but one come to. */
export async function sizeOfOthers(
  sql: Sql,
  name: string,
): Promise<{ rules: number; alternatives: number; accounts: number }> {
  const [row] = await sql.query<{ rules: number; alternatives: number; accounts: number }>(
    `SELECT count(*)::integer AS rules, coalesce(sum(alternatives), 0)::integer AS alternatives,
       coalesce(sum(cardinality(account_ids)), 0)::integer AS accounts
     FROM rule WHERE name <> $1`,
    [name],
  );
  return row as { rules: number; alternatives: number; accounts: number };
}

/** What is stored of a rule. */
export interface RuleSettings {
  readonly name: string;
  readonly eventBusName: string;
  readonly eventPattern: string | null;
  readonly scheduleExpression: string | null;
  readonly missedTimes: MissedTimes;
  readonly description: string | null;
  readonly accountIds: readonly string[] | null;
  /** See reach.service.ts. */
  readonly reachId: string | null;
  /** Of its pattern; 0 for a schedule. */
  readonly alternatives: number;
  readonly maxEventAgeSeconds: number | null;
  readonly state: RuleState;
  /** What a rate counts from. */
  readonly anchor: Date | null;
  readonly nextTime: Date | null;
}

/** Of a schedule that stays as it is, the next time is left to whoever runs it: it may be due already. */
export async function writeRule(sql: Sql, rule: RuleSettings): Promise<void> {
  await sql.query(
    `INSERT INTO rule (name, event_bus_name, event_pattern, schedule_expression, missed_times, description, account_ids,
       state, anchor, next_time, max_event_age_seconds, reach_id, alternatives)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
     ON CONFLICT (name) DO UPDATE SET event_bus_name = $2, event_pattern = $3, schedule_expression = $4,
       missed_times = $5, description = $6, account_ids = $7, state = $8, anchor = $9,
       next_time = CASE WHEN rule.schedule_expression = $4 AND rule.state = 'ENABLED' AND $8 = 'ENABLED'
         THEN coalesce(rule.next_time, $10) ELSE $10 END,
       max_event_age_seconds = $11, reach_id = $12, alternatives = $13, updated_at = now()`,
    [
      rule.name,
      rule.eventBusName,
      rule.eventPattern,
      rule.scheduleExpression,
      rule.missedTimes,
      rule.description,
      rule.accountIds,
      rule.state,
      rule.anchor,
      rule.nextTime,
      rule.maxEventAgeSeconds,
      rule.reachId,
      rule.alternatives,
    ],
  );
}

export async function readSchedule(sql: Sql, name: string): Promise<{ anchor: Date | null } | null> {
  const [row] = await sql.query<{ anchor: Date | null }>('SELECT anchor FROM rule WHERE name = $1', [name]);
  return row ?? null;
}

/** Of one that has the state already, the next time is left as it is. */
export async function writeState(sql: Sql, name: string, state: RuleState, nextTime: Date | null): Promise<void> {
  await sql.query(
    `UPDATE rule SET state = $2, next_time = CASE WHEN state = $2 THEN coalesce(next_time, $3) ELSE $3 END, updated_at = now()
     WHERE name = $1`,
    [name, state, nextTime],
  );
}

export async function deleteRule(sql: Sql, name: string): Promise<void> {
  await sql.query('DELETE FROM rule WHERE name = $1', [name]);
}

/** A target of a rule as it is stored. */
export interface RuleTargetSettings extends TargetInputSettings {
  readonly id: string;
  readonly targetId: string;
}

export async function writeRuleTargets(
  sql: Sql,
  ruleId: string,
  targets: readonly RuleTargetSettings[],
): Promise<void> {
  await sql.query(
    `INSERT INTO rule_target (rule_id, id, target_id, input, input_path, input_transformer)
     SELECT $1, * FROM unnest($2::text[], $3::bigint[], $4::text[], $5::text[], $6::jsonb[])
     ON CONFLICT (rule_id, id) DO UPDATE SET target_id = excluded.target_id, input = excluded.input,
       input_path = excluded.input_path, input_transformer = excluded.input_transformer`,
    [
      ruleId,
      targets.map(({ id }) => id),
      targets.map(({ targetId }) => targetId),
      targets.map(({ input }) => input),
      targets.map(({ inputPath }) => inputPath),
      targets.map(({ inputTransformer }) => (inputTransformer === null ? null : JSON.stringify(inputTransformer))),
    ],
  );
  await sql.query('UPDATE rule SET updated_at = now() WHERE id = $1', [ruleId]);
}

export async function deleteRuleTargets(sql: Sql, ruleId: string, ids: readonly string[]): Promise<void> {
  await sql.query('DELETE FROM rule_target WHERE rule_id = $1 AND id = ANY ($2::text[])', [ruleId, ids]);
  await sql.query('UPDATE rule SET updated_at = now() WHERE id = $1', [ruleId]);
}

/** The targets of a rule, with the accounts whose data may go there. */
export async function reachOfTargets(
  sql: Sql,
  ruleId: string,
): Promise<{ name: string; accountIds: string[] | null }[]> {
  return sql.query(
    `SELECT target.name, target.account_ids AS "accountIds"
     FROM rule_target JOIN target ON target.id = target_id WHERE rule_id = $1 ORDER BY target.id FOR SHARE OF target`,
    [ruleId],
  );
}

/** Accounts whose events rules send to a target: null where one of them sees every account. Empty without rules. */
export async function accountsSentTo(sql: Sql, targetId: string): Promise<{ every: boolean; accountIds: string[] }> {
  const [row] = await sql.query<{ every: boolean; accountIds: string[] }>(
    `SELECT coalesce(bool_or(rule.account_ids IS NULL), false) AS every,
       coalesce((SELECT array_agg(DISTINCT account_id) FROM rule_target
         JOIN rule ON rule.id = rule_id, unnest(rule.account_ids) AS account_id WHERE target_id = $1), '{}') AS "accountIds"
     FROM rule_target JOIN rule ON rule.id = rule_id WHERE target_id = $1`,
    [targetId],
  );
  return row as { every: boolean; accountIds: string[] };
}
