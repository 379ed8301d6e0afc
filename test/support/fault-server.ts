import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Database } from '../../src/platform/database/database.js';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../../src/platform/database/embedded-postgres.js';
import { migrate } from '../../src/platform/database/migrate.js';
import { openDatabase } from '../../src/platform/database/open-database.js';
import { eventually } from './eventually.js';
import { FaultProxy } from './fault-proxy.js';
import { silentLog } from './silent-log.js';
import { createTestDirectory } from './test-postgres.js';

/**
 * A PostgreSQL server that a test may crash: one that keeps what it has committed, as a real one does, behind an
 * address that outlives it.
 */
export class FaultServer {
  #server: EmbeddedPostgres;

  private constructor(
    private readonly dataDir: string,
    readonly proxy: FaultProxy,
    /** The address of its database, whichever server stands behind it. */
    readonly url: string,
    /** For whoever looks on. */
    readonly database: Database,
    server: EmbeddedPostgres,
  ) {
    this.#server = server;
  }

  static async start(): Promise<FaultServer> {
    const dataDir = await createTestDirectory();
    const server = await startEmbeddedPostgres({ dataDir, log: silentLog });
    const proxy = await FaultProxy.start();
    const url = proxy.lead(server.url);
    const database = await openDatabase({ url, log: silentLog, entities: [], applicationName: 'test', poolSize: 16 });
    await migrate(database);
    return new FaultServer(dataDir, proxy, url, database, server);
  }

  /** Ends it on the spot, as a crash does, and starts it again: what was not committed is gone. */
  async crash(): Promise<void> {
    const [pid] = (await readFile(join(this.dataDir, 'postgres', 'postmaster.pid'), 'utf8')).split('\n');
    this.proxy.close();
    process.kill(Number(pid), 'SIGQUIT');
    await this.#server.stop();
    this.#server = await startEmbeddedPostgres({ dataDir: this.dataDir, log: silentLog });
    this.proxy.lead(this.#server.url);
    await eventually(
      () => this.database.query('SELECT 1'),
      () => true,
    );
  }

  /** Ends every session of the program on the server. @returns how many there were */
  async endSessions(): Promise<number> {
    const ended = await this.database.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
       WHERE datname = current_database() AND application_name LIKE 'crosstrail%'`,
    );
    return ended.length;
  }

  async stop(): Promise<void> {
    await this.database.close();
    await this.proxy.stop();
    await this.#server.stop();
    await rm(this.dataDir, { recursive: true, force: true });
  }
}
