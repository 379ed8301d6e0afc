import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { scopeOfGrant } from '../../../src/access/scope.js';
import { deleteOldChanges, insertChanges, type NewChange } from '../../../src/alarms/alarm-change.store.js';
import { AlarmFeedService } from '../../../src/alarms/alarm-feed.service.js';
import { createCursorCodec } from '../../../src/lib/cursor.js';
import { Random } from '../../../src/lib/random.js';
import { minuteMs } from '../../../src/lib/time.js';
import type { Database } from '../../../src/platform/database/database.js';
import { metricAlarm } from '../../support/alarm-announcements.js';
import { A, B } from '../../support/collection.js';
import { Gate } from '../../support/collector.js';
import { eventually } from '../../support/eventually.js';
import { HeldWriters } from '../../support/held-writers.js';
import { type PlantedAlarm, plantAlarm } from '../../support/planted-alarms.js';
import { createTestDatabase, type TestDatabase } from '../../support/test-database.js';
import { idsOf, toldChange } from '../../support/told-changes.js';

/* What readers of alarmFeed see beside transactions that commit as chance will have it. Truth: the schema's description of it. */

const everyone = scopeOfGrant(null);
const cursors = createCursorCodec(Buffer.alloc(32, 1));

let test: TestDatabase;
let database: Database;
let feed: AlarmFeedService;
let alarm: PlantedAlarm;

beforeEach(async () => {
  test = await createTestDatabase({ poolSize: 12 });
  ({ database } = test);
  feed = new AlarmFeedService({ database, cursors });
  alarm = await plantAlarm(database, metricAlarm({ alarmName: 'logins', accountIds: [A] }));
});
afterEach(() => test.drop());

const change = (more: Partial<NewChange> = {}) => toldChange(alarm, more);
const store = (...changes: NewChange[]) => database.transaction((sql) => insertChanges(sql, changes));
const read = (after: string | null = null, first = 100) => feed.read(everyone, { after, first });

/** Tells of changes and holds its transaction open. */
async function hold(...changes: NewChange[]) {
  const placed = new Gate();
  const mayEnd = new Gate();
  const ended = database.transaction(async (sql) => {
    await insertChanges(sql, changes);
    placed.open();
    await mayEnd.opened;
  });
  await placed.opened;
  return {
    commit: () => {
      mayEnd.open();
      return ended;
    },
  };
}

/** Resolves once so many transactions wait for the place of another. */
const waiting = (count: number) =>
  eventually(
    () =>
      database.query(`SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`),
    ({ length }) => length === count,
  );

describe('beside a transaction that has its place, and is not committed', () => {
  it('others wait for it, and nobody reads past it', async () => {
    const [first, second, third] = [change(), change(), change()];
    const held = await hold(first);
    const others = [store(second)];
    await waiting(1);
    others.push(store(third));
    await waiting(2);
    const early = await read();
    expect(early.changes).toEqual([]);
    await held.commit();
    await Promise.all(others);
    const late = await read(early.endCursor);
    // Which of those who wait for a row is next, Postgres decides.
    expect(idsOf(late.changes)[0]).toBe(first.id);
    expect(idsOf(late.changes).sort()).toEqual(idsOf([first, second, third]).sort());
  });

  it('its place goes to another when it fails', async () => {
    const [lost, kept] = [change(), change()];
    const failed = database.transaction(async (sql) => {
      await insertChanges(sql, [lost]);
      throw new Error('it fails');
    });
    await expect(failed).rejects.toThrow('it fails');
    await store(kept);
    expect(idsOf((await read()).changes)).toEqual([kept.id]);
    expect(await database.query('SELECT position FROM alarm_change')).toEqual([{ position: '1' }]);
  });

  it('whoever begins at the end of what is there hears of it', async () => {
    await store(change());
    const mine = change();
    const held = await hold(mine);
    const end = await feed.end();
    await held.commit();
    expect(idsOf((await read(end)).changes)).toEqual([mine.id]);
  });
});

