import type { AccountScope } from '../access/scope.js';
import type { Sql } from '../platform/database/database.js';
import { Parameters } from '../platform/database/parameters.js';
import { type Event, eventSelectList } from './event.entity.js';
import { type EventSelection, eventConditions } from './event-filter.js';
import { and } from './event-search.store.js';

/** A place in the order of arrival: everything at or before it has been read. */
export interface FeedPosition {
  readonly position: string;
  readonly ordinal: number;
}

/** Behind the last event of a batch. */
export const wholeBatch = 2 ** 31 - 1;

/** Batches read together: one of any size, or several small ones. */
export interface FeedSpan {
  /** Positions of the first and the last. */
  readonly first: string;
  readonly last: string;
  /** In the order of positions. */
  readonly batchIds: readonly string[];
  /** The bounds of what they hold: only the partitions between them are read. */
  readonly minTime: Date;
  readonly maxTime: Date;
}

/** Events of small batches that are read together, at most, and how many batches. */
const spanEvents = 5000;
const spanBatches = 500;

/** The next batches to read behind a place, or null when there are none. */
export async function nextSpan(sql: Sql, after: FeedPosition): Promise<FeedSpan | null> {
  const [row] = await sql.query<{ [K in keyof FeedSpan]: FeedSpan[K] | null }>(
    `WITH next AS (
       SELECT * FROM batch
       WHERE position > $1 OR (position = $1 AND $2::integer < ${wholeBatch})
       ORDER BY position
       LIMIT ${spanBatches}
     ), sized AS (
       SELECT *, sum(events) OVER (ORDER BY position) AS total, row_number() OVER (ORDER BY position) AS place FROM next
     )
     SELECT min(position) AS first, max(position) AS last, array_agg(id ORDER BY position) AS "batchIds",
       min(min_event_time) AS "minTime", max(max_event_time) AS "maxTime"
     FROM sized
     WHERE place = 1 OR total <= ${spanEvents}`,
    [after.position, after.ordinal],
  );
  return row?.first ? (row as FeedSpan) : null;
}

/**
 * Events of a span behind a place, in the order of arrival. A batch that is read alone is read in the order of its
 * index, so that a page costs what it shows however large the batch is; several together are few enough to sort.
 */
export async function readSpan(
  sql: Sql,
  span: FeedSpan,
  after: FeedPosition,
  selection: EventSelection,
  limit: number,
): Promise<Event[]> {
  const parameters = new Parameters();
  const [firstId] = span.batchIds;
  const first = parameters.add(firstId, 'bigint');
  const seen = parameters.add(after.position === span.first ? after.ordinal : -1, 'integer');
  const rows = parameters.add(limit, 'integer');
  const isAlone = span.batchIds.length === 1;
  const conditions = [
    ...(isAlone
      ? [`event.batch_id = ${first}`, `event.ordinal > ${seen}`]
      : [
          `event.batch_id = ANY (${parameters.add(span.batchIds, 'bigint[]')})`,
          `(event.batch_id <> ${first} OR event.ordinal > ${seen})`,
        ]),
    `event.event_time BETWEEN ${parameters.add(span.minTime, 'timestamptz')} AND ${parameters.add(span.maxTime, 'timestamptz')}`,
    ...eventConditions(selection, parameters),
  ];
  return sql.query<Event>(
    `SELECT ${eventSelectList}
     FROM (
       SELECT * FROM event WHERE ${and(conditions)} ${isAlone ? `ORDER BY event.ordinal LIMIT ${rows}` : ''}
     ) AS event
     JOIN batch ON batch.id = event.batch_id
     ORDER BY batch.position, event.ordinal
     LIMIT ${rows}`,
    parameters.values,
  );
}

/** What retention has deleted, as far as it concerns a reader. */
export interface Deletions {
  /** Goes up with each deletion. */
  readonly epoch: string;
  /** Something that the reader had not come to yet was deleted since `epoch`. It may be more careful than exact. */
  readonly haveOvertaken: boolean;
}

/**
 * Whether retention has overtaken a reader. Asked after the events were read: what was deleted in the midst of that is
 * known then.
 *
 * @param place how far the reader had come at `epoch`; null for one who only begins
 */
export async function deletionsSince(
  sql: Sql,
  scope: AccountScope,
  place: FeedPosition | null,
  epoch: string,
): Promise<Deletions> {
  const parameters = new Parameters();
  const position = parameters.add(place?.position ?? '0', 'bigint');
  const isWhole = parameters.add(place?.ordinal === wholeBatch, 'boolean');
  const conditions = [
    parameters.add(place !== null, 'boolean'),
    `mark.epoch > ${parameters.add(epoch, 'bigint')}`,
    `(mark.position > ${position} OR (mark.position = ${position} AND NOT ${isWhole}))`,
    ...(scope.accountIds ? [`mark.account_id = ANY (${parameters.add(scope.accountIds, 'text[]')})`] : []),
  ];
  const [row] = await sql.query<Deletions>(
    `SELECT epoch, EXISTS (SELECT FROM retention_mark AS mark WHERE ${and(conditions)}) AS "haveOvertaken"
     FROM retention_epoch`,
    parameters.values,
  );
  return row as Deletions;
}

/** The place just before the first batch that committed at or after a time. */
export async function positionBefore(sql: Sql, arrival: Date): Promise<FeedPosition> {
  const [row] = await sql.query<{ position: string | null }>(
    'SELECT max(position) AS position FROM batch WHERE committed_at < $1',
    [arrival],
  );
  return { position: row?.position ?? '0', ordinal: wholeBatch };
}
