import type { Sql } from '../platform/database/database.js';
import { Parameters } from '../platform/database/parameters.js';
import { type Event, eventSelectList } from './event.entity.js';
import type { EventOrder } from './event.inputs.js';
import { type EventSelection, eventConditions } from './event-filter.js';

/** A place in the total order of events: by time, then by id, then by account. */
export interface EventKey {
  readonly eventTime: number;
  readonly eventId: string;
  readonly accountId: string;
}

export interface EventScan {
  readonly selection: EventSelection;
  /** The way rows are walked; a backward page walks against the order of its connection. */
  readonly order: EventOrder;
  /** Only events behind this one, in the walk's direction. */
  readonly after: EventKey | null;
  /** Only events of batches that had committed at this position. */
  readonly pinnedAt: string;
  readonly limit: number;
}

/** The last position taken: everything at or below it is committed and can be read. */
export async function currentPosition(sql: Sql): Promise<string> {
  const [row] = await sql.query<{ position: string }>('SELECT position FROM batch_position');
  return (row as { position: string }).position;
}

/** Reads events in the order of time. */
export async function scanEvents(sql: Sql, scan: EventScan): Promise<Event[]> {
  const parameters = new Parameters();
  return sql.query<Event>(
    `SELECT ${eventSelectList}
     FROM (${walkedEvents(scan, parameters)}) AS event
     JOIN batch ON batch.id = event.batch_id
     ORDER BY ${keyOrder(scan.order)}`,
    parameters.values,
  );
}

/** The rows of `event` that a scan comes to, as a query in brackets' stead. */
export function walkedEvents(scan: EventScan, parameters: Parameters): string {
  const conditions = [
    ...eventConditions(scan.selection, parameters),
    ...pinned(scan.pinnedAt, parameters),
    ...pastKey(scan, parameters),
  ];
  return `
       SELECT * FROM event
       WHERE ${and(conditions)}
       ORDER BY ${keyOrder(scan.order)}
       LIMIT ${parameters.add(scan.limit, 'integer')}`;
}

/** Only what lies behind the key at which a scan goes on. */
export function pastKey({ after, order }: EventScan, parameters: Parameters): string[] {
  if (!after) return [];
  const comparison = order === 'NEWEST_FIRST' ? '<' : '>';
  const time = parameters.add(new Date(after.eventTime), 'timestamptz');
  const id = parameters.add(after.eventId, 'uuid');
  const account = parameters.add(after.accountId, 'text');
  // The first of the two lets the planner leave out partitions, which a comparison of rows does not.
  return [
    `event.event_time ${comparison}= ${time}`,
    `(event.event_time, event.event_id, event.account_id) ${comparison} (${time}, ${id}, ${account})`,
  ];
}

/** The total order of events, over `event` or what stands in its place. */
export function keyOrder(order: EventOrder): string {
  const direction = order === 'NEWEST_FIRST' ? 'DESC' : 'ASC';
  return ['event_time', 'event_id', 'account_id'].map((column) => `event.${column} ${direction}`).join(', ');
}

/** How many events a selection has at a position. */
export async function countEvents(sql: Sql, selection: EventSelection, pinnedAt: string): Promise<number> {
  const parameters = new Parameters();
  const conditions = [...eventConditions(selection, parameters), ...pinned(pinnedAt, parameters)];
  const [row] = await sql.query<{ count: string }>(
    `SELECT count(*) AS count FROM event WHERE ${and(conditions)}`,
    parameters.values,
  );
  return Number((row as { count: string }).count);
}

/**
 * An event by its id; the one stored first where accounts share an id, so that a later copy under another account
 * cannot take its place.
 */
export async function findEvent(sql: Sql, selection: EventSelection, eventId: string): Promise<Event | null> {
  const parameters = new Parameters();
  const conditions = [`event.event_id = ${parameters.add(eventId, 'uuid')}`, ...eventConditions(selection, parameters)];
  const rows = await sql.query<Event>(
    `SELECT ${eventSelectList}
     FROM event JOIN batch ON batch.id = event.batch_id
     WHERE ${and(conditions)}
     ORDER BY batch.position, event.ordinal
     LIMIT 1`,
    parameters.values,
  );
  return rows[0] ?? null;
}

/** Batches behind the pin are few while a traversal lasts, and none on its first page. */
export function pinned(position: string, parameters: Parameters): string[] {
  return [
    `NOT EXISTS (
       SELECT FROM batch AS later
       WHERE later.id = event.batch_id AND later.position > ${parameters.add(position, 'bigint')})`,
  ];
}

export function and(conditions: readonly string[]): string {
  return conditions.length === 0 ? 'true' : conditions.join('\n         AND ');
}
