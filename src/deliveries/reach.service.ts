import { hash } from 'node:crypto';
import type { Sql } from '../platform/database/database.js';

/**
 * The id under which a set of accounts is kept, made the first time it is asked for. What a thousand accounts cause names
 * them by it: neither stored nor compared once more for each delivery.
 *
 * @param accountIds sorted, without repeats
 */
export async function reachIdOf(sql: Sql, accountIds: readonly string[]): Promise<string> {
  const digest = hash('sha256', accountIds.join(','), 'hex');
  await sql.query('INSERT INTO reach (digest, account_ids) VALUES ($1, $2) ON CONFLICT DO NOTHING', [
    digest,
    accountIds,
  ]);
  // A statement of its own: it sees the row of whoever won.
  const [row] = await sql.query<{ id: string }>('SELECT id FROM reach WHERE digest = $1', [digest]);
  return (row as { id: string }).id;
}
