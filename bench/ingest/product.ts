import { realpath } from 'node:fs/promises';
import { createPartitions } from '../../src/events/partition.service.js';
import { parseLogKey } from '../../src/formats/cloudtrail/log-key.js';
import { createDecoders } from '../../src/ingest/decoding/create-decoders.js';
import { createIngestFilesJob } from '../../src/ingest/ingest-files.job.js';
import { createIngestTelemetry } from '../../src/ingest/ingest-telemetry.js';
import { FilterSets } from '../../src/metrics/filter-set.service.js';
import { MetricRegistry } from '../../src/metrics/metric-registry.service.js';
import type { Database } from '../../src/platform/database/database.js';
import { createTelemetry } from '../../src/platform/telemetry.js';
import { RuleSets } from '../../src/rules/rule-set.service.js';
import { LedgerService } from '../../src/sources/ledger.service.js';
import { DirectoryStore } from '../../src/sources/object-stores/directory.js';
import { SourceHealth } from '../../src/sources/source-health.service.js';
import { silentLog } from '../silent-log.js';
import type { Dataset } from './dataset.js';

const decoders = createDecoders();

/** Ends the threads that decode, which would keep the process from ending. */
export function stopDecoding(): Promise<void> {
  return decoders.stop();
}

/** Batches in work at once: what `crosstrail start` does on two cores. */
const concurrency = 2;

/**
 * Puts a dataset's files into the ledger, and returns what ingests them: the product's own job, without the queue.
 *
 * @param onData called when data points have come that alarms look at
 */
export async function prepareProduct(
  database: Database,
  dataset: Dataset,
  onData: () => void = () => undefined,
): Promise<() => Promise<void>> {
  const ledger = new LedgerService({ database, onDue: async () => undefined });
  const source = await insertSource(database, dataset);
  const found = dataset.files.map(({ key, size }) => {
    const parsed = parseLogKey(key);
    if (!parsed) throw new Error(`generated key ${key} is none`);
    return {
      key,
      size,
      etag: 'bench',
      accountId: parsed.accountId,
      awsRegion: parsed.awsRegion,
      deliveredAt: parsed.deliveredAt,
    };
  });
  await grantAccounts(database, source.id, [...new Set(found.map(({ accountId }) => accountId))]);
  await ledger.discovered(source, found);
  const store = await realpath(dataset.directory).then((root) => new DirectoryStore(root));
  const health = new SourceHealth(Date.now);
  const job = createIngestFilesJob({
    database,
    ledger,
    partitions: createPartitions(database, Date.now),
    stores: { forSource: async () => store },
    telemetry: createIngestTelemetry(createTelemetry(), health),
    decoders,
    health,
    rules: new RuleSets(silentLog),
    filters: new FilterSets(silentLog),
    registry: new MetricRegistry(() => new Date()),
    now: () => new Date(),
    onData,
    onDeliveries: async () => undefined,
    concurrency,
    stopping: new AbortController().signal,
  });
  return async () => {
    const context = { signal: new AbortController().signal, log: silentLog, attempt: 1 };
    await Promise.all(Array.from({ length: concurrency }, () => job.handle({}, context)));
    await requireAllIngested(database);
  };
}

async function insertSource(database: Database, { directory }: Dataset): Promise<{ id: string; bucketId: number }> {
  const [row] = await database.query<{ id: string; bucketId: number }>(
    `WITH bucket AS (INSERT INTO log_bucket (endpoint, name) VALUES ('file:', $1) RETURNING id)
     INSERT INTO source (type, bucket_id) SELECT 'DIRECTORY', id FROM bucket RETURNING id, bucket_id AS "bucketId"`,
    [directory],
  );
  if (!row) throw new Error('no source was made');
  return row;
}

async function grantAccounts(database: Database, sourceId: string, accountIds: readonly string[]): Promise<void> {
  await database.query('INSERT INTO account (account_id, name) SELECT id, id FROM unnest($1::text[]) AS id', [
    accountIds,
  ]);
  await database.query(
    'INSERT INTO source_account (source_id, account_id) SELECT $1, id FROM unnest($2::text[]) AS id',
    [sourceId, accountIds],
  );
}

async function requireAllIngested(database: Database): Promise<void> {
  const rows = await database.query<{ state: string; files: string; error: string | null }>(
    'SELECT state, count(*) AS files, min(error) AS error FROM log_file GROUP BY state',
  );
  if (rows.length !== 1 || rows[0]?.state !== 'INGESTED')
    throw new Error(`not all was ingested: ${JSON.stringify(rows)}`);
}
