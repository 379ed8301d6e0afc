import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { Random } from '../../src/lib/random.js';
import { type AuditedChange, auditAlarms, readAllChanges } from '../support/alarm-audit.js';
import { AlarmFleet } from '../support/alarm-fleet.js';
import { AlarmFollower, type Following } from '../support/alarm-follower.js';
import { AlarmLoad, narrowAccount } from '../support/alarm-load.js';
import { adminToken } from '../support/app.js';
import { eventually } from '../support/eventually.js';
import { FaultProxy } from '../support/fault-proxy.js';
import { openReceiver, type Receiver } from '../support/receiver.js';
import { describeRedis, startTestRedis, type TestRedis } from '../support/test-redis.js';

/*
 * A thousand changes of alarms, and clients that follow them, while all below is killed in turn: both APIs, both workers, the
 * database, and Redis where there is one. What was told is what the table of changes has in the end: each client must have heard
 * of exactly those that its filter and its token cover, each once, in their order.
 */

vi.setConfig({ testTimeout: 600_000, hookTimeout: 120_000 });

const leastChanges = 1_000;
/** Where workers are killed, at which of the times that they tell of changes. */
const failpoints = [
  'alarms.before-commit:kill:3',
  'alarms.after-commit:kill:3',
  'alarms.before-commit:kill:2',
  'alarms.after-commit:kill:2',
];

describe('with queue and pubsub on Postgres', () => suite(() => null));

describeRedis('with queue and pubsub on Redis', () => {
  let redis: TestRedis;
  let proxy: FaultProxy;
  beforeAll(async () => {
    redis = await startTestRedis();
    proxy = await FaultProxy.start();
  });
  afterAll(async () => {
    await proxy.stop();
    await redis.stop();
  });
  suite(() => ({
    url: proxy.lead(redis.url),
    async restart() {
      proxy.close();
      await redis.stop();
      redis = await startTestRedis();
      proxy.lead(redis.url);
    },
  }));
});

interface RestartedRedis {
  readonly url: string;
  /** It comes back empty. */
  restart(): Promise<void>;
}

/** Whether a client hears of a change, reckoned for it alone. */
type Covers = (change: AuditedChange) => boolean;

interface Client extends Following {
  readonly covers: Covers;
}

const everything: Covers = () => true;
const isNarrow: Covers = ({ accountIds }) => accountIds?.every((one) => one === narrowAccount) ?? false;
const logNames = ['log-000', 'log-001', 'log-002', 'log-003', 'log-004', 'log-005'];

function clientsOf(narrowToken: string): readonly Client[] {
  const token = adminToken;
  return [
    { way: 'WebSocket', token, covers: everything },
    { way: 'WebSocket', token, covers: everything },
    { way: 'WebSocket', token: narrowToken, covers: isNarrow },
    {
      ...{ way: 'WebSocket', token, filter: { namePrefix: 'live-0' } },
      covers: ({ alarm }) => alarm.startsWith('live-0'),
    },
    { way: 'WebSocket', token, toStates: ['ALARM'], covers: ({ to }) => to === 'ALARM' },
    { way: 'WebSocket', token, fromStates: ['ALARM'], covers: ({ from }) => from === 'ALARM' },
    {
      ...{ way: 'WebSocket', token, filter: { tags: [{ key: 'team', value: 'red' }], states: ['OK'] } },
      covers: ({ tags, to }) => tags['team'] === 'red' && to === 'OK',
    },
    { way: 'WebSocket', token, filter: { names: logNames }, covers: ({ alarm }) => logNames.includes(alarm) },
    { way: 'event stream', token, covers: everything },
    {
      ...{ way: 'event stream', token: narrowToken, fromStates: ['OK'] },
      covers: (change) => isNarrow(change) && change.from === 'OK',
    },
    { way: 'feed', token, covers: everything },
  ];
}

/** Whoever heard of a change hears of what corrects it. */
function expected(changes: readonly AuditedChange[], covers: Covers): string[] {
  const byId = new Map(changes.map((change) => [change.id, change]));
  return changes
    .filter((change) => {
      const corrected = byId.get(change.supersedes ?? '');
      return (
        covers(change) || (corrected !== undefined && covers({ ...change, from: corrected.from, to: corrected.to }))
      );
    })
    .map(({ id }) => id);
}

