import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { Random } from '../../src/lib/random.js';
import { ask, openTestApp } from '../support/app.js';
import { eventually } from '../support/eventually.js';
import { type Behaviour, openReceiver, type Received, type Receiver } from '../support/receiver.js';
import { endPrograms, type Program, spawnProgram } from '../support/spawn-program.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';

/*
 * What is caused is delivered, whatever the receiver does and however often workers are killed. Who receives is told at
 * least once: the figures say how often it was told again, by the key that lets it know.
 */

const causedEveryMs = 150;
/** How long the receiver is gone. A longer one only takes longer: `DELIVERY_OUTAGE_SECONDS=60`. */
const outageSeconds = Number(process.env['DELIVERY_OUTAGE_SECONDS'] ?? 10);
const secretKeys = Buffer.alloc(32, 7).toString('base64');

let test: TestDatabase;
let app: Awaited<ReturnType<typeof openTestApp>>;
let receiver: Receiver;
let folder: string;

beforeEach(async () => {
  test = await createTestDatabase();
  app = await openTestApp('api', { databaseUrl: test.url, allowedNetworks: '127.0.0.1' });
  receiver = await openReceiver();
  folder = mkdtempSync(join(tmpdir(), 'crosstrail-deliveries-'));
});
afterEach(async () => {
  await endPrograms();
  await app.stop();
  await receiver.stop();
  await test.drop();
  rmSync(folder, { recursive: true, force: true });
});

let workers = 0;
function startWorker(failpoint?: string): Program & { readonly proof: string } {
  const proof = join(folder, `proof-${workers++}`);
  const env = {
    DATABASE_URL: test.url,
    CROSSTRAIL_DATA_DIR: folder,
    CROSSTRAIL_SECRET_KEYS: secretKeys,
    CROSSTRAIL_ALLOWED_NETWORKS: '127.0.0.1',
    ...(failpoint === undefined ? {} : { CROSSTRAIL_FAILPOINT: `${failpoint}:${proof}` }),
  };
  return { ...spawnProgram(['worker'], env), proof };
}

async function putRuleToReceiver(rule: object): Promise<void> {
  await ask(app.url, 'mutation ($input: PutTargetInput!) { putTarget(input: $input) { target { name } } }', {
    input: { name: 'hook', type: 'WEBHOOK', url: `${receiver.url}/`, timeoutSeconds: 2, maxConcurrency: 16 },
  });
  await ask(app.url, 'mutation ($input: PutRuleInput!) { putRule(input: $input) { rule { name } } }', {
    input: { name: 'all', ...rule },
  });
  await ask(app.url, 'mutation ($input: PutRuleTargetsInput!) { putRuleTargets(input: $input) { rule { name } } }', {
    input: { rule: 'all', targets: [{ id: 'a', target: 'hook' }] },
  });
}

/** @returns the ids of the events */
async function cause(from: number, count: number): Promise<string[]> {
  const entries = Array.from({ length: count }, (_, index) => ({
    source: 'com.example.faults',
    detailType: 'Test',
    detail: { number: from + index },
  }));
  const { putEvents } = await ask<{ putEvents: { entries: { eventId: string }[] } }>(
    app.url,
    'mutation ($input: PutEventsInput!) { putEvents(input: $input) { entries { eventId } } }',
    { input: { entries } },
  );
  return putEvents.entries.map(({ eventId }) => eventId);
}

async function causeUntil(signal: AbortSignal, caused: string[]): Promise<void> {
  while (!signal.aborted) {
    caused.push(...(await cause(caused.length, 5)));
    await delay(causedEveryMs);
  }
}

/** How often each fault of the receiver was met, and whom it told that it had taken a message. */
interface Ledger {
  readonly met: Record<string, number>;
  readonly accepted: Received[];
}

function unreliable(random: Random, { met, accepted }: Ledger): Behaviour {
  const meet = (fault: string) => {
    met[fault] = (met[fault] ?? 0) + 1;
  };
  return (request, response) => {
    const chance = random.fraction();
    if (chance < 0.06) {
      meet('answers 500');
      response.writeHead(500).end('broken');
    } else if (chance < 0.08) {
      meet('hangs');
    } else if (chance < 0.1) {
      meet('answers 429');
      response.writeHead(429, { 'retry-after': '1' }).end();
    } else if (chance < 0.14) {
      meet('closes without an answer');
      response.socket?.destroy();
    } else if (chance < 0.18) {
      meet('closes in the midst of its answer');
      accepted.push(request);
      response.writeHead(200, { 'content-length': '1000' });
      response.write('{"ok":', () => response.socket?.destroy());
    } else {
      accepted.push(request);
      response.writeHead(204).end();
    }
  };
}

