import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, it, vi } from 'vitest';
import { writeBucket } from '../../src/demo/generator/write-bucket.js';
import { stopOrphan } from '../../src/platform/database/embedded/server.js';
import { ask } from '../support/app.js';
import { countedEvents, everyNode, generatedBucket, recordsOf } from '../support/buckets.js';
import { eventually } from '../support/eventually.js';
import { endPrograms, spawnProgram } from '../support/spawn-program.js';
import { createTestDirectory } from '../support/test-postgres.js';

/** The built program, as a user runs it: processes of their own, an embedded PostgreSQL, signals, crashes. */

vi.setConfig({ testTimeout: 90_000 });

let directory: string;
let dataDir: string;
const bucketDir = () => join(directory, 'bucket');
const start = (...args: string[]) => spawnProgram(args, { CROSSTRAIL_DATA_DIR: dataDir });

beforeAll(async () => {
  directory = await createTestDirectory();
  dataDir = join(directory, 'data');
});
afterEach(endPrograms);
afterAll(async () => {
  // A program that was killed leaves its server behind; the next start stops it, but a failed test has none.
  await stopOrphan(join(dataDir, 'postgres'));
  await rm(directory, { recursive: true, force: true });
});

const statusOf = async (url: string) => (await fetch(url)).status;

it('collects a file that is moved into a directory, beside commands, through a stop and a start', async () => {
  const [first, second, third] = generatedBucket({ files: 3, recordsPerFile: 10, accounts: 1 });
  if (!first || !second || !third) throw new Error('three files are generated');
  const accountId = first.key.split('/')[1] ?? '';
  await writeBucket(bucketDir(), []);
  const program = start('start');
  const url = await program.url;
  expect(await Promise.all(['/healthz', '/readyz', '/metrics'].map((path) => statusOf(url + path)))).toEqual([
    200, 200, 200,
  ]);
  await ask(url, 'mutation ($input: CreateAccountInput!) { createAccount(input: $input) { account { name } } }', {
    input: { accountId, name: 'Seen', sources: [{ type: 'DIRECTORY', path: bucketDir() }] },
  });
  const seen = (count: number, at: string) =>
    eventually(
      () => countedEvents(at),
      (events) => events === count,
    );
  await eventually(
    () =>
      ask<{ sources: { nodes: { lastDiscoveryAt: string | null }[] } }>(
        url,
        '{ sources { nodes { lastDiscoveryAt } } }',
      ),
    ({ sources }) => sources.nodes[0]?.lastDiscoveryAt != null,
  );
  await writeBucket(bucketDir(), [first]);
  await seen(10, url);

  const refused = start('start');
  expect(await refused.closed).toBe(1);
  expect(refused.output.err).toMatch(/data directory \S+ is in use by process \d+\. Stop that process/);

  const token = start('token', 'create', 'reader');
  expect(await token.closed).toBe(0);
  const { events } = await ask<{ events: { totalCount: number } }>(
    url,
    '{ events { totalCount } }',
    {},
    token.output.out.trim(),
  );
  expect(events.totalCount).toBe(10);
  const list = start('account', 'list');
  expect(await list.closed).toBe(0);
  expect(list.output.out).toMatch(new RegExp(`^${accountId}\tSeen\tACTIVE\t0\t`));

  expect(await program.kill('SIGTERM')).toBe(0);
  // What comes while nothing runs, and what came before, each once.
  await writeBucket(bucketDir(), [first, second]);
  const again = await start('start').url;
  await seen(20, again);
  await writeBucket(bucketDir(), [third]);
  await seen(30, again);
  const records = [first, second, third].flatMap(recordsOf);
  const stored = await everyNode<{ rawText: string }>(again, 'events', 'rawText');
  expect(stored.map(({ rawText }) => rawText).sort()).toEqual(records.sort());
});

it('says everything that is wrong with its configuration at once, but no secret, and ends', async () => {
  const wrong = { PORT: 'http', LOG_LEVEL: 'loud', REDIS_URL: 'hunter2', CROSSTRAIL_INGEST_CONCURRENCY: '0' };
  const program = spawnProgram(['start'], { CROSSTRAIL_DATA_DIR: dataDir, ...wrong });
  expect(await program.closed).toBe(1);
  for (const name of Object.keys(wrong)) expect(program.output.err).toContain(name);
  expect(program.output.err).not.toContain('hunter2');
  expect(program.output.err).not.toContain('    at ');
});
