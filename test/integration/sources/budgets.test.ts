import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import type { ObjectStore, StoredObject } from '../../../src/sources/object-store.port.js';
import { A, admin, type Collection, logKey, startCollection } from '../../support/collection.js';
import { FakeAws } from '../../support/fake-aws.js';

/* What one source may take of a process's sockets: through the real client of S3, with bodies that nobody reads yet. */

const aws = new FakeAws();
const { signal } = new AbortController();
const size = 1_000_000;
const keys = Array.from({ length: 20 }, (_, name) => logKey(A, new Date('2026-11-20T12:00:00Z'), `f${name}`));
let collection: Collection;
let opening: Promise<StoredObject>[];

beforeAll(async () => {
  const hubCredentials = async () => ({ accessKeyId: 'hub', secretAccessKey: 's' });
  collection = await startCollection({ aws: { endpointUrl: await aws.start(), region: 'eu-west-1', hubCredentials } });
  for (const bucket of ['central', 'other']) for (const key of keys) aws.put(bucket, key, 'x'.repeat(size));
});
afterAll(async () => {
  await collection.stop();
  await aws.stop();
});
beforeEach(async () => {
  await collection.database.query('TRUNCATE account, source CASCADE');
  opening = [];
  aws.fault = () => null;
  aws.calls.length = 0;
});
/** Bodies that are left hold their sockets. */
afterEach(async () => {
  for (const one of opening) await one.then(leave).catch(() => undefined);
});

async function storeOf(bucket: string): Promise<ObjectStore> {
  const { id } = await collection.sources.create(admin, { type: 'S3_LISTING', bucket, accountIds: [A] });
  return collection.stores.forSource(id);
}

function open(store: ObjectStore, key: string, until = signal): Promise<StoredObject> {
  const opened = store.open(key, until);
  opening.push(opened);
  return opened;
}

async function read({ body }: StoredObject): Promise<number> {
  let bytes = 0;
  for await (const part of body) bytes += part.length;
  return bytes;
}

async function leave({ body }: StoredObject): Promise<void> {
  for await (const _ of body) break;
}

/** How many objects of a bucket were asked for, once every call that is let in must have come to the server. */
async function askedFor(bucket: string): Promise<number> {
  const other = await collection.stores.forSource((await collection.sources.list(admin.accounts))[0]?.id ?? '');
  // Calls of another kind, each there and back: they need a turn of another source.
  for (let trip = 0; trip < 3; trip += 1) for await (const _ of other.list({ prefix: 'none', signal })) break;
  return aws.calls.filter((call) => call.operation === 'get' && call.bucket === bucket).length;
}

it('16 downloads at once; the next begins when one is read, left, or given up', async () => {
  await storeOf('other');
  const store = await storeOf('central');
  const stop = new AbortController();
  const first = keys.slice(0, 16).map((key, index) => open(store, key, index === 2 ? stop.signal : signal));
  const next = keys.slice(16, 19).map((key) => open(store, key));
  const [one, two] = await Promise.all(first);
  if (one === undefined || two === undefined) throw new Error('nothing was opened');
  expect(await askedFor('central')).toBe(16);
  expect(await read(one)).toBe(size);
  await next[0];
  expect(await askedFor('central')).toBe(17);
  await leave(two);
  await next[1];
  stop.abort();
  await next[2];
  expect(await askedFor('central')).toBe(19);
});

it('a source whose downloads hang leaves every turn of another free', async () => {
  const other = await storeOf('other');
  const store = await storeOf('central');
  const stop = new AbortController();
  aws.fault = ({ bucket }) => (bucket === 'central' ? 'hang' : null);
  for (const key of keys) open(store, key, stop.signal);
  expect(await read(await open(other, keys[0] ?? ''))).toBe(size);
  await Promise.all(keys.slice(0, 15).map((key) => open(other, key)));
  expect(await askedFor('central')).toBe(16);
  stop.abort();
});

it('half as many once S3 says to slow down', async () => {
  await storeOf('other');
  const store = await storeOf('central');
  let faults = 1;
  aws.fault = () => (faults-- > 0 ? { status: 503, code: 'SlowDown' } : null);
  // The client tries it again by itself.
  await open(store, keys[0] ?? '');
  aws.calls.length = 0;
  await Promise.all(keys.slice(1, 8).map((key) => open(store, key)));
  for (const key of keys.slice(8, 12)) open(store, key);
  expect(await askedFor('central')).toBe(7);
  await leave(await (opening[0] as Promise<StoredObject>));
  await opening[8];
});
