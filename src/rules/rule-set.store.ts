import type { Sql } from '../platform/database/database.js';
import type { RuleDefinition } from './rule-set.port.js';

export async function readVersion(sql: Sql): Promise<string> {
  const [row] = await sql.query<{ version: string }>('SELECT version FROM rule_version');
  return (row as { version: string }).version;
}

/** Each change of rules, or of what they refer to, goes with it. Its row is locked to the commit: changes take turns. */
export async function raiseVersion(sql: Sql): Promise<void> {
  await sql.query('UPDATE rule_version SET version = version + 1');
}

/** Those that are enabled and have a pattern. */
export async function readRules(sql: Sql): Promise<RuleDefinition[]> {
  return sql.query<RuleDefinition>(
    `SELECT rule.id, rule.name, rule.event_bus_name AS "eventBusName", rule.event_pattern AS "eventPattern",
       rule.account_ids AS "accountIds", rule.reach_id AS "reachId", rule.max_event_age_seconds AS "maxEventAgeSeconds",
       coalesce(json_agg(json_build_object(
         'id', rule_target.id, 'targetId', rule_target.target_id::text, 'input', rule_target.input,
         'inputPath', rule_target.input_path, 'inputTransformer', rule_target.input_transformer
       ) ORDER BY rule_target.id) FILTER (WHERE rule_target.id IS NOT NULL), '[]') AS targets
     FROM rule LEFT JOIN rule_target ON rule_target.rule_id = rule.id
     WHERE rule.state = 'ENABLED' AND rule.event_pattern IS NOT NULL
     GROUP BY rule.id ORDER BY rule.name`,
  );
}
