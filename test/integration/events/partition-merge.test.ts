import { afterEach, beforeEach, expect, it } from 'vitest';
import { everyAccount } from '../../../src/access/scope.js';
import { KeptSince } from '../../../src/accounts/retention.service.js';
import { deleteExpired } from '../../../src/events/event-retention.service.js';
import { mergeMonths } from '../../../src/events/partition-merge.service.js';
import { beginDay, copyDay, makeMonth } from '../../../src/events/partition-merge.store.js';
import { dayMs } from '../../../src/lib/time.js';
import { deferred } from '../../support/deferred.js';
import { eventServices } from '../../support/event-services.js';
import { storeEvents, testEvent } from '../../support/events.js';
import { eventually } from '../../support/eventually.js';
import { createTestDatabase, type TestDatabase } from '../../support/test-database.js';

const all = everyAccount('tests look at everything');
const { signal } = new AbortController();
const august = { start: Date.parse('2026-08-01T00:00:00Z'), end: Date.parse('2026-09-01T00:00:00Z') };
/** Days were young when their events came, and are old when they are merged. */
const then = august.end;
const later = Date.parse('2026-11-21T00:00:00Z');
let test: TestDatabase;
let events: ReturnType<typeof eventServices>;

beforeEach(async () => {
  test = await createTestDatabase({ poolSize: 10 });
  events = eventServices(test, () => then);
});
afterEach(() => test.drop());

const merge = (now = later, until = signal) => mergeMonths({ database: test.database, now: () => now, signal: until });
const eventOf = (day: number, eventName = `Day${day}`) =>
  testEvent({ eventName, eventTime: august.start + (day - 1) * dayMs + 3_600_000 });
const store = (...stored: ReturnType<typeof eventOf>[]) =>
  storeEvents(test.database, stored, { partitions: events.partitions });
/** Arrived long enough before `later` that nothing of it counts as recent. */
const settle = () => test.database.query('UPDATE batch SET committed_at = $1', [new Date(later - 10 * dayMs)]);

async function partitions(): Promise<string[]> {
  const rows = await test.database.query<{ name: string }>(
    "SELECT inhrelid::regclass::text AS name FROM pg_inherits WHERE inhparent = 'event'::regclass ORDER BY 1",
  );
  return rows.map(({ name }) => name);
}

async function seen(): Promise<string[]> {
  const { nodes } = await events.service.page(all, { orderBy: 'OLDEST_FIRST', first: 1000 });
  return nodes.map(({ eventID }) => eventID);
}

it('makes one partition of the days of an old month, with every record, sighting and index', async () => {
  const stored = Array.from({ length: 31 }, (_, index) => eventOf(index + 1));
  await store(...stored);
  await store({ ...eventOf(1), ...stored[0], logFileId: '2', raw: '{"differs":1}' });
  await settle();
  const indexes = () =>
    test.database.query<{ definition: string }>(
      `SELECT replace(indexdef, tablename, '') AS definition FROM pg_indexes WHERE tablename LIKE '%\\_2026\\_08%'`,
    );
  const before = (await indexes()).length / 31;
  expect(await partitions()).toHaveLength(32);
  expect(await merge(august.end + 44 * dayMs)).toBe(0);
  expect(await merge()).toBe(1);
  expect(await partitions()).toEqual(['event_2026_08', 'event_other']);
  expect(await indexes()).toHaveLength(before);
  expect(await seen()).toEqual(stored.map(({ eventId }) => eventId));
  const { nodes } = await events.service.page(all, { orderBy: 'OLDEST_FIRST', first: 1000 });
  expect(await events.service.records(nodes)).toHaveLength(31);
  expect(await test.database.query('SELECT FROM event_sighting WHERE ordinal IS NOT NULL')).toHaveLength(1);
  // The same event again, and a late one, find the month.
  expect(await store({ ...eventOf(1), ...stored[0] }, eventOf(9))).toMatchObject({ events: 1 });
  expect(await merge()).toBe(0);
  expect(await test.database.query('SELECT FROM merge_change')).toHaveLength(0);
});

