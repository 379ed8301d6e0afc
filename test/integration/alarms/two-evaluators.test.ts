import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { MetricAlarmInput } from '../../../src/alarms/alarm.inputs.js';
import type { AlarmEvaluator } from '../../../src/alarms/alarm-evaluator.service.js';
import { Random } from '../../../src/lib/random.js';
import { minuteMs } from '../../../src/lib/time.js';
import type { Database, Sql } from '../../../src/platform/database/database.js';
import { type AlarmWorld, openAlarmWorld } from '../../support/alarm-world.js';
import { Gate } from '../../support/collector.js';
import { noon } from '../../support/events.js';
import { fileOf, filterInput } from '../../support/metric-world.js';

/*
 * Several evaluators on one database, each as a process of its own would be. Truth: one evaluator alone, of which order.test.ts
 * shows that it is right.
 */

vi.setConfig({ testTimeout: 180_000, hookTimeout: 60_000 });

const account = '111111111111';
let world: AlarmWorld;
beforeEach(async () => {
  world = await openAlarmWorld({ poolSize: 16 });
});
afterEach(() => world.stop());

const at = (minutes: number) => noon + minutes * minuteMs;
let ids = 0;
const eventOf = (name: string, minutes: number) => ({
  id: ++ids,
  name,
  time: new Date(at(minutes) + 5000).toISOString(),
});
const logOf = (events: readonly ReturnType<typeof eventOf>[]) => fileOf(events, { accountId: account });
type LogFile = ReturnType<typeof fileOf>;

const kinds = ['Root', 'Denied', 'Key', 'Trail'];
const alarms: readonly (readonly [string, Partial<MetricAlarmInput>])[] = kinds.flatMap((metricName) => [
  [`${metricName}-any`, { metricName, treatMissingData: 'notBreaching', evaluationDelay: 600 }],
  [`${metricName}-many`, { metricName, threshold: 2, period: 300, treatMissingData: 'missing', evaluationDelay: 900 }],
  [
    `${metricName}-few`,
    { metricName, comparisonOperator: 'LessThanThreshold', evaluationPeriods: 2, datapointsToAlarm: 1 },
  ],
]);

/** Rounds of ten minutes: what comes in each, late and out of order. */
function roundsOfFiles(): readonly (readonly LogFile[])[] {
  const random = new Random('evaluators');
  return Array.from({ length: 8 }, (_, round) =>
    Array.from({ length: 6 }, () =>
      logOf(
        Array.from({ length: 1 + random.below(5) }, () =>
          eventOf(kinds[random.below(kinds.length)] as string, round * 10 - random.below(25)),
        ),
      ),
    ),
  );
}

/** Lets a day's files come by several workers, while evaluators judge. */
async function live(on: AlarmWorld, rounds: readonly (readonly LogFile[])[], evaluators: readonly AlarmEvaluator[]) {
  on.clock.time = at(0);
  for (const kind of kinds) await on.putFilter(filterInput(kind, `{ $.eventName = "${kind}" }`));
  for (const [name, input] of alarms) await on.putAlarm(name, input);
  await on.putComposite('all', 'ALARM("Root-any") AND ALARM("Denied-any")');
  const workers = Array.from({ length: 3 }, () => on.openWorker());
  const judge = () => Promise.all(evaluators.map((evaluator) => evaluator.work()));
  for (const [round, files] of rounds.entries()) {
    on.clock.time = at(round * 10);
    await Promise.all([
      ...workers.map(async (worker, index) => {
        for (const file of files.filter((_, place) => place % workers.length === index)) {
          await worker.ingest([file]);
          await judge();
        }
      }),
      judge(),
    ]);
  }
  for (const minutes of [100, 130, 160]) {
    on.clock.time = at(minutes);
    await judge();
  }
}

it('tell each change once, and come to the timeline of one evaluator', async () => {
  const rounds = roundsOfFiles();
  const alone = await openAlarmWorld();
  try {
    await live(alone, rounds, [alone.openEvaluator()]);
    await live(
      world,
      rounds,
      Array.from({ length: 4 }, () => world.openEvaluator()),
    );
    let transitions = 0;
    for (const [name] of alarms) {
      const timeline = await world.timeline(name);
      transitions += timeline.length;
      expect(timeline, name).toEqual(await alone.timeline(name));
      expect(await world.state(name), name).toBe(await alone.state(name));
    }
    expect(transitions).toBeGreaterThan(100);
    expect(await world.timeline('all')).toEqual(await alone.timeline('all'));
  } finally {
    await alone.stop();
  }
  const changes = await world.changes();
  const standing = changes.filter(({ isSuperseded }) => !isSuperseded);
  expect(new Set(standing.map(({ alarm, at: time, from, to }) => `${alarm} ${time} ${from} ${to}`)).size).toBe(
    standing.length,
  );
  const corrected = changes.flatMap(({ supersedes }) => supersedes ?? []);
  expect(corrected.length).toBeGreaterThan(0);
  expect(new Set(corrected).size).toBe(corrected.length);
});

