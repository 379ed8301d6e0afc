import { randomBytes } from 'node:crypto';
import type { Sql } from '../platform/database/database.js';

/**
 * The secret of this installation under `name`: 32 random bytes, made the first time they are asked for.
 * All processes on one database get the same bytes, also when they ask at the same moment.
 */
export async function installationSecret(database: Sql, name: string): Promise<Buffer> {
  await database.query('INSERT INTO installation_secret (name, value) VALUES ($1, $2) ON CONFLICT DO NOTHING', [
    name,
    randomBytes(32),
  ]);
  // A statement of its own: it sees the row of whoever won.
  const [row] = await database.query<{ value: Buffer }>('SELECT value FROM installation_secret WHERE name = $1', [
    name,
  ]);
  if (row === undefined) throw new Error(`installation secret ${name} vanished`);
  return row.value;
}
