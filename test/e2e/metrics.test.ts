import { existsSync, readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import { writeBucket } from '../../src/demo/generator/write-bucket.js';
import { dayMs, hourMs } from '../../src/lib/time.js';
import type { Failpoint } from '../../src/platform/failpoint.js';
import { ask, openTestApp } from '../support/app.js';
import { allRead, connectDirectory, generatedBucket, recordsOf } from '../support/buckets.js';
import { noon } from '../support/events.js';
import { eventually } from '../support/eventually.js';
import { endPrograms, type Program, spawnProgram } from '../support/spawn-program.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';
import { createTestDirectory } from '../support/test-postgres.js';

/*
 * Metrics of a bucket of log files, with the whole program behind the API: as they come, and of the past; whatever becomes of
 * the workers. The truth is counted from the records.
 */

vi.setConfig({ testTimeout: 120_000 });

/** More events than a worker runs a filter over in one transaction. */
const bucket = generatedBucket({ files: 16, recordsPerFile: 1500, accounts: 2 });
const records = bucket.flatMap(recordsOf).map((text) => JSON.parse(text) as Record<string, unknown>);

let folder: string;
let test: TestDatabase;
let api: Awaited<ReturnType<typeof openTestApp>>;

beforeAll(async () => {
  folder = await createTestDirectory();
  await writeBucket(join(folder, 'bucket'), bucket);
});
afterAll(() => rm(folder, { recursive: true, force: true }));
beforeEach(async () => {
  test = await createTestDatabase();
  api = await openTestApp('api', { databaseUrl: test.url });
});
afterEach(async () => {
  await endPrograms();
  await api.stop();
  await test.drop();
});

let workers = 0;
function startWorker(failpoint?: string): Program & { readonly proof: string } {
  const proof = join(folder, `proof-${workers++}`);
  const env = {
    DATABASE_URL: test.url,
    CROSSTRAIL_DISCOVERY_SECONDS: '1',
    ...(failpoint === undefined ? {} : { CROSSTRAIL_FAILPOINT: `${failpoint}:${proof}` }),
  };
  return { ...spawnProgram(['worker'], env), proof };
}

const putFilter = (name: string, filterPattern: string, more: object = {}) =>
  ask(
    api.url,
    'mutation ($input: PutMetricFilterInput!) { putMetricFilter(input: $input) { metricFilter { name } } }',
    {
      input: {
        name,
        filterPattern,
        metricTransformations: [{ metricNamespace: 'Test', metricName: name, metricValue: '1', ...more }],
      },
    },
  );

const backfill = (name: string) =>
  ask(
    api.url,
    'mutation ($input: BackfillMetricFilterInput!) { backfillMetricFilter(input: $input) { backfill { state } } }',
    { input: { name } },
  );

async function lastRun(name: string) {
  type Run = { state: string; progress: number; events: number; matched: number; error: string | null };
  const query = `query ($name: String!) { metricFilter(name: $name) { backfills { state progress events matched error } } }`;
  const { metricFilter } = await ask<{ metricFilter: { backfills: Run[] } }>(api.url, query, { name });
  return metricFilter.backfills[0];
}

/** Of all the bucket. */
async function statistic(metricName: string, stat: string, dimensions: Readonly<Record<string, string>> = {}) {
  const pairs = Object.entries(dimensions).map(([name, value]) => ({ name, value }));
  const metric = { namespace: 'Test', metricName, dimensions: pairs };
  const input = {
    startTime: new Date(noon - dayMs),
    endTime: new Date(noon + hourMs),
    metricDataQueries: [{ id: 'm', metricStat: { metric, period: 3600, stat } }],
  };
  const { metricData } = await ask<{ metricData: { values: number[] }[] }>(
    api.url,
    'query ($input: MetricDataInput!) { metricData(input: $input) { values } }',
    { input },
  );
  return metricData[0]?.values.reduce((sum, value) => sum + value, 0) ?? 0;
}

/** How many records there are of each service that is only read. */
function readsByService(): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { readOnly, eventSource } of records) {
    if (readOnly !== true) continue;
    counts.set(String(eventSource), (counts.get(String(eventSource)) ?? 0) + 1);
  }
  return counts;
}

it('counts what comes from log files, and with a backfill what came before, to the same figures', async () => {
  const reads = { dimensions: { Service: '$.eventSource' } };
  await putFilter('Live', '{ $.readOnly IS TRUE }', reads);
  await putFilter('Errors', '{ $.errorCode = * }', { defaultValue: 0 });
  const worker = startWorker();
  await connectDirectory(api.url, join(folder, 'bucket'));
  await allRead(api.url, bucket.length);
  await putFilter('Past', '{ $.readOnly IS TRUE }', reads);
  await backfill('Past');
  await eventually(
    () => lastRun('Past'),
    (run) => run?.state === 'DONE',
  );
  expect(await lastRun('Past')).toMatchObject({ progress: 1, events: records.length, error: null });
  const services = readsByService();
  expect(services.size).toBeGreaterThan(8);
  for (const [service, count] of services) {
    expect(await statistic('Live', 'Sum', { Service: service }), service).toBe(count);
    expect(await statistic('Past', 'Sum', { Service: service }), service).toBe(count);
  }
  const errors = records.filter(({ errorCode }) => errorCode !== undefined);
  expect(await statistic('Errors', 'Sum')).toBe(errors.length);
  const minuteOf = ({ eventTime }: Record<string, unknown>) => String(eventTime).slice(0, 16);
  const quiet = new Set(records.map(minuteOf)).size - new Set(errors.map(minuteOf)).size;
  expect(await statistic('Errors', 'SampleCount')).toBe(errors.length + quiet);
  expect(await worker.kill('SIGTERM')).toBe(0);
});

it('counts each stored event once, however often workers are killed while they run a filter over them', async () => {
  const first = startWorker();
  await connectDirectory(api.url, join(folder, 'bucket'));
  await allRead(api.url, bucket.length);
  expect(await first.kill('SIGTERM')).toBe(0);
  await putFilter('Calls', '');
  await backfill('Calls');
  const points: Failpoint[] = ['metric-backfill.before-commit', 'metric-backfill.after-commit'];
  // Each point twice, so that it is hit in the midst of the run too.
  for (const point of [...points, ...points.toReversed()]) {
    const worker = startWorker(`${point}:kill:1`);
    expect(await worker.closed, worker.output.err).toBe(null);
    expect(readFileSync(worker.proof, 'utf8')).toBe(`${point}\n`);
  }
  // And a step that fails is tried again.
  const failing = startWorker('metric-backfill.before-commit:throw:1');
  await eventually(
    async () => existsSync(failing.proof),
    (isHit) => isHit,
  );
  await eventually(
    () => lastRun('Calls'),
    (run) => run?.error !== null,
  );
  expect(await lastRun('Calls')).toMatchObject({ state: 'RUNNING', error: expect.any(String) });
  // In place of the minute for which it waits.
  await test.database.query('UPDATE metric_backfill SET due_at = now()');
  await eventually(
    () => lastRun('Calls'),
    (run) => run?.state === 'DONE',
    { seconds: 60 },
  );
  expect(await lastRun('Calls')).toMatchObject({
    progress: 1,
    events: records.length,
    matched: records.length,
    error: null,
  });
  expect(await statistic('Calls', 'Sum')).toBe(records.length);
  expect(await failing.kill('SIGTERM')).toBe(0);
});
