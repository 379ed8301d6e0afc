import type { AccountScope } from '../access/scope.js';
import type { AlarmState } from '../patterns/alarm-rule/alarm-state.js';
import type { Sql } from '../platform/database/database.js';
import { Parameters } from '../platform/database/parameters.js';
import type { AlarmFilter } from './alarm.inputs.js';
import type { AlarmDefinition } from './alarm-definition.js';
import type { AlarmEvaluationState, AlarmOrigin } from './alarm-enums.entity.js';

/** An alarm as its row has it, with its definition. */
export interface AlarmRow {
  readonly id: string;
  readonly definitionId: string;
  readonly name: string;
  readonly type: AlarmDefinition['alarmType'];
  readonly origin: AlarmOrigin;
  readonly accountId: string | null;
  readonly region: string | null;
  readonly accountIds: readonly string[] | null;
  readonly pack: string | null;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  readonly state: AlarmState;
  readonly stateReason: string;
  readonly stateReasonData: Readonly<Record<string, unknown>> | null;
  readonly stateUpdatedAt: Date;
  readonly stateTransitionedAt: Date;
  readonly evaluationState: AlarmEvaluationState | null;
  readonly judgedThrough: Date;
  readonly definition: AlarmDefinition;
}

const columns = `
  alarm.id, alarm.definition_id AS "definitionId", alarm.name, alarm.type, alarm.origin, alarm.account_id AS "accountId", alarm.aws_region AS region,
  alarm.account_ids AS "accountIds", alarm.pack, alarm.created_at AS "createdAt", alarm.updated_at AS "updatedAt",
  alarm.state, alarm.state_reason AS "stateReason", alarm.state_reason_data AS "stateReasonData",
  alarm.state_updated_at AS "stateUpdatedAt", alarm.state_transitioned_at AS "stateTransitionedAt",
  alarm.evaluation_state AS "evaluationState", alarm.judged_through AS "judgedThrough", alarm_definition.definition`;
const tables = 'alarm JOIN alarm_definition ON alarm_definition.id = alarm.definition_id';

function conditions(scope: AccountScope, filter: AlarmFilter, parameters: Parameters): string {
  const all = ['true'];
  if (scope.accountIds !== null) {
    all.push(`coalesce(alarm.account_ids <@ ${parameters.add(scope.accountIds, 'text[]')}, false)`);
  }
  if (filter.names) all.push(`alarm.name = ANY (${parameters.add(filter.names, 'text[]')})`);
  if (filter.namePrefix) all.push(`starts_with(alarm.name, ${parameters.add(filter.namePrefix, 'text')})`);
  if (filter.states) all.push(`alarm.state = ANY (${parameters.add(filter.states, 'text[]')})`);
  if (filter.origins) all.push(`alarm.origin = ANY (${parameters.add(filter.origins, 'text[]')})`);
  if (filter.accountIds) {
    all.push(`coalesce(alarm.account_ids && ${parameters.add(filter.accountIds, 'text[]')}, true)`);
  }
  if (filter.regions) all.push(`alarm.aws_region = ANY (${parameters.add(filter.regions, 'text[]')})`);
  for (const { key, value } of filter.tags ?? []) {
    const isAny = value === null || value === undefined;
    all.push(
      isAny
        ? `alarm.tags ? ${parameters.add(key, 'text')}`
        : `alarm.tags @> ${parameters.add(JSON.stringify({ [key]: value }), 'jsonb')}`,
    );
  }
  return all.join(' AND ');
}

/** By name. */
export async function listAlarms(
  sql: Sql,
  scope: AccountScope,
  filter: AlarmFilter,
  after: string | null,
  limit: number,
): Promise<AlarmRow[]> {
  const parameters = new Parameters();
  const where = conditions(scope, filter, parameters);
  const beyond = after === null ? '' : `AND alarm.name > ${parameters.add(after, 'text')}`;
  return sql.query<AlarmRow>(
    `SELECT ${columns} FROM ${tables} WHERE ${where} ${beyond}
     ORDER BY alarm.name LIMIT ${parameters.add(limit, 'integer')}`,
    parameters.values,
  );
}

export async function countAlarms(sql: Sql, scope: AccountScope, filter: AlarmFilter): Promise<number> {
  const parameters = new Parameters();
  const [row] = await sql.query<{ count: number }>(
    `SELECT count(*)::integer AS count FROM alarm WHERE ${conditions(scope, filter, parameters)}`,
    parameters.values,
  );
  return (row as { count: number }).count;
}

/** By their ids, whatever their reach. */
export async function findAlarmsById(sql: Sql, ids: readonly string[]): Promise<AlarmRow[]> {
  return sql.query<AlarmRow>(`SELECT ${columns} FROM ${tables} WHERE alarm.id = ANY ($1::bigint[])`, [ids]);
}

/** By their names, whatever their reach; in the order of these. */
export async function findAlarms(sql: Sql, names: readonly string[]): Promise<AlarmRow[]> {
  return sql.query<AlarmRow>(
    `SELECT ${columns} FROM ${tables} WHERE alarm.name = ANY ($1::text[]) ORDER BY alarm.name`,
    [names],
  );
}

/** Alarms that are about to be changed, whatever their reach; held to the commit. */
export async function lockAlarms(sql: Sql, names: readonly string[]): Promise<AlarmRow[]> {
  return sql.query<AlarmRow>(
    `SELECT ${columns} FROM ${tables} WHERE alarm.name = ANY ($1::text[]) ORDER BY alarm.id FOR UPDATE OF alarm`,
    [names],
  );
}

/** How many there are. */
export async function sizeOfAll(sql: Sql): Promise<number> {
  const [row] = await sql.query<{ count: number }>('SELECT count(*)::integer AS count FROM alarm');
  return (row as { count: number }).count;
}
