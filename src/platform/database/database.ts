import type { PoolClient } from 'pg';
import type { DataSource } from 'typeorm';

/**
 * A row as pg returns it: `bigint` and `numeric` as text, `timestamptz` as Date, `bytea` as Buffer.
 * `date` comes as a Date of local midnight, which is another day elsewhere: select it as text.
 */
export type Row = Record<string, unknown>;

/** A class with TypeORM's `@Entity`. */
export type EntityClass = new (...args: never) => object;

/** Runs parameterised SQL. */
export interface Sql {
  query<R extends object = Row>(text: string, values?: readonly unknown[]): Promise<R[]>;
}

/** A transaction in hand; `client` is for COPY and other streams. */
export interface Transaction extends Sql {
  readonly client: PoolClient;
}

export interface Database extends Sql {
  /** Entities and migrations. */
  readonly dataSource: DataSource;
  /** Reads that may come from a replica (`DATABASE_READ_URL`); the primary where there is none. */
  readonly reads: Sql;
  /** The same two, for statements that end when the signal aborts, and reject with its reason then. */
  until(signal: AbortSignal): { readonly primary: Sql; readonly reads: Sql };
  /**
   * Runs `work` in one READ COMMITTED transaction and commits it. A deadlock or a serialisation failure
   * (40P01, 40001) rolls back and runs `work` again, at most five times: it must have no effect outside the database.
   */
  transaction<T>(work: (transaction: Transaction) => Promise<T>): Promise<T>;
  /** Closes the pools; an embedded server is stopped by whoever started it. */
  close(): Promise<void>;
}
