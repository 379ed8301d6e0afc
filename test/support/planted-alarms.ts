import type { AlarmChange } from '../../src/alarms/alarm-change.port.js';
import type { AlarmDefinition } from '../../src/alarms/alarm-definition.js';
import { reachIdOf } from '../../src/deliveries/reach.service.js';
import type { AlarmState } from '../../src/patterns/alarm-rule/alarm-state.js';
import type { Sql } from '../../src/platform/database/database.js';
import { metricAlarm } from './alarm-announcements.js';

export interface PlantedAlarm {
  readonly id: string;
  readonly definitionId: string;
  readonly definition: AlarmDefinition;
}

/**
 * An alarm as its rows, made on 1 October 2026.
 *
 * @param actions names of targets, by the state whose actions they are
 */
export async function plantAlarm(
  sql: Sql,
  given: AlarmDefinition | string,
  actions: Partial<Record<AlarmState, readonly string[]>> = {},
  place: { readonly accountId?: string; readonly region?: string } = {},
): Promise<PlantedAlarm> {
  const definition = typeof given === 'string' ? metricAlarm({ alarmName: given }) : given;
  const { alarmName, alarmType, accountIds } = definition;
  const reachId = accountIds === null ? null : await reachIdOf(sql, accountIds);
  const [row] = await sql.query<{ id: string }>(
    `INSERT INTO alarm (name, type, definition_id, account_id, aws_region, account_ids, reach_id, tags, actions_enabled,
       created_at, updated_at, state, state_reason, state_updated_at, state_transitioned_at, judged_from, judged_through,
       due_at)
     SELECT $1, $2, 0, $3, $4, $5, $6, '{}', true, made, made, 'INSUFFICIENT_DATA', 'Unchecked: Initial alarm creation',
       made, made, made, made, '2200-01-01'
     FROM (VALUES ('2026-10-01T08:00:00Z'::timestamptz)) AS made (made) RETURNING id`,
    [alarmName, alarmType, place.accountId ?? null, place.region ?? null, accountIds, reachId],
  );
  const { id } = row as { id: string };
  const [made] = await sql.query<{ id: string }>(
    'INSERT INTO alarm_definition (alarm_id, definition, created_at) VALUES ($1, $2, now()) RETURNING id',
    [id, JSON.stringify(definition)],
  );
  const definitionId = (made as { id: string }).id;
  await sql.query('UPDATE alarm SET definition_id = $2 WHERE id = $1', [id, definitionId]);
  for (const [state, targets] of Object.entries(actions)) {
    await sql.query(
      `INSERT INTO alarm_action (alarm_id, state, target_id, place)
       SELECT $1, $2, target.id, named.place FROM unnest($3::text[]) WITH ORDINALITY AS named (name, place)
       JOIN target USING (name)`,
      [id, state, targets],
    );
  }
  return { id, definitionId, definition };
}

/** Changes as their rows, in their order. */
export async function plantChanges(sql: Sql, changes: readonly AlarmChange[]): Promise<void> {
  for (const change of changes) {
    await sql.query(
      `INSERT INTO alarm_change (id, position, alarm_id, definition_id, account_ids, evaluated_at, happened_at, detected_at,
         previous_state, state, state_reason, state_reason_data, revision, supersedes)
       SELECT $1, (SELECT coalesce(max(position), 0) + 1 FROM alarm_change), alarm.id, definition_id, $3, $4, $5, $6, $7, $8,
         $9, $10, $11, $12
       FROM alarm WHERE alarm.id = $2`,
      [
        change.id,
        change.alarmId,
        change.definition.accountIds,
        ...[change.evaluatedAt, change.timestamp, change.detectedAt].map((time) => new Date(time)),
        change.previousState,
        change.state,
        change.stateReason,
        change.stateReasonData,
        change.revision,
        change.supersedes,
      ],
    );
  }
  await sql.query('UPDATE alarm_position SET position = (SELECT coalesce(max(position), 0) FROM alarm_change)');
}
