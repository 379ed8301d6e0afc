import type { ClientBase, Pool } from 'pg';
import type { Row, Sql } from './database.js';

/** The server's process behind each connection. Asked of the server: a pooler in between would give one of its own. */
const backends = new WeakMap<ClientBase, number>();

/** Remembers which process of the server a connection has, so that what it runs can be cancelled. */
export function rememberBackend(client: ClientBase, pid: number): void {
  backends.set(client, pid);
}

/**
 * Runs statements that end when a signal aborts; they reject with its reason then.
 *
 * @param cancels of the same server, and never busy with anything long: a pool all of whose connections are in use could
 * not cancel what they do
 */
export function cancellable(pool: Pool, cancels: Pool, signal: AbortSignal): Sql['query'] {
  return async <R extends object = Row>(text: string, values?: readonly unknown[]) => {
    signal.throwIfAborted();
    const client = await pool.connect();
    let cancelling: Promise<unknown> | undefined;
    const cancel = () => {
      // Should it fail, the statement ends by its timeout.
      cancelling = cancels.query('SELECT pg_cancel_backend($1)', [backends.get(client)]).catch(() => undefined);
    };
    signal.addEventListener('abort', cancel, { once: true });
    try {
      signal.throwIfAborted();
      return (await client.query<R>(text, values as unknown[] | undefined)).rows;
    } catch (error) {
      throw signal.aborted ? signal.reason : error;
    } finally {
      signal.removeEventListener('abort', cancel);
      // Not before: it would cancel what the next user of the connection runs.
      await cancelling;
      client.release();
    }
  };
}
