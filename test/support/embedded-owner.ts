/**
 * A process that owns an embedded PostgreSQL, for tests that kill it: bundled and started by `spawnOwner`.
 * Says its server's address on one line, and lives until it is told to stop by the end of its input.
 */
import { startEmbeddedPostgres } from '../../src/platform/database/embedded-postgres.js';
import { createLogger } from '../../src/platform/log.js';

const [dataDir, role] = process.argv.slice(2);
if (dataDir === undefined) throw new Error('usage: embedded-owner DATA_DIR [join]');
const log = createLogger({ level: 'silent', pretty: false });
try {
  const server = await startEmbeddedPostgres({ dataDir, log, role: role === 'join' ? 'join' : 'own' });
  process.stdout.write(`${JSON.stringify({ url: server.url, joined: server.joined })}\n`);
  process.stdin.resume();
  process.stdin.on('end', () => void server.stop());
} catch (error) {
  process.stdout.write(`${JSON.stringify({ error: (error as Error).message })}\n`);
}
