import { expect, it } from 'vitest';
import { startOfDay, startOfHour, startOfMinute } from './time.js';

// Truth: the calendar, as Date.parse reads ISO 8601.
it.each([
  ['2026-11-21T02:42:59.999Z', '2026-11-21T02:42:00Z', '2026-11-21T02:00:00Z', '2026-11-21T00:00:00Z'],
  ['2024-02-29T23:59:59Z', '2024-02-29T23:59:00Z', '2024-02-29T23:00:00Z', '2024-02-29T00:00:00Z'],
  ['1970-01-01T00:00:00Z', '1970-01-01T00:00:00Z', '1970-01-01T00:00:00Z', '1970-01-01T00:00:00Z'],
  ['1969-12-31T23:30:30Z', '1969-12-31T23:30:00Z', '1969-12-31T23:00:00Z', '1969-12-31T00:00:00Z'],
])('%s lies in the minute, hour and day that began before it', (time, minute, hour, day) => {
  const at = Date.parse(time);
  expect([startOfMinute(at), startOfHour(at), startOfDay(at)]).toEqual(
    [minute, hour, day].map((text) => Date.parse(text)),
  );
});
