import type { Sql } from '../platform/database/database.js';
import type { MissedTimes } from './rule.entity.js';
import type { RuleDefinition } from './rule-set.port.js';

/** A rule whose schedule is due, held by the transaction that read it. */
export interface DueSchedule
  extends Pick<RuleDefinition, 'id' | 'name' | 'eventBusName' | 'accountIds' | 'reachId' | 'targets'> {
  readonly scheduleExpression: string;
  readonly missedTimes: MissedTimes;
  readonly anchor: Date;
  readonly nextTime: Date;
  /** Another with each change. */
  readonly version: string;
}

/**
 * Those that another process holds are left to it.
 *
 * @param leftOut versions of rules by their ids
 */
export async function takeDueSchedules(
  sql: Sql,
  now: Date,
  leftOut: ReadonlyMap<string, string>,
  limit: number,
): Promise<DueSchedule[]> {
  return sql.query<DueSchedule>(
    `WITH due AS MATERIALIZED (
       SELECT * FROM rule WHERE next_time <= $1 AND state = 'ENABLED' AND schedule_expression IS NOT NULL
         AND (id, updated_at::text) NOT IN (SELECT * FROM unnest($3::bigint[], $4::text[]))
       ORDER BY next_time, id LIMIT $2 FOR UPDATE SKIP LOCKED
     )
     SELECT due.id, due.name, due.event_bus_name AS "eventBusName", due.account_ids AS "accountIds", due.reach_id AS "reachId",
       due.schedule_expression AS "scheduleExpression", due.missed_times AS "missedTimes", due.anchor,
       due.next_time AS "nextTime", due.updated_at::text AS version,
       coalesce((SELECT json_agg(json_build_object(
         'id', rule_target.id, 'targetId', rule_target.target_id::text, 'input', rule_target.input,
         'inputPath', rule_target.input_path, 'inputTransformer', rule_target.input_transformer) ORDER BY rule_target.id)
         FROM rule_target WHERE rule_target.rule_id = due.id), '[]') AS targets
     FROM due ORDER BY due.next_time, due.id`,
    [now, limit, [...leftOut.keys()], [...leftOut.values()]],
  );
}

export async function writeNextTime(sql: Sql, ruleId: string, nextTime: Date | null): Promise<void> {
  await sql.query('UPDATE rule SET next_time = $2 WHERE id = $1', [ruleId, nextTime]);
}
