const isoTime = /^\d{4}-\d\d-\d\dT(?:[01]\d|2[0-3]):\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)$/;

const maxTime = Date.UTC(9999, 11, 31, 23, 59, 59, 999);

/**
 * The milliseconds since 1970 UTC of a time as AWS writes it (ISO 8601 with a zone), or null where it is none or lies
 * outside 1970 to 9999. Unlike `Date.parse` it refuses 30 February and reads no other spelling in the local zone.
 */
export function parseEventTime(text: unknown): number | null {
  if (typeof text !== 'string' || !isoTime.test(text)) return null;
  const time = Date.parse(text);
  if (!(time >= 0 && time <= maxTime)) return null;
  const day = Number(text.slice(8, 10));
  return day <= 28 || dayExists(Number(text.slice(0, 4)), Number(text.slice(5, 7)), day) ? time : null;
}

/** Whether the calendar has the day; months count from 1. */
function dayExists(year: number, month: number, day: number): boolean {
  const date = new Date(Date.UTC(year, month - 1, day));
  return date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
}
