import { randomUUID } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import type { Caller } from '../../src/access/context.js';
import { createPartitions } from '../../src/events/partition.service.js';
import { localDecoders } from '../../src/ingest/decoding/local-decoders.js';
import { DuplicateGuesses } from '../../src/ingest/duplicate-guesses.js';
import { type IngestDeps, ingestBatch, type ReadableFile } from '../../src/ingest/ingest-batch.js';
import { createCursorCodec } from '../../src/lib/cursor.js';
import { FilterSets } from '../../src/metrics/filter-set.service.js';
import type { MetricDataResult } from '../../src/metrics/metric.entity.js';
import type { MetricDataInput, MetricDataQuery, PutMetricDataInput } from '../../src/metrics/metric.inputs.js';
import { MetricService } from '../../src/metrics/metric.service.js';
import { MetricBackfills } from '../../src/metrics/metric-backfill.service.js';
import { MetricDataService } from '../../src/metrics/metric-data.service.js';
import type { MetricTransformationInput, PutMetricFilterInput } from '../../src/metrics/metric-filter.inputs.js';
import { MetricFilterService } from '../../src/metrics/metric-filter.service.js';
import { MetricRegistry } from '../../src/metrics/metric-registry.service.js';
import { mergeActivities, mergePoints } from '../../src/metrics/point-merge.service.js';
import type { Sql } from '../../src/platform/database/database.js';
import type { LedgerFile } from '../../src/sources/ledger.port.js';
import { LedgerService } from '../../src/sources/ledger.service.js';
import { admin } from './collection.js';
import { noon, testId } from './events.js';
import { eventually } from './eventually.js';
import { rulesOfIngest } from './rules-of-ingest.js';
import { silentLog } from './silent-log.js';
import { createTestDatabase } from './test-database.js';

/** The namespace of all metrics that tests make. */
export const namespace = 'Test';

/** A file as it lies in a bucket. */
export interface WorldFile {
  readonly key: string;
  readonly accountId: string;
  readonly awsRegion: string;
  readonly body: Buffer;
}

/** What a test wants of a record: the rest is the same in all. */
export interface WorldRecord {
  readonly id: number;
  /** ISO 8601. */
  readonly time?: string;
  readonly name?: string;
  readonly region?: string;
  readonly more?: object;
}

export function recordOf({ id, time, name, region, more }: WorldRecord): string {
  return JSON.stringify({
    eventID: testId(id),
    eventTime: time ?? new Date(noon).toISOString(),
    eventSource: 's3.amazonaws.com',
    eventName: name ?? 'GetObject',
    ...(region === undefined ? {} : { awsRegion: region }),
    ...more,
  });
}

let keys = 0;

/** A log file of some records, under a key of its own. */
export function fileOf(
  records: readonly WorldRecord[],
  { accountId = '111111111111', awsRegion = 'eu-west-1' }: { accountId?: string; awsRegion?: string } = {},
): WorldFile {
  const body = gzipSync(`{"Records":[${records.map(recordOf).join(',')}]}`);
  return { key: `file-${keys++}`, accountId, awsRegion, body };
}

/** What a filter takes from events, where a test does not say more: 1 for each. */
export function filterInput(
  name: string,
  filterPattern: string,
  {
    accountIds,
    regions,
    ...transformation
  }: Partial<MetricTransformationInput> & Pick<PutMetricFilterInput, 'accountIds' | 'regions'> = {},
): PutMetricFilterInput {
  const metric = { metricNamespace: namespace, metricName: name, metricValue: '1', ...transformation };
  return {
    name,
    filterPattern,
    metricTransformations: [metric],
    ...(accountIds === undefined ? {} : { accountIds }),
    ...(regions === undefined ? {} : { regions }),
  };
}

/** One worker, as a process of its own would be: it shares nothing with others but the database. */
export interface Worker {
  /** Stores files in one transaction. */
  ingest(files: readonly WorldFile[], hooks?: IngestHooks): Promise<void>;
}

export interface IngestHooks {
  /** When it is known which version the metric filters have, and they are about to be read. */
  readonly afterVersion?: () => Promise<void>;
  /** When all is written; the transaction is open. */
  readonly beforePosition?: () => Promise<void>;
}