it.each(['first', 'second'])(
  'readers with pages of 1, 7 and 100 see each change once, in one order, whichever transaction ends first (%s seed)',
  async (seed) => {
    const random = new Random(`feed of alarms, ${seed}`);
    const batches = Array.from({ length: 60 }, () => Array.from({ length: 1 + random.below(3) }, () => change()));
    const writers = new HeldWriters(
      random,
      (batch) =>
        ({ hold: mayPlace, beforeCommit }) =>
          database.transaction(async (sql) => {
            await sql.query('SELECT 1');
            await mayPlace();
            await insertChanges(sql, batches[batch] ?? []);
            await beforeCommit();
          }),
      batches.length,
      6,
    );
    const readers = [1, 7, 100].map((first) => ({ first, after: null as string | null, seen: [] as string[] }));
    const follow = async (reader: (typeof readers)[number]) => {
      const page = await read(reader.after, reader.first);
      reader.seen.push(...idsOf(page.changes));
      reader.after = page.endCursor;
      return page.hasMore;
    };
    while (!writers.isDone) {
      await writers.step();
      for (const reader of readers) if (random.below(2) === 0) await follow(reader);
    }
    for (const reader of readers) while (await follow(reader));
    const rows = await database.query<{ id: string }>('SELECT id FROM alarm_change ORDER BY position');
    const [one, seven, hundred] = readers.map(({ seen }) => seen);
    expect(rows).toHaveLength(batches.flat().length);
    expect(one).toEqual(idsOf(rows));
    expect(seven).toEqual(idsOf(rows));
    expect(hundred).toEqual(idsOf(rows));
  },
  120_000,
);

describe('while others read at the same place', () => {
  it('whoever is woken by a change hears of it, though another still reads what was there before', async () => {
    const start = (await read()).endCursor;
    const mayAnswer = new Gate();
    const asked = new Gate();
    let isFirst = true;
    const slow = new AlarmFeedService({
      cursors,
      database: beside(async (answer) => {
        const rows = await answer();
        if (!isFirst) return rows;
        isFirst = false;
        asked.open();
        await mayAnswer.opened;
        return rows;
      }),
    });
    const reading = { scope: everyone, wanted: {}, after: start, first: 100 };
    const early = slow.after(reading, 1);
    await asked.opened;
    const told = change();
    await store(told);
    const late = await slow.after(reading, 2);
    mayAnswer.open();
    expect(late.changes.map(({ item }) => item.id)).toEqual([told.id]);
    const { endCursor } = await early;
    const next = await slow.after({ ...reading, after: endCursor }, 2);
    expect([...(await early).changes, ...next.changes].map(({ item }) => item.id)).toEqual([told.id]);
  });
});

/** The database, with something done around each query. */
function beside(around: (answer: () => Promise<never[]>) => Promise<never[]>): Database {
  const query = (text: string, values?: readonly unknown[]) =>
    around(() => database.query(text, values) as Promise<never[]>);
  return { ...database, query } as Database;
}

