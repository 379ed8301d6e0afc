import { rename } from 'node:fs/promises';
import { createClient } from 'graphql-ws';
import pMap from 'p-map';
import WebSocket from 'ws';
import type { BenchmarkOptions, Figure } from '../figures.js';
import type { BenchServer } from '../server.js';
import { namespace } from './alarm-mix.js';
import { countedCall, countedField, writeCountedFiles } from './counted-files.js';
import { type Running, startProgram, startRedis } from './running-program.js';

const token = 'the-admin-token-of-benchmarks';
const wholeFiles = 300;
const warmingFiles = 20;

/** From a log file that is renamed into a watched directory to the alarm at a subscriber, one file after the other. */
export async function fileFigures(server: BenchServer, { scale, note }: BenchmarkOptions): Promise<Figure[]> {
  const count = Math.max(20, Math.round(wholeFiles * scale));
  const redis = await startRedis();
  if (redis === null) note('there is no redis-server on PATH: without Redis alone');
  try {
    const stores = [{ name: 'PostgreSQL alone', url: null }, ...(redis ? [{ name: 'Redis', url: redis.url }] : [])];
    const figures: Figure[] = [];
    for (const { name, url } of stores) {
      note(`${count} files one after the other, ${name}`);
      const times = await timesOf(server.folder(name.replaceAll(' ', '-')), count, url);
      figures.push({
        name: `log file in a directory to ALARM at a subscriber, ${name} (goal: 99 % within 1,000 ms)`,
        value: `${percentile(times, 0.5)} ms for half of ${count}, ${percentile(times, 0.99)} for 99 %, ${percentile(times, 1)} for all`,
      });
    }
    return figures;
  } finally {
    await redis?.stop();
  }
}

function percentile(times: readonly number[], share: number): string {
  const sorted = [...times].sort((a, b) => a - b);
  return (sorted[Math.ceil(sorted.length * share) - 1] as number).toFixed(0);
}

async function timesOf(folder: string, count: number, redisUrl: string | null): Promise<number[]> {
  const [dataDir, watched, waiting] = ['data', 'watched', 'waiting'].map((name) => `${folder}-${name}`) as [
    string,
    string,
    string,
  ];
  const files = await writeCountedFiles(waiting, watched, count + warmingFiles);
  const program = await startProgram({
    CROSSTRAIL_DATA_DIR: dataDir,
    CROSSTRAIL_ADMIN_TOKEN: token,
    ...(redisUrl === null ? {} : { REDIS_URL: redisUrl }),
  });
  const hearing = new Hearing(program);
  try {
    await prepare(program, watched, files.length);
    await hearing.begun;
    const times: number[] = [];
    for (const [number, { from, to }] of files.entries()) {
      const heard = hearing.of(`alarm-${number}`);
      const started = performance.now();
      await rename(from, to);
      await heard;
      if (number >= warmingFiles) times.push(performance.now() - started);
    }
    return times;
  } finally {
    await hearing.stop();
    await program.stop();
  }
}

/** A source, a filter that counts into one metric for each file, and an alarm on each. */
async function prepare({ url }: Running, path: string, count: number): Promise<void> {
  await ask(url, 'mutation ($input: SourceInput!) { createSource(input: $input) { source { id } } }', {
    type: 'DIRECTORY',
    path,
    discoverAccounts: true,
  });
  await ask(
    url,
    'mutation ($input: PutMetricFilterInput!) { putMetricFilter(input: $input) { metricFilter { name } } }',
    {
      name: 'files',
      filterPattern: `{ $.eventName = "${countedCall}" }`,
      metricTransformations: [
        { metricNamespace: namespace, metricName: 'Files', metricValue: '1', dimensions: { File: countedField } },
      ],
    },
  );
  const numbers = Array.from({ length: count }, (_, number) => number);
  await pMap(numbers, (number) => putAlarm(url, number), { concurrency: 4 });
}

async function putAlarm(url: string, number: number): Promise<void> {
  await ask(url, 'mutation ($input: MetricAlarmInput!) { putMetricAlarm(input: $input) { alarm { name } } }', {
    alarmName: `alarm-${number}`,
    namespace,
    metricName: 'Files',
    dimensions: [{ name: 'File', value: String(number) }],
    statistic: 'Sum',
    period: 60,
    evaluationPeriods: 1,
    threshold: 1,
    comparisonOperator: 'GreaterThanOrEqualToThreshold',
    // No data after the one event: nothing is told but what the file brings.
    treatMissingData: 'ignore',
  });
}

async function ask(url: string, query: string, input: object): Promise<void> {
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ query, variables: { input } }),
  });
  const { errors } = (await response.json()) as { errors?: unknown };
  if (errors) throw new Error(`${query}: ${JSON.stringify(errors)}`);
}

interface Told {
  readonly alarmStateChanged: { readonly change: { readonly alarmName: string; readonly state: string } | null };
}

/** A subscriber of all that goes into ALARM. */
class Hearing {
  readonly #client;
  readonly #waiting = new Map<string, () => void>();
  readonly begun: Promise<void>;

  constructor({ url }: Running) {
    this.#client = createClient({
      url: `${url.replace(/^http/, 'ws')}/graphql`,
      webSocketImpl: WebSocket,
      connectionParams: { authorization: `Bearer ${token}` },
      retryAttempts: 0,
    });
    this.begun = new Promise((resolve, reject) => {
      const query = 'subscription { alarmStateChanged(toStates: [ALARM]) { change { alarmName state } } }';
      this.#client.subscribe<Told>(
        { query },
        {
          next: ({ data }) => {
            resolve();
            this.#waiting.get(data?.alarmStateChanged.change?.alarmName ?? '')?.();
          },
          error: reject,
          complete: () => undefined,
        },
      );
    });
  }

  of(alarmName: string): Promise<void> {
    return new Promise((resolve) => this.#waiting.set(alarmName, resolve));
  }

  async stop(): Promise<void> {
    await this.#client.dispose();
  }
}
