import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { dayMs } from '../../src/lib/time.js';
import { ask, openTestApp } from '../support/app.js';
import { countedEvents } from '../support/buckets.js';
import { A, logKey } from '../support/collection.js';
import { testId } from '../support/events.js';
import { eventually } from '../support/eventually.js';
import { FakeAws } from '../support/fake-aws.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';

/* A backfill as a client sees it, with the whole program behind it: started, paused, and done after a restart. */

interface Shown {
  readonly id: string;
  readonly state: string;
  readonly workedAt: string | null;
  readonly progress: { readonly files: number; readonly filesIngested: number; readonly events: number };
  readonly errors: readonly object[];
}

const aws = new FakeAws();
const fields = 'id state workedAt progress { files filesIngested events } errors { accountId error }';
const old = Array.from({ length: 12 }, (_, index) => new Date(Date.now() - (40 + 3 * index) * dayMs));
let test: TestDatabase;
let settings: Parameters<typeof openTestApp>[1];
let app: Awaited<ReturnType<typeof openTestApp>>;

beforeAll(async () => {
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'hub');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 's');
  test = await createTestDatabase();
  settings = { databaseUrl: test.url, awsEndpointUrl: await aws.start() };
  for (const [index, time] of old.entries()) put(time, index);
});
afterAll(async () => {
  await app.stop();
  await aws.stop();
  await test.drop();
  vi.unstubAllEnvs();
});

function put(time: Date, index: number): void {
  const record = { eventID: testId(index), eventTime: `${time.toISOString().slice(0, 19)}Z`, eventName: 'ListBuckets' };
  aws.put('trail', logKey(A, time, `f${index}`), gzipSync(JSON.stringify({ Records: [record] })));
}

const show = async (url: string, id: string) => {
  const { backfill } = await ask<{ backfill: Shown }>(url, `query ($id: ID!) { backfill(id: $id) { ${fields} } }`, {
    id,
  });
  return backfill;
};

it('goes on after a pause and a restart, and ends with every event there', async () => {
  // Its listing comes to a stop on the way, so that there is something left to go on with.
  const stop = logKey(A, old[6] as Date, '')
    .split('/')
    .slice(0, -1)
    .join('/');
  aws.fault = ({ key }) => (key.startsWith(stop) ? 'hang' : null);
  app = await openTestApp('all', settings);
  await ask(app.url, 'mutation ($input: CreateAccountInput!) { createAccount(input: $input) { account { name } } }', {
    input: { accountId: A, sources: [{ type: 'S3_LISTING', bucket: 'trail' }] },
  });
  const { startBackfill } = await ask<{ startBackfill: { backfill: Shown } }>(
    app.url,
    `mutation ($input: StartBackfillInput!) { startBackfill(input: $input) { backfill { ${fields} } } }`,
    { input: { accountIds: [A], from: new Date(Date.now() - 80 * dayMs) } },
  );
  const { id } = startBackfill.backfill;
  await eventually(
    () => show(app.url, id),
    ({ progress }) => progress.filesIngested > 0,
  );
  await ask(app.url, 'mutation ($input: PauseBackfillInput!) { pauseBackfill(input: $input) { backfill { id } } }', {
    input: { id },
  });
  await app.stop();
  aws.fault = () => null;

  app = await openTestApp('all', settings);
  const paused = await show(app.url, id);
  expect(paused.state).toBe('PAUSED');
  expect(paused.progress.files).toBeGreaterThan(0);
  expect(paused.progress.files).toBeLessThan(12);
  await ask(app.url, 'mutation ($input: ResumeBackfillInput!) { resumeBackfill(input: $input) { backfill { id } } }', {
    input: { id },
  });
  const done = await eventually(
    () => show(app.url, id),
    ({ state }) => state === 'DONE',
    { seconds: 60 },
  );
  expect(done).toMatchObject({ progress: { files: 12, filesIngested: 12, events: 12 }, errors: [] });
  expect(await countedEvents(app.url)).toBe(12);
  const metrics = await (await fetch(`${app.url}/metrics`)).text();
  expect(metrics).toMatch(/crosstrail_discovery_list_calls_total{type="S3_LISTING",purpose="backfill"} [1-9]/);
}, 120_000);
