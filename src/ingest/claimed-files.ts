import pMap from 'p-map';
import { storedReason } from '../platform/errors.js';
import { failureFields, type Logger } from '../platform/log.js';
import type { Ledger, LedgerFile } from '../sources/ledger.port.js';
import { ObjectNotFound, type ObjectStore, type ObjectStores } from '../sources/object-store.port.js';
import { type IngestDeps, type Ingested, ingestBatch, type ReadableFile } from './ingest-batch.js';
import type { IngestTelemetry } from './ingest-telemetry.js';

/** What was claimed together: files of one source, under one lease. */
export interface Claim {
  readonly lease: string;
  readonly files: readonly LedgerFile[];
}

export interface ClaimedFilesDeps extends IngestDeps {
  readonly ledger: Ledger;
  readonly stores: ObjectStores;
  readonly telemetry: IngestTelemetry;
}

/** A larger file is read as a stream while it is stored, in a transaction of its own. */
const streamAbove = 16 * 1024 * 1024;
/** Bytes of a claim that are held at most; files that have grown since they were listed go over to streaming. */
const heldAtMost = 32 * 1024 * 1024;
const fetchesAtOnce = 16;

/** Fetches and stores the files of one claim. What it could not do is back in the ledger when `ingest` resolves. */
export class ClaimedFiles {
  #held = 0;

  constructor(
    private readonly deps: ClaimedFilesDeps,
    private readonly claim: Claim,
    private readonly signal: AbortSignal,
    private readonly log: Logger,
  ) {}

  /** Files that are fetched whole are stored together; each that is streamed is stored alone. */
  async ingest(): Promise<void> {
    const { files, lease } = this.claim;
    try {
      const [first] = files;
      const store = await this.deps.stores.forSource(first?.sourceId ?? '');
      const fetched = await pMap(files, (file) => this.#fetch(store, file), { concurrency: fetchesAtOnce });
      const readable = fetched.filter((file) => file !== null);
      await this.#store(readable.filter(({ isStreamed }) => !isStreamed));
      for (const file of readable.filter(({ isStreamed }) => isStreamed)) await this.#store([file]);
    } catch (error) {
      // The source itself: deleted, or of a type that cannot be read.
      for (const file of files) await this.#failed(file, error);
    } finally {
      // What is still held was not finished: handed back, so that the next worker need not wait for the lease to end.
      await this.deps.ledger.release(
        lease,
        files.map(({ id }) => ({ id })),
      );
    }
  }

  async #fetch(store: ObjectStore, file: LedgerFile): Promise<ClaimedFile | null> {
    const streamed = { file, isStreamed: true, open: async () => (await store.open(file.key, this.signal)).body };
    if (file.size > streamAbove) return streamed;
    const parts: Uint8Array[] = [];
    try {
      for await (const part of await streamed.open()) {
        this.#held += part.length;
        if (this.#held > heldAtMost) return streamed;
        parts.push(part);
      }
    } catch (error) {
      await this.#failed(file, error);
      return null;
    }
    return { file, isStreamed: false, open: async () => asStream(parts) };
  }

  async #store(files: readonly ReadableFile[]): Promise<void> {
    const [first] = files;
    if (!first) return;
    const started = performance.now();
    let ingested: Ingested;
    try {
      ingested = await ingestBatch(this.deps, this.claim.lease, files, this.signal);
    } catch (error) {
      if (this.signal.aborted) return;
      if (files.length === 1) return this.#failed(first.file, error);
      // One file must not take the others with it: each is tried alone.
      this.log.warn(
        { ...failureFields(error), files: files.length },
        'batch failed; its files are ingested one by one',
      );
      for (const file of files) await this.#store([file]);
      return;
    }
    this.deps.telemetry.stored(ingested, (performance.now() - started) / 1000);
    for (const { id, quarantined } of ingested.files) {
      if (quarantined) this.log.warn({ logFileId: id, reason: quarantined }, 'log file quarantined');
    }
  }

  async #failed(file: LedgerFile, error: unknown): Promise<void> {
    if (this.signal.aborted) return;
    const fields = { logFileId: file.id, key: file.key, attempt: file.attempts, ...failureFields(error) };
    this.log.warn(fields, 'log file could not be ingested');
    const gone = error instanceof ObjectNotFound;
    const reason = gone ? error.message : storedReason(error);
    await this.deps.ledger.release(this.claim.lease, [{ id: file.id, error: reason, gone }]);
  }
}

interface ClaimedFile extends ReadableFile {
  readonly isStreamed: boolean;
}

async function* asStream(parts: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* parts;
}
