import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { createPartitions } from '../src/events/partition.service.js';
import { dayMs } from '../src/lib/time.js';
import type { Database } from '../src/platform/database/database.js';
import { startEmbeddedPostgres } from '../src/platform/database/embedded-postgres.js';
import { migrate } from '../src/platform/database/migrate.js';
import { openDatabase } from '../src/platform/database/open-database.js';
import { silentLog } from './silent-log.js';

/** The span of event times that benchmarks generate. */
export const benchmarkSpan = { from: Date.UTC(2026, 10, 14), to: Date.UTC(2026, 10, 21) };

export interface BenchServer {
  /** A path in the benchmark's own directory. */
  folder(name: string): string;
  /** Runs `work` on a migrated database of its own, and drops it. */
  withDatabase(work: (database: Database, url: string) => Promise<void>): Promise<void>;
  /** The partitions of the whole span, as ingest would make them. */
  ensurePartitions(database: Database): Promise<void>;
}

/** A server as a user gets it: embedded, durable, in a directory of its own that is removed at the end. */
export async function withBenchServer<T>(work: (server: BenchServer) => Promise<T>): Promise<T> {
  const directory = await mkdtemp(join(tmpdir(), 'crosstrail-bench-'));
  await chmod(directory, 0o711);
  const postgres = await startEmbeddedPostgres({ dataDir: directory, log: silentLog });
  try {
    return await work({
      folder: (name) => join(directory, name),
      withDatabase: (inside) => withDatabase(postgres.url, inside),
      ensurePartitions,
    });
  } finally {
    await postgres.stop();
    await rm(directory, { recursive: true, force: true });
  }
}

let databases = 0;

async function withDatabase(
  serverUrl: string,
  work: (database: Database, url: string) => Promise<void>,
): Promise<void> {
  databases += 1;
  const name = `bench_${databases}`;
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  const administration = new pg.Client({ connectionString: serverUrl });
  await administration.connect();
  await administration.query(`CREATE DATABASE ${name}`);
  const database = await openDatabase({ url: url.href, log: silentLog, entities: [] });
  try {
    await migrate(database);
    await work(database, url.href);
  } finally {
    await database.close();
    await administration.query(`DROP DATABASE ${name} WITH (FORCE)`);
    // What the last run left to be written would otherwise be paid for by the next.
    await administration.query('CHECKPOINT');
    await administration.end();
  }
}

async function ensurePartitions(database: Database): Promise<void> {
  const days: number[] = [];
  for (let day = benchmarkSpan.from - dayMs; day <= benchmarkSpan.to; day += dayMs) days.push(day);
  await createPartitions(database, Date.now).ensure(days);
}
