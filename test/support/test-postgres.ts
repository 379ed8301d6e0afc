import { chmod, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { readOwner } from '../../src/platform/database/embedded/owner-lock.js';
import { stopOrphan } from '../../src/platform/database/embedded/server.js';
import { startEmbeddedPostgres } from '../../src/platform/database/embedded-postgres.js';
import { migrate } from '../../src/platform/database/migrate.js';
import { openDatabase } from '../../src/platform/database/open-database.js';
import { silentLog } from './silent-log.js';

/** Of the directory of a run's server, and no other: a run clears away what killed runs left, and only that. */
const prefix = 'crosstrail-run-';

/** A server that keeps nothing, in a directory of its own, with a migrated database to copy. */
export async function startTestPostgres(): Promise<{ templateUrl: string; stop(): Promise<void> }> {
  await removeLeftovers();
  const dataDir = await createTestDirectory(prefix);
  const server = await startEmbeddedPostgres({ dataDir, log: silentLog, ephemeral: true });
  const stop = async () => {
    await server.stop();
    await rm(dataDir, { recursive: true, force: true });
  };
  try {
    const database = await openDatabase({ url: server.url, log: silentLog, entities: [] });
    await migrate(database).finally(() => database.close());
    await sealTemplate(server.url);
    return { templateUrl: server.url, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** A directory that the server's user can enter, which those of mkdtemp (0700) are not. */
export async function createTestDirectory(prefix = 'crosstrail-test-'): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), prefix));
  await chmod(directory, 0o711);
  return directory;
}

/** Nobody connects to a template: CREATE DATABASE refuses to copy one that is in use. */
async function sealTemplate(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: administrationUrl(url) });
  await client.connect();
  await client.query(`ALTER DATABASE ${databaseName(url)} WITH ALLOW_CONNECTIONS false IS_TEMPLATE true`);
  await client.end();
}

export function administrationUrl(url: string): string {
  return withDatabaseName(url, 'postgres');
}

export function withDatabaseName(url: string, name: string): string {
  const changed = new URL(url);
  changed.pathname = `/${name}`;
  return changed.href;
}

export function databaseName(url: string): string {
  return new URL(url).pathname.slice(1);
}

/** Runs that were killed leave a server and its directory behind. */
async function removeLeftovers(): Promise<void> {
  for (const name of await readdir(tmpdir())) {
    if (!name.startsWith(prefix)) continue;
    const directory = join(tmpdir(), name);
    const marked = await readdir(directory).then(
      (names) => names.includes('owner.json'),
      () => false,
    );
    if (!marked || (await readOwner(directory)) !== null) continue;
    await stopOrphan(join(directory, 'postgres'));
    await rm(directory, { recursive: true, force: true });
  }
}