/** The database, with something done in each transaction of a pass. */
function around(
  query: (sql: Sql, text: string, values: readonly unknown[] | undefined) => Promise<object[]>,
  beforeCommit: () => Promise<void> = async () => undefined,
): Database {
  return {
    ...world.database,
    transaction: (work) =>
      world.database.transaction(async (sql) => {
        const queried = { ...sql, query: (text: string, values?: readonly unknown[]) => query(sql, text, values) };
        const result = await work(queried as typeof sql);
        await beforeCommit();
        return result;
      }),
  };
}

const plain = (sql: Sql, text: string, values: readonly unknown[] | undefined) => sql.query(text, values);
const told = async (name: string) => (await world.changes(name)).map(({ from, to }) => `${from} ${to}`);

async function putTwo(): Promise<void> {
  world.clock.time = at(0);
  for (const name of ['Root', 'Denied']) {
    await world.putFilter(filterInput(name, `{ $.eventName = "${name}" }`));
    await world.putAlarm(name, { treatMissingData: 'notBreaching' });
  }
  world.complete.set(account, at(3));
  // Nothing is due then but what data comes for.
  await world.tick(at(3) + 10_000);
}

describe('while the transaction of one is open', () => {
  it('others judge the alarms that it has not in hand, and it misses nothing that comes meanwhile', async () => {
    await putTwo();
    const claimed = new Gate();
    const mayGoOn = new Gate();
    const slow = world.openEvaluator(
      around(async (sql, text, values) => {
        const rows = await sql.query(text, values);
        if (text.includes('SKIP LOCKED') && rows.length > 0) {
          claimed.open();
          await mayGoOn.opened;
        }
        return rows;
      }),
    );
    await world.openWorker().ingest([logOf([eventOf('Root', 2)])]);
    const working = slow.work();
    await claimed.opened;
    await world.openWorker().ingest([logOf([eventOf('Denied', 2), eventOf('Root', -20)])]);
    await world.openEvaluator().work();
    expect(await told('Denied')).toEqual(['INSUFFICIENT_DATA OK', 'OK ALARM']);
    expect(await told('Root')).toEqual(['INSUFFICIENT_DATA OK']);
    mayGoOn.open();
    await working;
    await world.openEvaluator().work();
    const timeline = await world.timeline('Root');
    expect(timeline.filter(({ to }) => to === 'ALARM').map(({ at: time }) => (time - noon) / minuteMs)).toEqual([
      -19, 3,
    ]);
    expect(await world.database.query('SELECT FROM metric_touch')).toEqual([]);
  });

  it('and has told, the changes of others follow its own', async () => {
    await putTwo();
    const told1 = new Gate();
    const mayCommit = new Gate();
    const first = world.openEvaluator(
      around(plain, async () => {
        told1.open();
        await mayCommit.opened;
      }),
    );
    await world.openWorker().ingest([logOf([eventOf('Root', 2)])]);
    const working = first.work();
    await told1.opened;
    await world.openWorker().ingest([logOf([eventOf('Denied', 2)])]);
    const other = world.openEvaluator().work();
    mayCommit.open();
    await Promise.all([working, other]);
    expect((await world.changes()).slice(2).map(({ alarm }) => alarm)).toEqual(['Root', 'Denied']);
  });
});

describe('a pass that fails', () => {
  const failures: readonly (readonly [string, object, number])[] = [
    ['once, by a deadlock', { code: '40P01' }, 1],
    ['four times, by deadlocks', { code: '40P01' }, 4],
    ['once, as its connection is lost', { code: '57P01' }, 1],
  ];
  it.each(failures)('%s, is made up for at once, and tells each change once', async (_how, fields, times) => {
    await putTwo();
    let left = times;
    const unlucky = world.openEvaluator(
      around(plain, async () => {
        if (left-- > 0) throw Object.assign(new Error('it is aborted'), fields);
      }),
    );
    await world.openWorker().ingest([logOf([eventOf('Root', 2)])]);
    await unlucky.work();
    expect(left).toBeLessThan(0);
    expect(await told('Root')).toEqual(['INSUFFICIENT_DATA OK', 'OK ALARM']);
    expect(await world.database.query('SELECT FROM metric_touch')).toEqual([]);
  });

  it('each time keeps the alarm for a minute later, and holds up no other', async () => {
    await putTwo();
    const [{ id }] = (await world.database.query<{ id: string }>(`SELECT id FROM alarm WHERE name = 'Root'`)) as [
      { id: string },
    ];
    let isBroken = true;
    const unlucky = world.openEvaluator(
      around(async (sql, text, values) => {
        const isMine =
          text.includes('UPDATE alarm SET judged_through') && (values as readonly [readonly string[]])[0].includes(id);
        if (isBroken && isMine) throw new Error('it cannot be judged');
        return sql.query(text, values);
      }),
    );
    await world.openWorker().ingest([logOf([eventOf('Root', 2), eventOf('Denied', 2)])]);
    await unlucky.work();
    expect(await told('Denied')).toEqual(['INSUFFICIENT_DATA OK', 'OK ALARM']);
    expect(await told('Root')).toEqual(['INSUFFICIENT_DATA OK']);
    isBroken = false;
    world.clock.time += minuteMs;
    await unlucky.work();
    expect(await told('Root')).toEqual(['INSUFFICIENT_DATA OK', 'OK ALARM']);
  });
});