function suite(redisOfTest: () => RestartedRedis | null): void {
  let fleet: AlarmFleet;
  let redis: RestartedRedis | null;
  let receiver: Receiver;
  let load: AlarmLoad;
  let followers: AlarmFollower[];

  beforeEach(async () => {
    redis = redisOfTest();
    receiver = await openReceiver();
    fleet = await AlarmFleet.start(redis?.url);
    load = new AlarmLoad(fleet);
    followers = [];
  });
  afterEach(async () => {
    for (const follower of followers) await follower.stop();
    await fleet.stop();
    await receiver.stop();
  });

  /** What is done to the program, and how often. */
  function incidentsOf(random: Random) {
    const one = () => random.below(2);
    const ofRedis = redis === null ? [] : [['Redis is started again, empty', 2, () => redis?.restart()] as const];
    return [
      ['a worker is killed at any moment', 2, () => fleet.end('worker', one(), 'SIGKILL')],
      ['an API is killed', 2, () => fleet.end('api', one(), 'SIGKILL')],
      ['an API is stopped', 1, () => fleet.end('api', one(), 'SIGTERM')],
      ['every connection of clients is cut', 2, async () => fleet.cutClients()],
      ['the database is killed', 2, () => fleet.server.crash()],
      ['every session of the database is ended', 2, () => fleet.server.endSessions()],
      ['every connection to the database is cut', 2, async () => fleet.server.proxy.cut()],
      ...ofRedis,
    ] as const satisfies readonly (readonly [string, number, () => Promise<unknown> | undefined])[];
  }

  const told = async () => {
    const [row] = await fleet.server.database.query<{ position: number }>(
      'SELECT position::integer AS position FROM alarm_position',
    );
    return row?.position ?? 0;
  };

  /** Waits until nothing is left to be judged, read or delivered: every alarm has come to rest. */
  async function comeToRest(): Promise<void> {
    const { database } = fleet.server;
    await eventually(
      async () => {
        await database.query(
          `UPDATE log_file SET due_at = now() WHERE due_at > now() AND state IN ('DISCOVERED', 'INGESTING')`,
        );
        await database.query(`UPDATE delivery SET due_at = now() WHERE due_at > now() AND state = 'PENDING'`);
        await database.query('UPDATE target SET rests_until = NULL');
        const [row] = await database.query(
          `SELECT (SELECT count(*) FROM metric_touch)::integer AS touches,
             (SELECT count(*) FROM alarm WHERE state <> 'OK' OR is_set)::integer AS restless,
             (SELECT count(*) FROM log_file WHERE state <> 'INGESTED')::integer AS unread,
             (SELECT count(*) FROM delivery WHERE state IN ('PENDING', 'DELIVERING'))::integer AS undelivered`,
        );
        return row;
      },
      (left) => Object.values(left ?? {}).every((count) => count === 0),
      { seconds: 90 },
    );
  }

  it('tells every client of each change once, in one order, whatever is killed', async ({ task }) => {
    await load.prepare(receiver.url);
    const clients = clientsOf(await load.narrowToken());
    followers = clients.map((client, index) => new AlarmFollower(client, fleet.addresses, index));
    await Promise.all(followers.map(({ begun }) => begun));
    await fleet.startWorkers(failpoints);
    const calm = new AbortController();
    const loading = load.run(calm.signal);
    loading.catch(() => undefined);
    const random = new Random('what is killed');
    const incidents = incidentsOf(random);
    const due = incidents.flatMap(([, times, hit]) => Array.from({ length: times }, () => hit));
    const apart = Math.floor(leastChanges / due.length);
    while (due.length > 0) {
      const start = await eventually(told, () => true);
      const [hit] = due.splice(random.below(due.length), 1);
      await hit?.();
      await eventually(told, (count) => count >= start + apart, { seconds: 120 });
    }
    await eventually(told, (count) => count >= leastChanges && fleet.failpointsHit === failpoints.length, {
      seconds: 120,
    });
    calm.abort();
    await loading;
    await comeToRest();

    const { database } = fleet.server;
    const changes = await readAllChanges(database);
    const wanted = clients.map(({ covers }) => expected(changes, covers));
    await eventually(
      async () => followers.map(({ heard }) => heard.length),
      (counts) => counts.every((count, index) => count >= (wanted[index]?.length ?? 0)),
      { seconds: 30 },
    ).catch(() => undefined);
    for (const follower of followers) await follower.stop();
    const figures = followers.map(({ heard, connected }, index) => ({
      heard: heard.length,
      missed: (wanted[index] ?? []).filter((id) => !heard.includes(id)).length,
      repeated: heard.length - new Set(heard).size,
      foreign: heard.filter((id) => !wanted[index]?.includes(id)).length,
      reconnects: connected - 1,
    }));
    const sum = (name: keyof (typeof figures)[number]) => figures.reduce((all, each) => all + each[name], 0);
    const keys = new Set(receiver.received.map(({ key }) => key));
    const where = redis === null ? 'on Postgres' : 'on Redis';
    const toll = { lost: sum('missed'), doubled: sum('repeated') };
    task.meta.faults = [
      {
        fault: `alarms ${where}: ${changes.length} changes, followed by ${clients.length} clients`,
        hits: sum('heard'),
        ...toll,
      },
      { fault: `alarms ${where}: clients connect again`, hits: sum('reconnects'), ...toll },
      {
        fault: `alarms ${where}: ${keys.size} actions are run`,
        hits: receiver.received.length,
        lost: 0,
        doubled: receiver.received.length - keys.size,
      },
      {
        fault: `alarms ${where}: a worker is killed before it commits changes, or behind that`,
        ...{ hits: failpoints.length, ...toll },
      },
      ...incidents.map(([fault, hits]) => ({ fault: `alarms ${where}: ${fault}`, hits, ...toll })),
    ];
    // Queries fail while there is no database; subscriptions wait for it.
    const subscribed = followers.filter(({ following }) => following.way !== 'feed');
    expect(subscribed.flatMap(({ refusals }) => refusals)).toEqual([]);
    expect(
      figures.filter(({ missed, repeated, foreign }) => missed + repeated + foreign > 0),
      fleet.output,
    ).toEqual([]);
    expect(followers.map(({ heard }) => heard)).toEqual(wanted);
    expect(await auditAlarms(database, (alarm) => alarm.startsWith('live-'))).toEqual([]);
    const kept = await database.query<{ key: string }>('SELECT key FROM delivery');
    expect([...keys].sort()).toEqual(kept.map(({ key }) => key).sort());
    expect(changes.length).toBeGreaterThanOrEqual(leastChanges);
    expect(sum('reconnects')).toBeGreaterThan(followers.length);
    expect(await fleet.shutDown(), fleet.output).toEqual([0, 0, 0, 0]);
  });
}