/** The metrics room on a database of the test's own, workers that store log files, and a clock that is set by hand. */
export async function openMetricWorld(options: { readonly poolSize?: number } = {}) {
  const test = await createTestDatabase({ poolSize: options.poolSize ?? 8 });
  const { database } = test;
  const clock = { time: noon, ofBackfills: Date.now() + 3_600_000 };
  const now = () => new Date(clock.time);
  /** Ahead of the server's, by whose clock they are due first. */
  const laterNow = () => new Date(clock.ofBackfills);
  const audit = { record: async () => undefined };
  const cursors = createCursorCodec(Buffer.alloc(32, 1));
  const log = silentLog;
  const onDue = async () => undefined;
  const registry = new MetricRegistry(now);
  const filters = new MetricFilterService({ database, audit, cursors, registry });
  const metrics = new MetricService({ database, cursors, registry, now, onData: onDue });
  const data = new MetricDataService({ database, cursors, now });
  const openBackfills = () =>
    new MetricBackfills({ database, audit, filters, registry: new MetricRegistry(now), log, now: laterNow, onDue });
  const backfills = openBackfills();
  const [row] = await database.query<{ id: string; bucketId: number }>(
    `WITH bucket AS (INSERT INTO log_bucket (endpoint, name) VALUES ('file:', '/logs') RETURNING id)
     INSERT INTO source (type, bucket_id) SELECT 'DIRECTORY', id FROM bucket RETURNING id, bucket_id AS "bucketId"`,
  );
  const source = row as { id: string; bucketId: number };
  const ledger = new LedgerService({ database, onDue });
  const partitions = createPartitions(database, () => clock.time);
  const { signal } = new AbortController();

  const openWorker = (): Worker => {
    const filterSets = new FilterSets(silentLog);
    const own = {
      ...rulesOfIngest(),
      registry: new MetricRegistry(now),
      guesses: new DuplicateGuesses(),
    };
    return {
      ingest: (files, hooks = {}) => {
        const current = (sql: Sql) => filterSets.current(watched(sql, hooks.afterVersion));
        const deps = { database, partitions, decoders: localDecoders, ...own, filters: { current }, now };
        return ingest(deps as unknown as IngestDeps, files, hooks);
      },
    };
  };

  /** Lists files, and leases them to whoever asks, also those that were read before. */
  async function lease(files: readonly WorldFile[]): Promise<{ lease: string; readable: ReadableFile[] }> {
    const listed = files.map(({ key, accountId, awsRegion, body }) => ({
      ...{ key, accountId, awsRegion, deliveredAt: noon },
      ...{ size: body.length, etag: key },
    }));
    await ledger.discovered(source, listed);
    const id = randomUUID();
    const rows = await database.query<LedgerFile>(
      `UPDATE log_file SET state = 'INGESTING', lease = $2, due_at = now() + interval '1 hour' WHERE key = ANY ($1::text[])
       RETURNING id, bucket_id AS "bucketId", key, source_id AS "sourceId", account_id AS "accountId",
         aws_region AS "awsRegion", delivered_at AS "deliveredAt", size::float8 AS size, etag, revision, attempts`,
      [files.map(({ key }) => key), id],
    );
    const bodies = new Map(files.map(({ key, body }) => [key, body]));
    const open = (key: string) => async () => bytesOf(bodies.get(key) as Buffer);
    return { lease: id, readable: rows.map((file) => ({ file, open: open(file.key) })) };
  }

  async function ingest(
    deps: Omit<IngestDeps, 'ledger'>,
    files: readonly WorldFile[],
    { beforePosition }: IngestHooks,
  ): Promise<void> {
    const held = Object.create(ledger) as LedgerService;
    held.ingested = async (...args) => {
      await ledger.ingested(...args);
      await beforePosition?.();
    };
    const leased = await lease(files);
    await ingestBatch({ ...deps, ledger: held }, leased.lease, leased.readable, signal);
  }

  /** Runs what was started for as long as there is something to do. */
  async function stepBackfills(runner: MetricBackfills = backfills): Promise<void> {
    // What waits for others is looked at again a second later.
    clock.ofBackfills += 2000;
    for (let steps = 0; await runner.step(); steps++) {
      if (steps > 1000) throw new Error('the backfills do not come to an end');
    }
  }

  /** Every series of a request. */
  const read = (input: MetricDataInput, caller: Caller = admin): Promise<MetricDataResult[]> =>
    data.read(caller.accounts, input, signal);

  return {
    database,
    databaseUrl: test.url,
    registry,
    filters,
    metrics,
    data,
    backfills,
    openBackfills,
    openWorker,
    read,
    now,
    signal,
    clock,
    putFilter: (input: PutMetricFilterInput, caller: Caller = admin) => filters.put(caller, input),
    deleteFilter: (name: string, caller: Caller = admin) => filters.delete(caller, name),
    put: (
      metricData: PutMetricDataInput['metricData'],
      more: Partial<PutMetricDataInput> = {},
      caller: Caller = admin,
    ) => metrics.put(caller, { namespace, metricData, ...more }),
    /** A statistic of one metric as `minute of the hour of noon`: value, ascending. */
    async series(metricName: string, stat: string, given: SeriesOptions = {}): Promise<Record<string, number>> {
      const { caller = admin, ...options } = given;
      const [result] = await read(requestOf(metricName, stat, options), caller);
      const values = result?.values ?? [];
      return Object.fromEntries((result?.timestamps ?? []).map((time, at) => [shortTime(time), values[at] as number]));
    },
    /** Goes on until nothing is left to merge. */
    async merge(at: number = clock.time): Promise<void> {
      while ((await mergePoints(database, new Date(at))) > 0);
      while ((await mergeActivities(database, new Date(at))) > 0);
    },
    stepBackfills,
    /** Runs what was started to its end, which transactions of other tests on the same server may hold up. */
    async runBackfills(runner: MetricBackfills = backfills): Promise<void> {
      const running = () => database.query(`SELECT FROM metric_backfill WHERE state = 'RUNNING' AND error IS NULL`);
      await eventually(
        async () => {
          await stepBackfills(runner);
          return running();
        },
        ({ length }) => length === 0,
      );
    },
    stop: () => test.drop(),
  };
}

