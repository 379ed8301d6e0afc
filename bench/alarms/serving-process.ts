import { setTimeout as delay } from 'node:timers/promises';
import { openApp } from '../../src/app.js';

/** The API in a process of its own, so that nothing but it is in its memory: `node --expose-gc … DATABASE_URL TOKEN REDIS_URL`. */
const [databaseUrl = '', adminToken = '', redisUrl = ''] = process.argv.slice(2);

/** What the process holds after garbage is collected, in bytes. */
export interface Held {
  readonly rss: number;
  readonly heap: number;
}

const app = await openApp(
  {
    dataDir: '/nowhere',
    adminToken,
    host: '127.0.0.1',
    port: 0,
    databaseUrl,
    awsRegion: 'eu-central-1',
    log: { level: 'silent', pretty: false },
    ingestConcurrency: 2,
    discoverySeconds: 60,
    lookbackDays: 2,
    deliveryRetentionDays: 14,
    secretKeys: Buffer.alloc(32, 7).toString('base64'),
    ...(redisUrl === '' ? {} : { redisUrl }),
  },
  'api',
);
process.on('message', () => void held().then((memory) => process.send?.(memory)));
process.once('disconnect', () => void app.stop());
process.send?.(app.url);

async function held(): Promise<Held> {
  for (let round = 0; round < 3; round++) {
    await delay(100);
    globalThis.gc?.();
  }
  const { rss, heapUsed, external, arrayBuffers } = process.memoryUsage();
  return { rss, heap: heapUsed + external + arrayBuffers };
}
