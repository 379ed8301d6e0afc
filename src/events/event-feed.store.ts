import { Parameters } from '../platform/database/parameters.js';
import type { Sql } from '../platform/database/database.js';
import { type EventSelection, eventConditions } from './event-filter.js';
import { and } from './event-search.store.js';
import { type Event, eventSelectList } from './event.entity.js';

/** A place in the order of arrival: everything at or before it has been read. */
export interface FeedPosition {
  readonly position: string;
  readonly ordinal: number;
}

/** Behind the last event of a batch. */
export const wholeBatch = 2 ** 31 - 1;

/** Batches read together: a short span of positions with the bounds of what they hold. */
export interface FeedSpan {
  /** Positions above this … */
  readonly first: string;
  /** … up to and with this one. */
  readonly last: string;
  readonly batchIds: readonly string[];
  readonly minTime: Date;
  readonly maxTime: Date;
}

/** Events in one span, whatever the filter leaves of them: a filter that finds nothing must still move on. */
const spanEvents = 20_000;
const spanBatches = 500;

/** The next batches to read behind a place, or null when there are none. The first batch is always whole. */
export async function nextSpan(sql: Sql, after: FeedPosition): Promise<FeedSpan | null> {
  const [row] = await sql.query<{ [K in keyof FeedSpan]: FeedSpan[K] | null }>(
    `WITH next AS (
       SELECT id, position, min_event_time, max_event_time, events
       FROM batch
       WHERE position > $1 OR (position = $1 AND $2::integer < ${wholeBatch})
       ORDER BY position
       LIMIT ${spanBatches}
     ), sized AS (
       SELECT *, sum(events) OVER (ORDER BY position) - events AS before FROM next
     )
     SELECT min(position) AS first, max(position) AS last, array_agg(id ORDER BY position) AS "batchIds",
       min(min_event_time) AS "minTime", max(max_event_time) AS "maxTime"
     FROM sized
     WHERE before < ${spanEvents}`,
    [after.position, after.ordinal],
  );
  return row?.last ? (row as FeedSpan) : null;
}

/** Events of a span behind a place, in the order of arrival. */
export async function readSpan(
  sql: Sql,
  span: FeedSpan,
  after: FeedPosition,
  selection: EventSelection,
  limit: number,
): Promise<Event[]> {
  const parameters = new Parameters();
  const conditions = [
    `event.batch_id = ANY (${parameters.add(span.batchIds, 'bigint[]')})`,
    `event.event_time >= ${parameters.add(span.minTime, 'timestamptz')}`,
    `event.event_time <= ${parameters.add(span.maxTime, 'timestamptz')}`,
    `(batch.position, event.ordinal) > (${parameters.add(after.position, 'bigint')}, ${parameters.add(after.ordinal, 'integer')})`,
    ...eventConditions(selection, parameters),
  ];
  return sql.query<Event>(
    `SELECT ${eventSelectList}
     FROM event JOIN batch ON batch.id = event.batch_id
     WHERE ${and(conditions)}
     ORDER BY batch.position, event.ordinal
     LIMIT ${parameters.add(limit, 'integer')}`,
    parameters.values,
  );
}

/** The place just before the first batch that committed at or after a time. */
export async function positionBefore(sql: Sql, arrival: Date): Promise<FeedPosition> {
  const [row] = await sql.query<{ position: string | null }>(
    'SELECT max(position) AS position FROM batch WHERE committed_at < $1',
    [arrival],
  );
  return { position: row?.position ?? '0', ordinal: wholeBatch };
}
