import type { Pool, PoolClient, PoolConfig } from 'pg';
import pg from 'pg';
import { DataSource } from 'typeorm';
import type { PostgresDriver } from 'typeorm/driver/postgres/PostgresDriver.js';
import { migrations } from '../../../migrations/index.js';
import { CrosstrailError } from '../errors.js';
import type { Logger } from '../log.js';
import { cancellable, rememberBackend } from './cancellable.js';
import type { Database, EntityClass, Row, Sql, Transaction } from './database.js';
import { withRetry } from './retry.js';

export interface DatabaseOptions {
  readonly url: string;
  /** A replica for reads that may lag; the primary where absent. */
  readonly readUrl?: string | undefined;
  readonly log: Logger;
  readonly entities: readonly EntityClass[];
  /** Connections for writing, and as many again for reading. Default 10. */
  readonly poolSize?: number | undefined;
  /** As `pg_stat_activity` shows these connections. Default `crosstrail`. */
  readonly applicationName?: string | undefined;
  /** Postgres ends a read that takes longer, and whoever asked gets COST_EXCEEDED. Default 30 s. */
  readonly readTimeoutMs?: number | undefined;
  /** Postgres ends a transaction in which nothing happens for longer. Default 5 min. */
  readonly idleTransactionMs?: number | undefined;
}

/** Postgres's code for a statement that was ended by `statement_timeout`. */
const queryCanceled = '57014';

/**
 * Opens the pools and connects once, so that a wrong URL is an error now and not at the first query.
 * Migrations are not run: see `migrate`.
 *
 * Sessions run in UTC, so that `date_trunc` and casts to `date` mean the same on every server.
 */
export async function openDatabase(options: DatabaseOptions): Promise<Database> {
  const applicationName = options.applicationName ?? 'crosstrail';
  const idleLost = (error: Error) => options.log.debug({ err: error }, 'an idle database connection was lost');
  const { poolSize = 10, readTimeoutMs = 30_000, idleTransactionMs = 300_000 } = options;
  const dataSource = new DataSource({
    type: 'postgres',
    url: options.url,
    applicationName,
    poolSize,
    extra: poolSettings(poolSize, { statementMs: 0, idleTransactionMs }),
    entities: [...options.entities],
    migrations: [...migrations],
    migrationsTableName: 'schema_migration',
    migrationsTransactionMode: 'each',
    synchronize: false,
    // Postgres 13 and later have gen_random_uuid() built in; nothing is to be installed.
    installExtensions: false,
    poolErrorHandler: idleLost,
  });
  await dataSource.initialize();
  const primary = (dataSource.driver as PostgresDriver).master as Pool;
  const reads = new pg.Pool({
    ...poolSettings(poolSize, { statementMs: readTimeoutMs, idleTransactionMs }),
    connectionString: options.readUrl ?? options.url,
    application_name: `${applicationName}-reads`,
  });
  reads.on('error', idleLost);
  const cancels = (connectionString: string) => {
    const pool = new pg.Pool({
      ...poolSettings(1, { statementMs: readTimeoutMs, idleTransactionMs }),
      connectionString,
      application_name: `${applicationName}-cancels`,
    });
    pool.on('error', idleLost);
    return pool;
  };
  const cancelPrimary = cancels(options.url);
  const cancelReads = options.readUrl === undefined ? cancelPrimary : cancels(options.readUrl);
  return {
    dataSource,
    query: querier(primary),
    reads: { query: bounded(querier(reads), readTimeoutMs) },
    until: (signal) => ({
      primary: { query: cancellable(primary, cancelPrimary, signal) },
      reads: { query: bounded(cancellable(reads, cancelReads, signal), readTimeoutMs) },
    }),
    transaction: (work) => withRetry(() => runTransaction(primary, work)),
    async close() {
      await Promise.all([
        dataSource.destroy(),
        reads.end(),
        ...[...new Set([cancelPrimary, cancelReads])].map((pool) => pool.end()),
      ]);
    },
  };
}

/** After which the server ends what a session does; 0: never. */
interface SessionTimeouts {
  readonly statementMs: number;
  readonly idleTransactionMs: number;
}

function poolSettings(max: number, timeouts: SessionTimeouts): PoolConfig {
  return {
    max,
    keepAlive: true,
    // Also the longest wait for a connection of a pool that is all in use: an error then, not a caller that hangs.
    connectionTimeoutMillis: 10_000,
    // A statement, not startup parameters: those do not pass through a connection pooler such as PgBouncer.
    // pg-pool hands the client out once this has resolved.
    onConnect: async (client) => {
      // The query that a lost connection breaks reports it. pg also emits an 'error', and one that nobody
      // listens to, as on a client that is checked out, ends the process.
      client.on('error', () => undefined);
      await client.query(sessionSettings(timeouts));
      const { rows } = await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
      rememberBackend(client, rows[0]?.pid ?? 0);
    },
  };
}

/**
 * A process that was frozen, or whose machine has vanished without a word, must not hold its locks for long: everybody
 * waits for the position of a batch. The server looks whether a silent client still lives after a minute in all, where
 * Linux would take over two hours.
 */
function sessionSettings({ statementMs, idleTransactionMs }: SessionTimeouts): string {
  const settings = {
    timezone: `'UTC'`,
    // Compiling a plan costs more than any of our queries gains by it.
    jit: 'off',
    statement_timeout: statementMs,
    idle_in_transaction_session_timeout: idleTransactionMs,
    tcp_keepalives_idle: 30,
    tcp_keepalives_interval: 10,
    tcp_keepalives_count: 3,
  };
  return Object.entries(settings)
    .map(([name, value]) => `SET ${name} = ${value}`)
    .join('; ');
}

/** A read that was ended because it took too long is a cost that its caller can lower. */
function bounded(query: Sql['query'], timeoutMs: number): Sql['query'] {
  return async <R extends object = Row>(text: string, values?: readonly unknown[]) => {
    try {
      return await query<R>(text, values);
    } catch (error) {
      if ((error as { code?: unknown }).code !== queryCanceled) throw error;
      const message = `the answer takes longer than ${timeoutMs / 1000} s: shorten the span of time, or name accounts`;
      throw new CrosstrailError('COST_EXCEEDED', message, {}, { cause: error });
    }
  };
}

function querier(target: Pool | PoolClient): Sql['query'] {
  return async <R extends object = Row>(text: string, values?: readonly unknown[]) => {
    const result = await target.query<R>(text, values as unknown[] | undefined);
    return result.rows;
  };
}

async function runTransaction<T>(pool: Pool, work: (transaction: Transaction) => Promise<T>): Promise<T> {
  const client = await pool.connect();
  let broken: Error | undefined;
  try {
    await client.query('BEGIN ISOLATION LEVEL READ COMMITTED');
    const result = await work({ client, query: querier(client) });
    await client.query('COMMIT');
    return result;
  } catch (error) {
    await client.query('ROLLBACK').catch((rollbackError: Error) => {
      broken = rollbackError;
    });
    throw error;
  } finally {
    // A client whose rollback failed must not serve anyone else.
    client.release(broken);
  }
}
