import type { Pool, PoolClient, PoolConfig } from 'pg';
import pg from 'pg';
import { DataSource } from 'typeorm';
import type { PostgresDriver } from 'typeorm/driver/postgres/PostgresDriver.js';
import { migrations } from '../../../migrations/index.js';
import { CrosstrailError } from '../errors.js';
import type { Logger } from '../log.js';
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
  const { poolSize = 10, readTimeoutMs = 30_000 } = options;
  const dataSource = new DataSource({
    type: 'postgres',
    url: options.url,
    applicationName,
    poolSize,
    extra: poolSettings(poolSize, 0),
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
    ...poolSettings(poolSize, readTimeoutMs),
    connectionString: options.readUrl ?? options.url,
    application_name: `${applicationName}-reads`,
  });
  reads.on('error', idleLost);
  return {
    dataSource,
    query: querier(primary),
    reads: { query: bounded(querier(reads), readTimeoutMs) },
    transaction: (work) => withRetry(() => runTransaction(primary, work)),
    async close() {
      await Promise.all([dataSource.destroy(), reads.end()]);
    },
  };
}

/** @param statementTimeoutMs 0: none */
function poolSettings(max: number, statementTimeoutMs: number): PoolConfig {
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
      // Compiling a plan costs more than any of our queries gains by it.
      await client.query(`SET timezone = 'UTC'; SET jit = off; SET statement_timeout = ${statementTimeoutMs}`);
    },
  };
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
