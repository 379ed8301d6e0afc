import type { Sql } from '../platform/database/database.js';
import type { Event } from './event.entity.js';

/** The ids of the other log files in which each event was seen, in the order of the events. */
export async function findSightings(sql: Sql, events: readonly Event[]): Promise<string[][]> {
  const rows = await sql.query<{ place: number; files: string[] }>(
    `SELECT wanted.place::integer AS place, array_agg(sighting.log_file_id ORDER BY sighting.log_file_id) AS files
     FROM unnest($1::timestamptz[], $2::text[], $3::uuid[])
       WITH ORDINALITY AS wanted (event_time, account_id, event_id, place)
     JOIN event_sighting AS sighting USING (account_id, event_time, event_id)
     WHERE sighting.event_time BETWEEN $4 AND $5
     GROUP BY wanted.place`,
    [
      events.map(({ eventTime }) => eventTime),
      events.map(({ account }) => account),
      events.map(({ eventID }) => eventID),
      ...bounds(events),
    ],
  );
  const files = new Map(rows.map((row) => [row.place, row.files]));
  return events.map((_, index) => files.get(index + 1) ?? []);
}

/** The planner leaves out the partitions beyond these. */
function bounds(events: readonly Event[]): [Date, Date] {
  const times = events.map(({ eventTime }) => eventTime.getTime());
  return [new Date(Math.min(...times)), new Date(Math.max(...times))];
}
