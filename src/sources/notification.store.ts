import type { Sql } from '../platform/database/database.js';
import type { SetAsideNotification } from './set-aside-notification.entity.js';

/** A message that was not understood, or not all of it. */
export interface SetAside {
  readonly messageId: string;
  readonly reason: string;
  readonly body: string;
}

export interface ReceivedMessages {
  readonly received: number;
  readonly objectsIgnored: number;
  readonly setAside: readonly SetAside[];
}

/** Of a source; the oldest go. Each has up to 256 KB, so that a source fills 256 MB at the very most. */
const keptPerSource = 1000;

/** A message that is delivered again is set aside once, and counted as received each time. */
export async function recordReceived(sql: Sql, sourceId: string, messages: ReceivedMessages): Promise<void> {
  const { received, objectsIgnored, setAside } = messages;
  await sql.query(
    `WITH aside AS (
       INSERT INTO set_aside_notification (source_id, message_id, reason, body)
       SELECT $1, * FROM unnest($4::text[], $5::text[], $6::text[])
       ON CONFLICT DO NOTHING RETURNING id
     )
     UPDATE source SET messages_received = messages_received + $2, objects_ignored = objects_ignored + $3,
       messages_set_aside = messages_set_aside + (SELECT count(*) FROM aside), last_message_at = now(), last_polled_at = now()
     WHERE id = $1`,
    [
      sourceId,
      received,
      objectsIgnored,
      setAside.map(({ messageId }) => messageId),
      setAside.map(({ reason }) => reason),
      setAside.map(({ body }) => body),
    ],
  );
  if (setAside.length > 0) await forgetOldest(sql, sourceId);
}

async function forgetOldest(sql: Sql, sourceId: string): Promise<void> {
  await sql.query(
    `DELETE FROM set_aside_notification WHERE source_id = $1 AND id <= (
       SELECT id FROM set_aside_notification WHERE source_id = $1 ORDER BY id DESC OFFSET ${keptPerSource} LIMIT 1)`,
    [sourceId],
  );
}

/** Writes down whether the queue of a source answers: why not, or null where it does. */
export async function recordPoll(sql: Sql, sourceId: string, error: string | null): Promise<void> {
  await sql.query(
    `UPDATE source SET queue_error = $2,
       last_polled_at = CASE WHEN $2::text IS NULL THEN now() ELSE last_polled_at END
     WHERE id = $1`,
    [sourceId, error],
  );
}

/**
 * Newest first, below `before`. Ends ahead of `limit` once `bytes` are reached: with the message that reaches them.
 */
export async function listSetAside(
  sql: Sql,
  sourceId: string,
  page: { readonly before: string | null; readonly limit: number; readonly bytes: number },
): Promise<SetAsideNotification[]> {
  return sql.query<SetAsideNotification>(
    `SELECT id::text AS id, received_at AS "receivedAt", message_id AS "messageId", reason, body FROM (
       SELECT *, sum(octet_length(body)) OVER (ORDER BY id DESC) - octet_length(body) AS bytes_before
       FROM (
         SELECT * FROM set_aside_notification
         WHERE source_id = $1 AND ($2::bigint IS NULL OR id < $2) ORDER BY id DESC LIMIT $3
       ) AS newest
     ) AS measured
     WHERE bytes_before < $4 ORDER BY measured.id DESC`,
    [sourceId, page.before, page.limit, page.bytes],
  );
}

export async function countSetAside(sql: Sql, sourceId: string): Promise<number> {
  const [row] = await sql.query<{ count: number }>(
    'SELECT count(*)::integer AS count FROM set_aside_notification WHERE source_id = $1',
    [sourceId],
  );
  return row?.count ?? 0;
}

/** What is understood of messages that were set aside, once they are read again: why not, or null where all of it is. */
export async function recordReread(
  sql: Sql,
  sourceId: string,
  reread: readonly { readonly id: string; readonly reason: string | null }[],
  objectsIgnored: number,
): Promise<void> {
  await sql.query(
    `WITH again AS (
       SELECT * FROM unnest($2::bigint[], $3::text[]) AS again (id, reason)
     ), told AS (
       UPDATE set_aside_notification AS aside SET reason = again.reason
       FROM again WHERE aside.id = again.id AND aside.source_id = $1 AND again.reason IS NOT NULL
     )
     DELETE FROM set_aside_notification AS aside USING again
     WHERE aside.id = again.id AND aside.source_id = $1 AND again.reason IS NULL`,
    [sourceId, reread.map(({ id }) => id), reread.map(({ reason }) => reason)],
  );
  await sql.query('UPDATE source SET objects_ignored = objects_ignored + $2 WHERE id = $1', [sourceId, objectsIgnored]);
}
