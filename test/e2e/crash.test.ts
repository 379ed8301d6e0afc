import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, expect, it, vi } from 'vitest';
import { writeBucket } from '../../src/demo/generator/write-bucket.js';
import { advisoryLocks } from '../../src/platform/database/advisory-lock.js';
import {
  allRead,
  connectDirectory,
  countedEvents,
  everyFeedEvent,
  everyNode,
  generatedBucket,
  recordsOf,
} from '../support/buckets.js';
import { eventually } from '../support/eventually.js';
import { endPrograms, spawnProgram } from '../support/spawn-program.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';
import { createTestDirectory } from '../support/test-postgres.js';

/** The built program in processes of its own, stopped and killed where ingest is known to be. */

vi.setConfig({ testTimeout: 90_000 });

let directory: string;
let test: TestDatabase;
let gate: Gate;

beforeAll(async () => {
  directory = await createTestDirectory();
  test = await createTestDatabase();
  gate = await Gate.connect(test.url);
});
afterEach(endPrograms);
afterAll(async () => {
  await gate.end();
  await test.drop();
  await rm(directory, { recursive: true, force: true });
});

/** Holds up the transactions of ingest, by the lock that each of them takes first. */
class Gate {
  private constructor(private readonly client: pg.Client) {}

  static async connect(url: string): Promise<Gate> {
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    return new Gate(client);
  }

  /** Resolves when none is inside, and lets none in. */
  async close(): Promise<void> {
    await this.client.query('SELECT pg_advisory_lock(hashtextextended($1, 0))', [advisoryLocks.ingest]);
  }

  async open(): Promise<void> {
    await this.client.query('SELECT pg_advisory_unlock(hashtextextended($1, 0))', [advisoryLocks.ingest]);
  }

  async end(): Promise<void> {
    await this.client.end();
  }
}

const start = () => spawnProgram(['start'], { DATABASE_URL: test.url });
const eventIdOf = (record: string) => String((JSON.parse(record) as { eventID: string }).eventID);

/** How many log files are in each state. */
async function files(): Promise<Record<string, number>> {
  const rows = await test.database.query<{ state: string; files: number }>(
    'SELECT state, count(*)::integer AS files FROM log_file GROUP BY 1',
  );
  return Object.fromEntries(rows.map((row) => [row.state, row.files]));
}

/** Every file is found, and some are claimed: the gate holds their transactions. */
const someClaimed = (found: number) =>
  eventually(
    files,
    (states) => (states['INGESTING'] ?? 0) > 0 && Object.values(states).reduce((sum, count) => sum + count) === found,
  );

it('loses nothing and doubles nothing when it is stopped and then killed in mid-ingest', async () => {
  const bucket = generatedBucket({ files: 1500, recordsPerFile: 20, accounts: 2 });
  const truth = bucket.flatMap(recordsOf).map(eventIdOf).sort();
  await writeBucket(join(directory, 'many'), bucket);

  await gate.close();
  const stopped = start();
  await connectDirectory(await stopped.url, join(directory, 'many'));
  await someClaimed(bucket.length);
  const ended = stopped.kill('SIGTERM');
  await eventually(
    async () => stopped.output.err,
    (said) => said.includes('SIGTERM: stopping'),
  );
  await gate.open();
  expect(await ended).toBe(0);
  // What was claimed was finished or handed back, and nothing more was claimed.
  const { INGESTING: leased = 0, INGESTED: before = 0, DISCOVERED: due = 0 } = await files();
  expect({ leased, isSomeLeft: due > 0, all: before + due }).toEqual({
    leased: 0,
    isSomeLeft: true,
    all: bucket.length,
  });

  await gate.close();
  const killed = start();
  await killed.url;
  await someClaimed(bucket.length);
  expect(await killed.kill('SIGKILL')).toBe(null);
  await gate.open();
  const { INGESTED: after = 0, INGESTING: orphaned = 0 } = await files();
  expect({ after, isOrphaned: orphaned > 0 }).toEqual({ after: before, isOrphaned: true });
  // In place of the half minute that the leases of the dead still hold.
  await test.database.query(`UPDATE log_file SET due_at = now() WHERE state = 'INGESTING'`);

  const again = start();
  const url = await again.url;
  await allRead(url, bucket.length);
  const listed = await everyNode<{ eventID: string }>(url, 'events', 'eventID');
  expect(listed.map(({ eventID }) => eventID).sort()).toEqual(truth);
  const fed = await everyFeedEvent<{ eventID: string }>(url, 'eventID');
  expect(fed.map(({ eventID }) => eventID).sort()).toEqual(truth);
  expect(await countedEvents(url)).toBe(truth.length);
  expect(await again.kill('SIGTERM')).toBe(0);
});
