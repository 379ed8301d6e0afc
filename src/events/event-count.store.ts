import { hourMs } from '../lib/time.js';
import type { Sql } from '../platform/database/database.js';
import { Parameters } from '../platform/database/parameters.js';
import type { CountInterval, EventDimension, EventFilter } from './event.inputs.js';
import { type EventSelection, eventConditions, userNameSql } from './event-filter.js';
import { and } from './event-search.store.js';

export interface CountQuery {
  readonly selection: EventSelection;
  readonly groupBy: readonly EventDimension[];
  readonly interval: CountInterval | null;
  /** Only the keys with the most events over the whole range. */
  readonly top: number | null;
  /** At most this many rows are read; one more tells that there are too many. */
  readonly limit: number;
}

export interface CountRow {
  readonly time: Date | null;
  readonly key: (string | null)[];
  readonly count: number;
  readonly errors: number;
}

const dimensionSql: Readonly<Record<EventDimension, string>> = {
  ACCOUNT: 'event.account_id',
  REGION: 'event.aws_region',
  EVENT_SOURCE: 'event.event_source',
  EVENT_NAME: 'event.event_name',
  EVENT_TYPE: 'event.event_type',
  USER: userNameSql,
  PRINCIPAL: 'event.principal_arn',
  ACCESS_KEY: 'event.access_key_id',
  SOURCE_IP: 'coalesce(event.source_address, host(event.source_ip))',
  ERROR_CODE: 'event.error_code',
  READ_ONLY: 'event.read_only::text',
};

/** What the hourly counts know of an event. */
const countedDimensions: ReadonlySet<EventDimension> = new Set([
  'ACCOUNT',
  'REGION',
  'EVENT_SOURCE',
  'EVENT_NAME',
  'ERROR_CODE',
]);
const countedFilters: ReadonlySet<keyof EventFilter> = new Set([
  'accountIds',
  'regions',
  'eventSources',
  'eventNames',
  'errorCodes',
  'eventTime',
]);

/** Whether hourly counts can answer for the whole hours of a range. */
export function isCounted({ selection, groupBy, interval }: Omit<CountQuery, 'limit'>): boolean {
  const filters = Object.entries(selection.filter).flatMap(([name, value]) =>
    value === null || value === undefined ? [] : [name as keyof EventFilter],
  );
  return (
    interval !== 'MINUTE' &&
    groupBy.every((dimension) => countedDimensions.has(dimension)) &&
    filters.every((name) => countedFilters.has(name))
  );
}

/** Counts by key and interval, largest first without an interval, in the order of time with one. */
export async function countByKey(sql: Sql, query: CountQuery): Promise<CountRow[]> {
  const parameters = new Parameters();
  const parts = sources(query, parameters).map(
    ({ table, conditions, time, count, errors }) => `
      SELECT ${bucket(query.interval, time)} AS time, ARRAY[${keySql(query.groupBy)}]::text[] AS key,
        (${count})::float8 AS count, (${errors})::float8 AS errors
      FROM ${table} AS event
      WHERE ${and(conditions)}
      GROUP BY 1, 2`,
  );
  const counted =
    parts.length === 1
      ? parts[0]
      : `SELECT time, key, sum(count) AS count, sum(errors) AS errors
         FROM (${parts.join(' UNION ALL ')}) AS part GROUP BY 1, 2`;
  return sql.query<CountRow>(
    `WITH counted AS (${counted})${top(query, parameters)}
     SELECT time, key, count, errors
     FROM counted ${query.top === null ? '' : 'JOIN top USING (key)'}
     WHERE count > 0 -- what retention took off is summed up with what it was taken from only later
     ORDER BY time, count DESC, key
     LIMIT ${parameters.add(query.limit, 'integer')}`,
    parameters.values,
  );
}

function top({ top: keys }: CountQuery, parameters: Parameters): string {
  if (keys === null) return '';
  return `, top AS (
      SELECT key FROM counted GROUP BY key ORDER BY sum(count) DESC, key LIMIT ${parameters.add(keys, 'integer')})`;
}

interface CountSource {
  table: 'event' | 'event_count';
  conditions: string[];
  time: string;
  count: string;
  errors: string;
}

/** Whole hours from the hourly counts, what is left at both ends from the events themselves. */
function sources(query: CountQuery, parameters: Parameters): CountSource[] {
  const { selection } = query;
  if (!isCounted(query)) return [fromEvents(selection, parameters)];
  const { from, to } = selection;
  const firstHour = from === null ? null : Math.ceil(from / hourMs) * hourMs;
  const endHour = to === null ? null : Math.floor(to / hourMs) * hourMs;
  if (firstHour !== null && endHour !== null && firstHour >= endHour) return [fromEvents(selection, parameters)];
  const edges = [
    ...(firstHour === from ? [] : [{ ...selection, to: firstHour }]),
    ...(endHour === to ? [] : [{ ...selection, from: endHour }]),
  ];
  return [
    fromCounts({ ...selection, from: firstHour, to: endHour }, parameters),
    ...edges.map((edge) => fromEvents(edge, parameters)),
  ];
}

function fromEvents(selection: EventSelection, parameters: Parameters): CountSource {
  return {
    table: 'event',
    conditions: eventConditions(selection, parameters),
    time: 'event.event_time',
    count: 'count(*)',
    errors: 'count(*) FILTER (WHERE event.has_error)',
  };
}

function fromCounts(selection: EventSelection, parameters: Parameters): CountSource {
  return {
    table: 'event_count',
    // Only filters on columns that both tables have are left here (see isCounted).
    conditions: eventConditions(selection, parameters, 'event.hour'),
    time: 'event.hour',
    count: 'sum(event.events)',
    errors: 'sum(event.errors)',
  };
}

function bucket(interval: CountInterval | null, time: string): string {
  if (interval === null) return 'NULL::timestamptz';
  // The hours of the counts are whole as they are.
  return interval === 'HOUR' && time === 'event.hour'
    ? time
    : `date_trunc('${interval.toLowerCase()}', ${time}, 'UTC')`;
}

function keySql(groupBy: readonly EventDimension[]): string {
  return groupBy.map((dimension) => dimensionSql[dimension]).join(', ');
}
