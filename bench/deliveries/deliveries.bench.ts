import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import pMap from 'p-map';
import { DeliverySender } from '../../src/deliveries/delivery-sender.js';
import { createDeliveryTelemetry } from '../../src/deliveries/delivery-telemetry.js';
import { Dispatcher } from '../../src/deliveries/dispatcher.service.js';
import { Outbox } from '../../src/deliveries/outbox.service.js';
import type { Database } from '../../src/platform/database/database.js';
import { createOutboundHttp, type OutboundHttp } from '../../src/platform/outbound/outbound-http.js';
import { createSecretBox } from '../../src/platform/secrets/secret-box.js';
import { createTelemetry } from '../../src/platform/telemetry.js';
import { type Benchmark, type BenchmarkOptions, type Figure, median } from '../figures.js';
import { type BenchServer, withBenchServer } from '../server.js';
import { silentLog } from '../silent-log.js';

/** As many as one target may be sent at once. */
const concurrency = 32;
const messages = 10_000;
const body = JSON.stringify({ version: '0', source: 'aws.s3', detail: { filler: 'x'.repeat(1500) } });

export const deliveriesBenchmark: Benchmark = {
  name: 'deliveries',
  description: 'an outbox of signed messages to a webhook on loopback, beside plain requests to it',
  async *run(options) {
    yield* await withBenchServer((server) => measure(server, options));
  },
};

async function measure(server: BenchServer, { scale, runs, note }: BenchmarkOptions): Promise<Figure[]> {
  const count = Math.round(messages * scale);
  const http = createOutboundHttp({ allowedNetworks: ['127.0.0.1'] });
  const receiver = createServer((request, response) => {
    request.resume().on('end', () => response.writeHead(204).end());
  });
  await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/`;
  const [plain, delivered, ordered]: [number[], number[], number[]] = [[], [], []];
  try {
    for (let run = 1; run <= runs; run++) {
      note(`run ${run} of ${runs}`);
      plain.push(await secondsOf(() => sendPlainly(http, url, count)));
      delivered.push(await deliverAll(server, http, { url, count, isOrdered: false }));
      ordered.push(await deliverAll(server, http, { url, count, isOrdered: true }));
    }
  } finally {
    await http.close();
    receiver.close();
  }
  const perSecond = (seconds: readonly number[]) => `${Math.round(count / median(seconds)).toLocaleString('en')}/s`;
  const against = (seconds: readonly number[]) => ({
    name: 'plain requests',
    value: perSecond(plain),
    ratio: median(plain) / median(seconds),
  });
  return [
    { name: 'deliveries', value: perSecond(delivered), against: against(delivered) },
    { name: 'deliveries in order', value: perSecond(ordered), against: against(ordered) },
  ];
}

async function sendPlainly(http: OutboundHttp, url: string, count: number): Promise<void> {
  const { signal } = new AbortController();
  const headers = { 'content-type': 'application/json' };
  await pMap(Array.from({ length: count }), () => http.post({ url, headers, body, signal, timeoutMs: 10_000 }), {
    concurrency,
  });
}

async function deliverAll(
  server: BenchServer,
  http: OutboundHttp,
  target: { url: string; count: number; isOrdered: boolean },
): Promise<number> {
  let seconds = 0;
  await server.withDatabase(async (database) => {
    const secretBox = createSecretBox([Buffer.alloc(32, 1)]);
    await plant(database, secretBox.seal(secrets, 'target:bench'), target);
    const sender = new DeliverySender({ http, aws: {} as never, now: () => new Date(), secretBox, log: silentLog });
    const dispatcher = new Dispatcher({
      database,
      sender,
      telemetry: createDeliveryTelemetry(createTelemetry()),
      log: silentLog,
      stopping: new AbortController().signal,
      onEnded: async () => undefined,
      random: Math.random,
    });
    seconds = await secondsOf(() => dispatcher.work(new AbortController().signal));
    await requireAllDelivered(database, target.count);
  });
  return seconds;
}

const secrets = { signing: [`whsec_${Buffer.alloc(32, 2).toString('base64')}`], headers: {} };

async function plant(
  database: Database,
  sealed: Buffer,
  { url, count, isOrdered }: { url: string; count: number; isOrdered: boolean },
): Promise<void> {
  const [row] = await database.query<{ id: string }>(
    `INSERT INTO target (name, type, settings, secrets, is_ordered, max_concurrency, max_age_seconds, timeout_seconds)
     VALUES ('bench', 'WEBHOOK', $1, $2, $3, ${concurrency}, 86400, 10) RETURNING id`,
    [JSON.stringify({ url, headerNames: [] }), sealed, isOrdered],
  );
  const { id: targetId } = row as { id: string };
  await database.transaction(async (transaction) => {
    const outbox = new Outbox(transaction);
    const rule = { id: '1', name: 'bench', targetId: 'a' };
    const message = {
      targetId,
      origin: 'RULE',
      rule,
      alarmName: null,
      reachId: null,
      event: null,
      subject: 's',
      body,
      failure: null,
    } as const;
    await outbox.add(Array.from({ length: count }, () => message));
    await outbox.seal();
  });
  await database.query('ANALYZE delivery');
}

async function requireAllDelivered(database: Database, count: number): Promise<void> {
  const [row] = await database.query<{ count: number }>(
    `SELECT count(*)::integer AS count FROM delivery WHERE state = 'DELIVERED'`,
  );
  if (row?.count !== count) throw new Error(`${row?.count} of ${count} were delivered`);
}

async function secondsOf(work: () => Promise<void>): Promise<number> {
  const started = performance.now();
  await work();
  return (performance.now() - started) / 1000;
}