export type MetricWorld = Awaited<ReturnType<typeof openMetricWorld>>;

export interface SeriesOptions {
  readonly caller?: Caller;
  readonly from?: number;
  readonly to?: number;
  readonly period?: number;
  readonly dimensions?: Readonly<Record<string, string>>;
  readonly accountId?: string;
  readonly region?: string;
  readonly unit?: string;
}

/** A request for one metric, of the two hours around noon where nothing else is said. */
export function requestOf(metricName: string, stat: string, options: SeriesOptions = {}): MetricDataInput {
  const { from = noon - 3_600_000, to = noon + 3_600_000 } = options;
  return {
    startTime: new Date(from),
    endTime: new Date(to),
    metricDataQueries: [queryOf('m', metricName, stat, options)],
    scanBy: 'TimestampAscending',
  };
}

export function queryOf(id: string, metricName: string, stat: string, options: SeriesOptions = {}): MetricDataQuery {
  const { period = 60, dimensions = {}, accountId = null, region = null, unit = null } = options;
  const pairs = Object.entries(dimensions).map(([name, value]) => ({ name, value }));
  return {
    id,
    metricStat: { metric: { namespace, metricName, dimensions: pairs, accountId, region }, period, stat, unit },
  };
}

/** `2026-11-20T12:00:00.000Z` as `12:00`, and with its day or seconds only where they say something. */
export function shortTime(time: Date): string {
  const text = time.toISOString();
  const day = text.startsWith('2026-11-20') ? '' : `${text.slice(0, 10)} `;
  const seconds = text.slice(17, 19) === '00' ? '' : text.slice(16, 19);
  return `${day}${text.slice(11, 16)}${seconds}`;
}

/** Calls back once the version of the filters was read. */
function watched(sql: Sql, afterVersion: IngestHooks['afterVersion']): Sql {
  return {
    query: async <R extends object>(text: string, values?: readonly unknown[]) => {
      const rows = await sql.query<R>(text, values);
      if (/^SELECT version FROM metric_filter_version/.test(text)) await afterVersion?.();
      return rows;
    },
  };
}

async function* bytesOf(body: Buffer): AsyncGenerator<Uint8Array> {
  yield body;
}
