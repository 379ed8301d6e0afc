import pMap from 'p-map';
import { CrosstrailError } from '../platform/errors.js';
import { failureFields, type Logger } from '../platform/log.js';
import type { PubSub } from '../platform/pubsub/pubsub.js';
import type { JobDefinition } from '../platform/queue/queue.js';
import type { Ledger, LedgerFile } from '../sources/ledger.port.js';
import { ObjectNotFound, type ObjectStores } from '../sources/object-store.port.js';
import { eventsStored } from './ingest.topics.js';
import { type IngestDeps, type Ingested, ingestBatch, type ReadableFile } from './ingest-batch.js';
import type { IngestTelemetry } from './ingest-telemetry.js';

/** Hint that files may be due. It carries nothing: the ledger says which. */
export const ingestFilesJob = { name: 'ingest-files' };

/** Compressed bytes and files of one claim: enough that a transaction's fixed cost is lost, little enough to hold. */
const claimLimits = { maxFiles: 256, maxBytes: 8 * 1024 * 1024, leaseSeconds: 30 };

/** A larger file is read as a stream while it is stored, in a transaction of its own. */
const streamAbove = 16 * 1024 * 1024;
const fetchesAtOnce = 16;

export interface IngestFilesDeps extends IngestDeps {
  readonly ledger: Ledger;
  readonly stores: ObjectStores;
  readonly pubsub: Pick<PubSub, 'publish'>;
  readonly telemetry: IngestTelemetry;
  readonly concurrency: number;
  /** Aborts when the process is told to stop: what is claimed is still finished, and nothing more is claimed. */
  readonly stopping: AbortSignal;
}

/** Takes files from the ledger until none is due. */
export function createIngestFilesJob(deps: IngestFilesDeps): JobDefinition<object> {
  return {
    ...ingestFilesJob,
    concurrency: deps.concurrency,
    async handle(_data, { signal, log }) {
      while (!signal.aborted && !deps.stopping.aborted) {
        const { lease, files } = await deps.ledger.claim(claimLimits);
        if (files.length === 0) return;
        await ingestClaim(deps, lease, files, signal, log);
      }
    },
  };
}

/** Files that are fetched whole are stored together; each large one is stored alone. */
async function ingestClaim(
  deps: IngestFilesDeps,
  lease: string,
  files: readonly LedgerFile[],
  signal: AbortSignal,
  log: Logger,
): Promise<void> {
  const extending = keepLease(deps.ledger, lease, log);
  try {
    const small = files.filter((file) => file.size <= streamAbove);
    const fetched = await pMap(small, (file) => fetchWhole(deps, lease, file, signal, log), {
      concurrency: fetchesAtOnce,
    });
    const readable = fetched.filter((file) => file !== null);
    if (readable.length > 0) await storeBatch(deps, lease, readable, signal, log);
    for (const file of files.filter(({ size }) => size > streamAbove)) {
      await storeBatch(deps, lease, [streamed(deps, file, signal)], signal, log);
    }
  } finally {
    clearInterval(extending);
    // What is still held was not finished: handed back, so that the next worker need not wait for the lease to end.
    await deps.ledger.release(
      lease,
      files.map(({ id }) => ({ id })),
    );
  }
}

async function storeBatch(
  deps: IngestFilesDeps,
  lease: string,
  files: readonly ReadableFile[],
  signal: AbortSignal,
  log: Logger,
): Promise<void> {
  const started = performance.now();
  let ingested: Ingested;
  try {
    ingested = await ingestBatch(deps, lease, files, signal);
  } catch (error) {
    if (signal.aborted) return;
    const [first] = files;
    if (files.length === 1 && first) return failed(deps, lease, first.file, error, log);
    // One file must not take the others with it: each is tried alone.
    log.warn({ ...failureFields(error), files: files.length }, 'batch failed; its files are ingested one by one');
    for (const file of files) await storeBatch(deps, lease, [file], signal, log);
    return;
  }
  deps.telemetry.stored(ingested, (performance.now() - started) / 1000);
  for (const file of ingested.files) {
    if (file.quarantined) log.warn({ logFileId: file.id, reason: file.quarantined }, 'log file quarantined');
  }
  if (ingested.position !== null) await announce(deps, ingested.position, log);
}

/** Losing it costs readers no more than the wait for their next look. */
async function announce(deps: IngestFilesDeps, position: string, log: Logger): Promise<void> {
  await deps.pubsub
    .publish(eventsStored, position)
    .catch((error: unknown) => log.warn({ ...failureFields(error), position }, 'readers not told of new events'));
}

async function fetchWhole(
  deps: IngestFilesDeps,
  lease: string,
  file: LedgerFile,
  signal: AbortSignal,
  log: Logger,
): Promise<ReadableFile | null> {
  try {
    const parts: Uint8Array[] = [];
    let bytes = 0;
    for await (const part of await openObject(deps, file, signal)) {
      bytes += part.length;
      // It has grown since it was listed.
      if (bytes > streamAbove) return streamed(deps, file, signal);
      parts.push(part);
    }
    const open = async function* () {
      yield* parts;
    };
    return { file, open: async () => open() };
  } catch (error) {
    if (!signal.aborted) await failed(deps, lease, file, error, log);
    return null;
  }
}

function streamed(deps: IngestFilesDeps, file: LedgerFile, signal: AbortSignal): ReadableFile {
  return { file, open: () => openObject(deps, file, signal) };
}

async function openObject(deps: IngestFilesDeps, file: LedgerFile, signal: AbortSignal) {
  const store = await deps.stores.forSource(file.sourceId);
  return (await store.open(file.key, signal)).body;
}

async function failed(
  deps: IngestFilesDeps,
  lease: string,
  file: LedgerFile,
  error: unknown,
  log: Logger,
): Promise<void> {
  const fields = { logFileId: file.id, key: file.key, attempt: file.attempts, ...failureFields(error) };
  log.warn(fields, 'log file could not be ingested');
  const reason = reasonFor(error);
  await deps.ledger.release(lease, [{ id: file.id, error: reason, gone: error instanceof ObjectNotFound }]);
}

/** What the ledger shows to whoever may see the file: nothing of the server's inside, such as paths or SQL. */
function reasonFor(error: unknown): string {
  if (error instanceof CrosstrailError || error instanceof ObjectNotFound) return error.message;
  const code = error instanceof Error && 'code' in error ? ` (${String(error.code)})` : '';
  return `it could not be read and stored${code}; the log of the server says why`;
}

function keepLease(ledger: Ledger, lease: string, log: Logger): NodeJS.Timeout {
  const extend = () => {
    ledger
      .extend(lease, claimLimits.leaseSeconds)
      .catch((error: unknown) => log.warn({ ...failureFields(error), lease }, 'lease not extended'));
  };
  return setInterval(extend, (claimLimits.leaseSeconds * 1000) / 4);
}
