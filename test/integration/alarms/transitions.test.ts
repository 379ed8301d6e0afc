import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { scopeOfGrant } from '../../../src/access/scope.js';
import { readTransitions } from '../../../src/alarms/alarm-change.store.js';
import { minuteMs } from '../../../src/lib/time.js';
import { alarmChange, metricAlarm } from '../../support/alarm-announcements.js';
import { noon } from '../../support/events.js';
import { plantAlarm, plantChanges } from '../../support/planted-alarms.js';
import { createTestDatabase, type TestDatabase } from '../../support/test-database.js';

let test: TestDatabase;
beforeAll(async () => {
  test = await createTestDatabase();
});
afterAll(() => test.drop());

// Truth: the schema's description of Alarm.transitions, and of `timestamp`: when it happened.
it('changes are chosen and ordered by when they happened, which may lie before or after the window that shows it', async () => {
  const alarm = await plantAlarm(test.database, metricAlarm({ alarmName: 'logins' }));
  const at = (minutes: number) => noon + minutes * minuteMs;
  // Minutes after noon at which it happened, and at which the window ended.
  const times = [
    [1, 30],
    [10, 5],
    [10, 6],
    [20, 2],
    [40, 1],
  ] as const;
  await plantChanges(
    test.database,
    times.map(([timestamp, evaluatedAt]) =>
      alarmChange({
        ...{ id: randomUUID(), alarmId: alarm.id, definition: alarm.definition },
        ...{ timestamp: at(timestamp), evaluatedAt: at(evaluatedAt), detectedAt: at(60) },
      }),
    ),
  );
  const read = async (from: number | null, to: number | null, limit: number) => {
    const range = { from: from === null ? null : new Date(at(from)), to: to === null ? null : new Date(at(to)) };
    const rows = await readTransitions(test.database, scopeOfGrant(null), [alarm.id], range, limit);
    return rows.map(({ timestamp, evaluatedAt }) => [timestamp, evaluatedAt].map((time) => (time - noon) / minuteMs));
  };
  expect(await read(null, null, 100)).toEqual([
    [40, 1],
    [20, 2],
    [10, 6],
    [10, 5],
    [1, 30],
  ]);
  expect(await read(10, 40, 100)).toEqual([
    [20, 2],
    [10, 6],
    [10, 5],
  ]);
  expect(await read(null, 21, 2)).toEqual([
    [20, 2],
    [10, 6],
  ]);
});
