import { rm } from 'node:fs/promises';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { createPartitions } from '../../src/events/partition.service.js';
import { createCursorCodec } from '../../src/lib/cursor.js';
import { Random } from '../../src/lib/random.js';
import { adminToken, ask, post } from '../support/app.js';
import { countedEvents } from '../support/buckets.js';
import { noon, storeEvents, testEvent, testId } from '../support/events.js';
import { eventually } from '../support/eventually.js';
import { FaultProxy } from '../support/fault-proxy.js';
import { FaultServer } from '../support/fault-server.js';
import { HeldWriters } from '../support/held-writers.js';
import { endPrograms, type Program, spawnProgram } from '../support/spawn-program.js';
import { FeedReaders } from '../support/spawn-reader.js';
import { createTestDirectory } from '../support/test-postgres.js';

/*
 * Readers follow the feed over HTTP while writers commit out of the order in which they began, and readers, API and
 * database are killed and come back.
 */

vi.setConfig({ testTimeout: 600_000, hookTimeout: 120_000 });

const batches = 320;
const eventsOfBatch = 65;
const total = batches * eventsOfBatch;

let directory: string;
let server: FaultServer;
/** The address of the API, whichever process serves it. */
let front: FaultProxy;
let url: string;
let api: Program;

beforeAll(async () => {
  directory = await createTestDirectory();
  server = await FaultServer.start();
  front = await FaultProxy.start();
  await startApi();
});
afterAll(async () => {
  await endPrograms();
  await front.stop();
  await server.stop();
  await rm(directory, { recursive: true, force: true });
});

async function startApi(): Promise<void> {
  api = spawnProgram(['api'], { DATABASE_URL: server.url });
  url = front.lead(await api.url).replace(/\/$/, '');
}

async function restartApi(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
  front.close();
  await api.kill(signal);
  await startApi();
}

it('each reader sees each event once, in one order, whoever is killed while writers commit as chance will have it', async ({
  task,
}) => {
  const random = new Random('feed');
  const partitions = createPartitions(server.database, Date.now);
  const eventsOf = (batch: number) =>
    Array.from({ length: eventsOfBatch }, (_, index) =>
      testEvent({ eventId: testId(batch * eventsOfBatch + index), eventTime: noon + ((batch * 7919) % 3600) * 1000 }),
    );
  const store = (batch: number) => (hooks: { hold: () => Promise<void>; beforeCommit: () => Promise<void> }) =>
    storeEvents(server.database, eventsOf(batch), { partitions, ...hooks });
  const writers = new HeldWriters(random, store, batches, 8);
  const readers = await FeedReaders.start(directory, url, [1000, 137, 41]);
  /** Each several times, at the numbers of batches done that the seed gives. */
  const incidents: readonly (() => Promise<unknown>)[] = [
    ...[0, 1, 2, 0, 1, 2].map((reader) => () => readers.restart(reader)),
    () => restartApi('SIGKILL'),
    () => restartApi('SIGTERM'),
    () => server.crash().then(() => writers.release()),
    () => server.endSessions(),
    () => Promise.resolve(server.proxy.cut()).then(() => writers.release()),
    () => server.crash().then(() => writers.release()),
  ];
  const due = incidents.map((incident) => ({ at: random.below(batches - 10), incident })).sort((a, b) => a.at - b.at);
  while (!writers.isDone) {
    await writers.step();
    while (due[0] && writers.done >= due[0].at) await due.shift()?.incident();
  }
  const read = await eventually(
    () => readers.read(),
    (all) => all.every((ids) => ids.length >= total),
    { seconds: 240 },
  );
  await readers.stop();
  const truth = Array.from({ length: total }, (_, index) => testId(index));
  const seen = read.map((ids) => new Set(ids));
  const lost = seen.flatMap((ids) => truth.filter((id) => !ids.has(id)));
  const doubled = read.reduce((sum, ids, reader) => sum + ids.length - (seen[reader]?.size ?? 0), 0);
  expect({ lost: lost.slice(0, 5), doubled, incidentsLeft: due.length }).toEqual({
    lost: [],
    doubled: 0,
    incidentsLeft: 0,
  });
  expect(new Set(read.map((ids) => ids.join())).size).toBe(1);
  expect(writers.lost).toBeGreaterThan(0);
  expect(await countedEvents(url)).toBe(total);
  const fault = 'feed: readers, API and database killed while writers commit out of order';
  task.meta.faults = [{ fault, hits: incidents.length, lost: lost.length, doubled }];
});

it('a cursor can be neither made up, nor changed, nor taken from elsewhere', async () => {
  const feed = 'query ($after: String) { eventFeed(after: $after, first: 3) { endCursor events { eventID } } }';
  const first = await ask<{ eventFeed: { endCursor: string } }>(url, feed);
  const good = first.eventFeed.endCursor;
  const { events } = await ask<{ events: { pageInfo: { endCursor: string } } }>(
    url,
    '{ events(first: 3) { pageInfo { endCursor } } }',
  );
  const bytes = Buffer.from(good, 'base64url');
  const flipped = Array.from(bytes, (byte, index) => {
    const changed = Buffer.from(bytes);
    changed[index] = byte ^ (1 << (index % 8));
    return changed.toString('base64url');
  });
  const foreign = createCursorCodec(Buffer.alloc(32, 7)).encode('feed', ['3', 1]);
  const others = [events.pageInfo.endCursor, foreign, good.slice(0, -2), `${good}AA`, `${good}=`, 'first', '3', ' '];
  const codes = await Promise.all(
    [...flipped, ...others].map(async (after) => {
      const { errors } = await post(url, adminToken, feed, { after });
      return errors?.[0]?.extensions.code;
    }),
  );
  expect(codes).toEqual(codes.map(() => 'BAD_USER_INPUT'));
  expect((await post(url, adminToken, feed, { after: good })).errors).toBeUndefined();
  // Two places that lie beside each other have nothing in common: a cursor does not tell how far apart they are.
  const { eventFeed: next } = await ask<typeof first>(url, feed, { after: good });
  const other = Buffer.from(next.endCursor, 'base64url');
  expect(bytes.filter((byte, index) => byte === other[index]).length).toBeLessThan(bytes.length / 2);
});
