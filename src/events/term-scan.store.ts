import { startOfDay } from '../lib/time.js';
import type { Sql } from '../platform/database/database.js';
import { Parameters } from '../platform/database/parameters.js';
import { type Event, eventSelectList } from './event.entity.js';
import { eventConditions } from './event-filter.js';
import { and, type EventScan, keyOrder, pastKey, pinned } from './event-search.store.js';
import { chunkSize } from './record-chunk.js';
import type { TermGroups } from './term-filter.js';

/** A span of event time in milliseconds: `from` inclusive, `to` exclusive. */
export interface TimeWindow {
  readonly from: number;
  readonly to: number;
}

/** A chunk that may hold events of a selection. */
export interface FoundChunk {
  readonly batchId: string;
  readonly chunk: number;
  readonly accountId: string;
  readonly minTime: number;
  readonly maxTime: number;
}

/** The first and the last event time stored, or null when there is none. */
export async function storedSpan(sql: Sql): Promise<TimeWindow | null> {
  const [row] = await sql.query<{ min: Date | null; max: Date | null }>(
    'SELECT min(event_time) AS min, max(event_time) AS max FROM event',
  );
  return row?.min && row.max ? { from: row.min.getTime(), to: row.max.getTime() + 1 } : null;
}

/**
 * The chunks with events in a window that hold a term of each group, from the end of the window where the scan begins.
 * Those whose terms are not worked out yet are among them.
 */
export async function findChunks(
  sql: Sql,
  { selection, order }: EventScan,
  groups: TermGroups,
  { from, to }: TimeWindow,
  limit: number,
): Promise<FoundChunk[]> {
  const parameters = new Parameters();
  const { accountIds } = selection.scope;
  const inWindow = [
    `chunk.event_time >= ${parameters.add(new Date(startOfDay(from)), 'timestamptz')}`,
    `chunk.event_time < ${parameters.add(new Date(to), 'timestamptz')}`,
    ...(accountIds ? [`chunk.account_id = ANY (${parameters.add(accountIds, 'text[]')})`] : []),
  ];
  const held = [
    ...groups.map((terms) => `chunk.terms && ${parameters.add(terms, 'integer[]')}`),
    `chunk.max_time >= ${parameters.add(new Date(from), 'timestamptz')}`,
    `chunk.min_time < ${parameters.add(new Date(to), 'timestamptz')}`,
  ];
  const rows = await sql.query<{ [K in keyof FoundChunk]: FoundChunk[K] } & { minTime: Date; maxTime: Date }>(
    `SELECT batch_id AS "batchId", chunk, account_id AS "accountId", min_time AS "minTime", max_time AS "maxTime"
     FROM (
       SELECT batch_id, chunk, account_id, min_time, max_time FROM record_chunk AS chunk
       WHERE ${and([...inWindow, ...held])}
       UNION ALL
       SELECT batch_id, chunk, account_id, event_time, event_time + interval '1 day' FROM record_chunk AS chunk
       WHERE ${and([...inWindow, 'chunk.terms IS NULL'])}
     ) AS found
     ORDER BY ${order === 'NEWEST_FIRST' ? 'max_time DESC' : 'min_time ASC'}
     LIMIT ${parameters.add(limit, 'integer')}`,
    parameters.values,
  );
  return rows.map((row) => ({ ...row, minTime: row.minTime.getTime(), maxTime: row.maxTime.getTime() }));
}

/**
 * The events of some chunks that satisfy a scan, in its order, within a window. The chunk says where its events stand;
 * the fence (OFFSET 0) leaves the planner no other way to them than (batch_id, ordinal).
 */
export async function scanChunks(
  sql: Sql,
  scan: EventScan,
  chunks: readonly FoundChunk[],
  { from, to }: TimeWindow,
): Promise<Event[]> {
  const parameters = new Parameters();
  const batches = parameters.add(
    chunks.map(({ batchId }) => batchId),
    'bigint[]',
  );
  const first = parameters.add(
    chunks.map(({ chunk }) => chunk * chunkSize),
    'integer[]',
  );
  const days = [
    startOfDay(Math.min(...chunks.map(({ minTime }) => minTime))),
    startOfDay(Math.max(...chunks.map(({ maxTime }) => maxTime))) + 86_400_000,
  ].map((time) => parameters.add(new Date(time), 'timestamptz'));
  const conditions = [
    `event.event_time >= ${parameters.add(new Date(from), 'timestamptz')}`,
    `event.event_time < ${parameters.add(new Date(to), 'timestamptz')}`,
    ...eventConditions(scan.selection, parameters),
    ...pinned(scan.pinnedAt, parameters),
    ...pastKey(scan, parameters),
  ];
  return sql.query<Event>(
    `SELECT ${eventSelectList}
     FROM (
       SELECT event.* FROM unnest(${batches}, ${first}) AS chunk (batch_id, first)
       CROSS JOIN LATERAL (
         SELECT * FROM event
         WHERE event.batch_id = chunk.batch_id
           AND event.ordinal BETWEEN chunk.first AND chunk.first + ${chunkSize - 1}
           AND event.event_time >= ${days[0]} AND event.event_time < ${days[1]}
         OFFSET 0
       ) AS event
       WHERE ${and(conditions)}
       ORDER BY ${keyOrder(scan.order)}
       LIMIT ${parameters.add(scan.limit, 'integer')}
     ) AS event
     JOIN batch ON batch.id = event.batch_id
     ORDER BY ${keyOrder(scan.order)}`,
    parameters.values,
  );
}