it('shows readers each event once, and loses none that come late, while days become a month', async () => {
  const stored = Array.from({ length: 310 }, (_, index) => eventOf(1 + (index % 31)));
  await store(...stored);
  await settle();
  let isMerged = false;
  const late: string[] = [];
  const read = async () => {
    const pages: number[] = [];
    while (!isMerged) {
      const ids = await seen();
      expect(new Set(ids).size).toBe(ids.length);
      pages.push(ids.length);
    }
    return pages;
  };
  const write = async () => {
    for (let day = 1; !isMerged; day = 1 + (day % 31)) {
      const event = eventOf(day, 'Late');
      await store(event);
      late.push(event.eventId);
      await settle();
    }
  };
  const merging = async () => {
    let runs = 0;
    // While somebody writes a run may have to leave it to the next; then one more finishes.
    for (let merged = 0; merged === 0; runs++) {
      if (runs === 5) isMerged = true;
      merged = await merge();
    }
    isMerged = true;
  };
  const [pages] = await Promise.all([read(), write(), merging()]);
  expect(Math.min(...pages)).toBeGreaterThanOrEqual(310);
  expect(await partitions()).toEqual(['event_2026_08', 'event_other']);
  expect((await seen()).sort()).toEqual([...stored.map(({ eventId }) => eventId), ...late].sort());
  expect(late.length).toBeGreaterThan(0);
}, 60_000);

it('copies a day again that was written to, deleted from or emptied since it was copied, in a run that was cut short', async () => {
  await store(...Array.from({ length: 4 }, (_, index) => eventOf(index + 1)));
  await settle();
  const days = [1, 2, 3, 4].map((day) => ({
    start: august.start + (day - 1) * dayMs,
    end: august.start + day * dayMs,
  }));
  await test.database.transaction((transaction) => makeMonth(transaction, august));
  for (const day of days) {
    await test.database.transaction((transaction) => beginDay(transaction, august, day));
    await copyDay(test.database, august, day);
  }
  await store(eventOf(2, 'Late'));
  await settle();
  // Day 1 is emptied and dropped, day 3 emptied by hand.
  const kept = new KeptSince(Math.round((later - august.start) / dayMs) - 1, new Map(), later);
  expect(await deleteExpired({ database: test.database, now: () => later, signal }, kept)).toMatchObject({
    dropped: 1,
  });
  await test.database.query('TRUNCATE event_2026_08_03');
  expect(await merge()).toBe(1);
  const { nodes } = await events.service.page(all, { orderBy: 'OLDEST_FIRST' });
  expect(nodes.map(({ eventName }) => eventName)).toEqual(['Day2', 'Late', 'Day4']);
});

it('leaves a month alone of which something arrived within a day', async () => {
  await store(eventOf(1));
  const [row] = await test.database.query<{ at: Date }>('SELECT max(committed_at) AS at FROM batch');
  const arrived = (row as { at: Date }).at.getTime();
  const soon = Math.max(arrived + 3_600_000, august.end + 46 * dayMs);
  await test.database.query('UPDATE batch SET committed_at = $1', [new Date(soon - 3_600_000)]);
  expect(await merge(soon)).toBe(0);
  expect(await merge(soon + dayMs)).toBe(1);
});

it('gives way to a long reader before days become a month, and finishes when the reader is done', async () => {
  await store(eventOf(1));
  await settle();
  const [reading, done] = [deferred(), deferred()];
  const reader = test.database.transaction(async (transaction) => {
    await transaction.query('SELECT FROM event');
    reading.resolve();
    await done.promise;
  });
  await reading.promise;
  const merging = merge();
  await eventually(
    () => test.database.query("SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE 'LOCK%'"),
    (waiting) => waiting.length > 0,
  );
  // Others read and write meanwhile: they would wait behind one that insists.
  await store(eventOf(1, 'Late'));
  expect(await seen()).toHaveLength(2);
  done.resolve();
  await reader;
  await merging;
  await settle();
  if ((await partitions()).length > 2) await merge();
  await merge();
  expect(await partitions()).toEqual(['event_2026_08', 'event_other']);
  expect(await seen()).toHaveLength(2);
});

it('begins a month anew whose tables are of an older version of the database', async () => {
  await store(eventOf(1));
  await settle();
  await test.database.transaction((transaction) => makeMonth(transaction, august));
  await test.database.query(
    "COMMENT ON TABLE merging_event_2026_08 IS '1'; ALTER TABLE merging_event_2026_08 DROP COLUMN user_agent",
  );
  expect(await merge()).toBe(1);
  expect(await seen()).toHaveLength(1);
});