describe('when changes are deleted for their age', () => {
  let changes: NewChange[];
  let cursorsBehind: string[];

  /** Deletes the first so many. */
  const forget = (count: number) => deleteOldChanges(database, new Date(changes[count]?.detectedAt ?? 0), 100);
  const outcomeOf = async (work: Promise<{ changes: readonly { id: string }[] }>) =>
    work.then(
      (page) => idsOf(page.changes),
      (error: { code?: string }) => error.code ?? error,
    );

  beforeEach(async () => {
    changes = Array.from({ length: 6 }, () => change());
    for (const one of changes) await store(one);
    cursorsBehind = [];
    let after: string | null = null;
    for (const _ of changes) {
      after = (await read(after, 1)).endCursor;
      cursorsBehind.push(after);
    }
  });

  it.each([
    ['the first, which is deleted', 0, 'CURSOR_EXPIRED'],
    ['the second, which is deleted', 1, 'CURSOR_EXPIRED'],
    ['the third, which is the last that is deleted', 2, [3, 4, 5]],
    ['the fourth', 3, [4, 5]],
    ['the last', 5, []],
  ] as const)('a reader that has come to %s', async (_which, come, expected) => {
    expect(await forget(3)).toBe(3);
    const outcome = await outcomeOf(read(cursorsBehind[come]));
    expect(outcome).toEqual(
      typeof expected === 'string' ? expected : expected.map((index) => changes[index]?.id ?? ''),
    );
  });

  it('who begins now reads what is left, from the start or from a time', async () => {
    await forget(3);
    const left = idsOf(changes.slice(3));
    expect(await outcomeOf(read())).toEqual(left);
    const from = new Date(changes[1]?.detectedAt ?? 0);
    expect(await outcomeOf(feed.read(everyone, { from, first: 100 }))).toEqual(left);
  });

  it('places are not given again when all is deleted, as the alarm was', async () => {
    const last = cursorsBehind.at(-1) ?? '';
    await database.query('DELETE FROM alarm');
    await deleteOldChanges(database, new Date((changes.at(-1)?.detectedAt ?? 0) + minuteMs), 100);
    const next = change();
    await store(next);
    expect(await outcomeOf(read(last))).toEqual([next.id]);
    expect(await outcomeOf(read(cursorsBehind[4]))).toBe('CURSOR_EXPIRED');
  });

  const ways = [
    ['alarmFeed', (service: AlarmFeedService, after: string) => service.read(everyone, { after, first: 100 })],
    [
      'alarmStateChanged',
      async (service: AlarmFeedService, after: string) => {
        const page = await service.after({ scope: everyone, wanted: {}, after, first: 100 }, 1);
        return { changes: page.changes.map(({ item }) => item) };
      },
    ],
  ] as const;
  const moments = [1, 2, 3, 4].flatMap((moment) => ways.map(([name, way]) => [name, moment, way] as const));
  it.each(moments)('%s leaves nothing out in silence, deleted at moment %i of a read', async (_name, moment, way) => {
    let moments = 0;
    const deleting = new AlarmFeedService({
      cursors,
      database: beside(async (answer) => {
        if (++moments === moment) await forget(3);
        const rows = await answer();
        if (++moments === moment) await forget(3);
        return rows;
      }),
    });
    const outcome = await outcomeOf(way(deleting, cursorsBehind[0] ?? ''));
    expect([idsOf(changes.slice(1)), 'CURSOR_EXPIRED']).toContainEqual(outcome);
  });

  it('two who read at once both hear that they are behind, though one asked before', async () => {
    const mayAnswer = new Gate();
    const asked = new Gate();
    let queries = 0;
    const slow = new AlarmFeedService({
      cursors,
      database: beside(async (answer) => {
        const mine = ++queries;
        const rows = await answer();
        // The second query of the first reader: it knows of no deletion.
        if (mine !== 2) return rows;
        asked.open();
        await mayAnswer.opened;
        return rows;
      }),
    });
    const [behind = ''] = cursorsBehind;
    const first = outcomeOf(slow.read(everyone, { after: behind, first: 100 }));
    await asked.opened;
    await forget(3);
    const second = outcomeOf(slow.read(everyone, { after: behind, first: 100 }));
    mayAnswer.open();
    expect(await first).toEqual(idsOf(changes.slice(1)));
    expect(await second).toBe('CURSOR_EXPIRED');
  });
});

describe('of a filter', () => {
  it.each([
    ['its own account', [A], 1],
    ['more than its accounts', [A, B], 1],
    ['another account', [B], 0],
    ['no account', [], 0],
  ])('a token of %s', async (_what, accountIds, heard) => {
    await store(change());
    const { changes } = await feed.read(scopeOfGrant(accountIds), { first: 100 });
    expect(changes).toHaveLength(heard);
  });

  it('a token hears of no correction that speaks of accounts beyond its own', async () => {
    const told = change();
    await store(told);
    await store(change({ supersedes: told.id, revision: 2, accountIds: [A, B] }));
    const { changes } = await feed.read(scopeOfGrant([A]), { first: 100 });
    expect(idsOf(changes)).toEqual([told.id]);
  });

  it('that fits nothing moves the cursor on all the same', async () => {
    await store(change(), change());
    const page = await feed.read(everyone, { filter: { names: ['another'] }, first: 1 });
    expect(page).toMatchObject({ changes: [], hasMore: false });
    expect(await read(page.endCursor)).toMatchObject({ changes: [] });
  });
});