const waiting = async () => {
  const [row] = await test.database.query<{ count: number }>(
    `SELECT count(*)::integer AS count FROM delivery WHERE state IN ('PENDING', 'DELIVERING')`,
  );
  return row?.count ?? 0;
};

it('delivers all that was caused to a receiver that fails in every way, while workers are killed', async ({ task }) => {
  await putRuleToReceiver({ eventPattern: { source: ['com.example.faults'] } });
  const ledger: Ledger = { met: {}, accepted: [] };
  receiver.behave(unreliable(new Random('deliveries'), ledger));
  const caused: string[] = [];
  const calm = new AbortController();
  const causing = causeUntil(calm.signal, caused);
  // Should the test end before, nobody is left to hear of it.
  causing.catch(() => undefined);
  const steady = startWorker();
  let kills = 0;
  for (const point of ['deliveries.claimed:kill:3', 'deliveries.sent:kill:5', 'deliveries.sent:kill:1']) {
    const doomed = startWorker(point);
    await eventually(
      async () => existsSync(doomed.proof),
      (isHit) => isHit,
      { seconds: 60 },
    );
    expect(await doomed.closed).toBe(null);
    kills += 1;
  }
  // Gone: nothing listens there any more, and what was open is cut.
  const port = Number(new URL(receiver.url).port);
  await receiver.stop();
  await steady.kill('SIGKILL');
  kills += 1;
  const others = [startWorker(), startWorker()];
  await delay(outageSeconds * 1000);
  receiver = await openReceiver(unreliable(new Random('after the outage'), ledger), port);
  calm.abort();
  await causing;
  await eventually(waiting, (count) => count === 0, { seconds: 150 });
  for (const worker of others) expect(await worker.kill('SIGTERM'), worker.output.err).toBe(0);

  const states = await test.database.query<{ state: string; eventId: string; key: string }>(
    'SELECT state, event_id AS "eventId", key FROM delivery ORDER BY id',
  );
  expect(caused.length).toBeGreaterThan(100);
  expect(states.map(({ eventId }) => eventId).sort()).toEqual([...caused].sort());
  expect(new Set(states.map(({ state }) => state))).toEqual(new Set(['DELIVERED']));
  const told = new Map<string, number>();
  for (const { key } of ledger.accepted) told.set(key, (told.get(key) ?? 0) + 1);
  const lost = states.filter(({ key }) => !told.has(key)).length;
  const repeated = [...told.values()].reduce((sum, times) => sum + times - 1, 0);
  expect(lost).toBe(0);
  expect([...told.keys()].filter((key) => !states.some((delivery) => delivery.key === key))).toEqual([]);
  expect(Object.keys(ledger.met)).toHaveLength(5);
  task.meta.faults = [
    {
      fault: `deliveries: ${caused.length} caused, ${told.size} delivered`,
      hits: ledger.accepted.length,
      lost,
      doubled: repeated,
    },
    ...Object.entries(ledger.met).map(([fault, hits]) => ({
      fault: `receiver ${fault}`,
      hits,
      lost,
      doubled: repeated,
    })),
    { fault: `receiver gone for ${outageSeconds} s`, hits: 1, lost, doubled: repeated },
    { fault: 'worker killed in the midst of deliveries', hits: kills, lost, doubled: repeated },
  ];
}, 300_000);

it('runs each time of a schedule once, however many workers there are and whenever one is killed', async () => {
  await putRuleToReceiver({ scheduleExpression: 'rate(1 day)', missedTimes: 'ALL' });
  const due = async (minutesAgo: number) => {
    await test.database.query(
      `UPDATE rule SET anchor = date_trunc('second', now()) - make_interval(days => 1, mins => $1),
         next_time = date_trunc('second', now()) - make_interval(mins => $1)`,
      [minutesAgo],
    );
  };
  await due(3);
  const doomed = startWorker('schedules.before-commit:kill:1');
  await eventually(
    async () => existsSync(doomed.proof),
    (isHit) => isHit,
    { seconds: 60 },
  );
  expect(await doomed.closed).toBe(null);
  expect(readFileSync(doomed.proof, 'utf8')).toBe('schedules.before-commit\n');
  const pair = [startWorker(), startWorker()];
  await receiver.got(1);
  await due(2);
  await receiver.got(2);
  // Stopped and started again: what was run is not run again, and what fell due meanwhile is made up.
  for (const worker of pair) expect(await worker.kill('SIGTERM'), worker.output.err).toBe(0);
  await due(1);
  const last = [startWorker(), startWorker()];
  await receiver.got(3);
  await eventually(waiting, (count) => count === 0);
  for (const worker of last) expect(await worker.kill('SIGTERM'), worker.output.err).toBe(0);
  const times = receiver.received.map(({ body }) => (JSON.parse(body) as { time: string }).time);
  expect(new Set(times).size).toBe(3);
  expect(times).toHaveLength(3);
}, 300_000);
