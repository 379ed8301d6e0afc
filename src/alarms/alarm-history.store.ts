import type { AccountScope } from '../access/scope.js';
import type { Sql } from '../platform/database/database.js';
import type { AlarmDefinition } from './alarm-definition.js';
import type { HistoryItemType } from './alarm-enums.entity.js';

/** Something that happened to an alarm, of which JSON text tells as CloudWatch does. */
export interface HistoryItem {
  readonly alarmId: string;
  readonly alarmName: string;
  readonly alarmType: AlarmDefinition['alarmType'];
  /** The reach of the alarm then; null: every account. */
  readonly accountIds: readonly string[] | null;
  readonly timestamp: Date;
  readonly type: HistoryItemType;
  readonly summary: string;
  readonly data: string;
}

/** In their order. */
export async function insertHistory(sql: Sql, items: readonly HistoryItem[]): Promise<void> {
  if (items.length === 0) return;
  await sql.query(
    `INSERT INTO alarm_history (alarm_id, alarm_name, alarm_type, account_ids, timestamp, type, summary, data)
     SELECT "alarmId", "alarmName", "alarmType", "accountIds", timestamp, type, summary, data
     FROM ROWS FROM (jsonb_to_recordset($1::jsonb) AS ("alarmId" bigint, "alarmName" text, "alarmType" text,
       "accountIds" text[], timestamp timestamptz, type text, summary text, data text))
       WITH ORDINALITY AS item ("alarmId", "alarmName", "alarmType", "accountIds", timestamp, type, summary, data, place)
     ORDER BY place`,
    [JSON.stringify(items)],
  );
}

/** An item of the history of an alarm. */
export interface HistoryRow {
  readonly id: string;
  readonly alarmId: string;
  readonly alarmName: string;
  readonly alarmType: AlarmDefinition['alarmType'];
  readonly timestamp: Date;
  readonly type: HistoryItemType;
  readonly summary: string;
  readonly data: string | null;
}

/** Which part of the history of alarms. */
export interface HistoryPage {
  readonly types: readonly HistoryItemType[] | null;
  /** The id of the item before. */
  readonly after: string | null;
  readonly limit: number;
}

/** The newest first, so many of each alarm: what happened while the alarm saw no more than the scope covers. */
export async function readHistory(
  sql: Sql,
  scope: AccountScope,
  alarmIds: readonly string[],
  { types, after, limit }: HistoryPage,
): Promise<HistoryRow[]> {
  return sql.query<HistoryRow>(
    `SELECT item.id, item.alarm_id AS "alarmId", item.alarm_name AS "alarmName", item.alarm_type AS "alarmType",
       item.timestamp, item.type, item.summary, item.data
     FROM unnest($1::bigint[]) AS asked (alarm_id) CROSS JOIN LATERAL (
       SELECT * FROM alarm_history
       WHERE alarm_history.alarm_id = asked.alarm_id AND ($2::text[] IS NULL OR type = ANY ($2))
         AND ($3::bigint IS NULL OR id < $3) AND ($4::text[] IS NULL OR coalesce(account_ids <@ $4, false))
       ORDER BY id DESC LIMIT $5
     ) AS item
     ORDER BY item.alarm_id, item.id DESC`,
    [alarmIds, types, after, scope.accountIds, limit],
  );
}

export async function countHistory(
  sql: Sql,
  scope: AccountScope,
  alarmId: string,
  types: readonly HistoryItemType[] | null,
): Promise<number> {
  const [row] = await sql.query<{ count: number }>(
    `SELECT count(*)::integer AS count FROM alarm_history
     WHERE alarm_id = $1 AND ($2::text[] IS NULL OR type = ANY ($2))
       AND ($3::text[] IS NULL OR coalesce(account_ids <@ $3, false))`,
    [alarmId, types, scope.accountIds],
  );
  return (row as { count: number }).count;
}

export async function deleteOldHistory(sql: Sql, before: Date): Promise<void> {
  await sql.query('DELETE FROM alarm_history WHERE timestamp < $1', [before]);
}
