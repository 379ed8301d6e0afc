import type { Sql } from '../platform/database/database.js';
import { withoutNul } from '../platform/database/stored-text.js';
import type { OutboxMessage } from './outbox.port.js';

/** @returns the ids of those whose target keeps an order */
export async function insertMessages(sql: Sql, messages: readonly OutboxMessage[]): Promise<string[]> {
  const rows = await sql.query<{ id: string }>(
    `WITH message AS (
       SELECT * FROM unnest(
         $1::bigint[], $2::text[], $3::bigint[], $4::text[], $5::text[], $6::bigint[], $7::text[], $8::text[],
         $9::timestamptz[], $10::text[], $11::text[], $12::text[], $13::text[]
       ) WITH ORDINALITY AS message (
         target_id, origin, rule_id, rule_name, rule_target_id, reach_id, account_id, event_id, event_time, subject,
         body, failure, alarm_name, place)
     ), inserted AS (
       INSERT INTO delivery (
         target_id, target_name, origin, rule_id, rule_name, rule_target_id, reach_id, account_id, event_id,
         event_time, subject, body, alarm_name, expires_at, sequence, state, error, finished_at)
       SELECT target.id, target.name, origin, rule_id, rule_name, rule_target_id, reach_id,
         account_id, event_id, event_time, subject, body, alarm_name,
         clock_timestamp() + make_interval(secs => target.max_age_seconds),
         -- Its place is given at the end; until then nobody sees it.
         CASE WHEN target.is_ordered AND failure IS NULL THEN 0 END,
         CASE WHEN failure IS NULL THEN 'PENDING' ELSE 'FAILED' END, failure,
         CASE WHEN failure IS NOT NULL THEN now() END
       FROM message JOIN target ON target.id = message.target_id
       ORDER BY place
       RETURNING id, sequence
     )
     SELECT id FROM inserted WHERE sequence IS NOT NULL`,
    [
      messages.map(({ targetId }) => targetId),
      messages.map(({ origin }) => origin),
      messages.map(({ rule }) => rule?.id ?? null),
      messages.map(({ rule }) => rule?.name ?? null),
      messages.map(({ rule }) => rule?.targetId ?? null),
      messages.map(({ reachId }) => reachId),
      messages.map(({ event }) => event?.accountId ?? null),
      messages.map(({ event }) => event?.id ?? null),
      messages.map(({ event }) => (event === null ? null : new Date(event.time))),
      messages.map(({ subject }) => withoutNul(subject)),
      messages.map(({ body }) => (body === null ? null : withoutNul(body))),
      messages.map(({ failure }) => failure),
      messages.map(({ alarmName }) => alarmName),
    ],
  );
  return rows.map(({ id }) => id);
}

/** Numbers messages in the order of the events that caused them. */
export async function putInOrder(sql: Sql, ids: readonly string[]): Promise<void> {
  await sql.query(
    `UPDATE delivery SET sequence = place.sequence
     FROM (
       SELECT id, nextval('delivery_sequence') AS sequence
       FROM (SELECT id FROM delivery WHERE id = ANY ($1::bigint[]) ORDER BY event_time NULLS LAST, id) AS due
     ) AS place
     WHERE delivery.id = place.id`,
    [ids],
  );
}
