import pMap from 'p-map';
import { storedReason } from '../platform/errors.js';
import { failpoint } from '../platform/failpoint.js';
import { failureFields, type Logger } from '../platform/log.js';
import type { Ledger, LedgerFile } from '../sources/ledger.port.js';
import {
  ObjectNotFound,
  type ObjectStore,
  type ObjectStores,
  type StoredObject,
} from '../sources/object-store.port.js';
import type { SourceHealth } from '../sources/source-health.service.js';
import { type IngestDeps, type Ingested, ingestBatch, type ReadableFile } from './ingest-batch.js';
import type { IngestTelemetry } from './ingest-telemetry.js';
import { openPaced, type Pace } from './paced-object.js';
import { wholeObject } from './whole-object.js';

/** What was claimed together: files of one source, under one lease. */
export interface Claim {
  readonly lease: string;
  readonly files: readonly LedgerFile[];
  /** Whether a backfill asked for them. */
  readonly isBackfill?: boolean;
}

export interface ClaimedFilesDeps extends IngestDeps {
  readonly ledger: Ledger;
  readonly stores: ObjectStores;
  readonly telemetry: IngestTelemetry;
  readonly health: SourceHealth;
  readonly pace?: Pace;
  /** Called after a commit that left something to deliver. */
  readonly onDeliveries: () => Promise<void>;
  /** Called after each commit: alarms may have to be judged. It does not wait for them. */
  readonly onData: () => void;
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
    const sourceId = files[0]?.sourceId ?? '';
    const rest = this.deps.health.watch(sourceId);
    const signal = AbortSignal.any([this.signal, rest.signal]);
    try {
      const store = await this.deps.stores.forSource(sourceId);
      const fetched = await pMap(files, (file) => this.#fetch(store, file, signal), { concurrency: fetchesAtOnce });
      failpoint('ingest.fetched');
      const readable = fetched.filter((file) => file !== null);
      await this.#store(readable.filter(({ isStreamed }) => !isStreamed));
      const streamed = signal.aborted ? [] : readable.filter(({ isStreamed }) => isStreamed);
      for (const file of streamed) await this.#store([file]);
    } catch (error) {
      // The source itself: deleted, or of a type that cannot be read.
      for (const file of files) await this.#failed(file, error);
    } finally {
      rest.end();
      // What is still held was not finished: handed back, so that the next worker need not wait for the lease to end.
      const after = this.signal.aborted ? null : this.deps.health.restSeconds(sourceId);
      if (after !== null) this.log.warn({ sourceId, seconds: after }, 'a source fails; its files wait together');
      const untried = after === null ? {} : { after };
      await this.deps.ledger.release(
        lease,
        files.map(({ id }) => ({ id, ...untried })),
      );
    }
  }

  async #fetch(store: ObjectStore, file: LedgerFile, signal: AbortSignal): Promise<ClaimedFile | null> {
    if (signal.aborted) return null;
    let opened: StoredObject | null = null;
    const object = () => opened;
    const bytes = async (until: AbortSignal) => {
      opened = await openPaced(store, file.key, until, this.deps.pace);
      return wholeObject(opened, file);
    };
    // What is read as it is stored is read to its end: the source may rest for the failures of others.
    const streamed = { file, isStreamed: true, open: () => bytes(this.signal), object };
    if (file.size > streamAbove) return streamed;
    const parts: Uint8Array[] = [];
    try {
      for await (const part of await bytes(signal)) {
        this.#held += part.length;
        if (this.#held > heldAtMost) return streamed;
        parts.push(part);
      }
    } catch (error) {
      if (!signal.aborted) await this.#failed(file, error, this.deps.health.failed(file.sourceId, error));
      return null;
    }
    this.deps.health.worked(file.sourceId);
    return { file, isStreamed: false, open: async () => asStream(parts), object };
  }

  async #store(files: readonly ReadableFile[]): Promise<void> {
    const [first] = files;
    if (!first) return;
    const started = performance.now();
    let ingested: Ingested;
    try {
      ingested = await ingestBatch(this.deps, this.claim.lease, files, this.signal, this.claim.isBackfill);
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
    this.deps.onData();
    if (ingested.deliveries > 0) await this.deps.onDeliveries();
    if (ingested.crowded.length > 0) {
      this.log.warn(
        { metrics: ingested.crowded },
        'metric filters have too many values of dimensions: new ones are left out',
      );
    }
    this.deps.telemetry.stored(ingested, (performance.now() - started) / 1000);
    for (const { id, quarantined } of ingested.files) {
      if (quarantined) this.log.warn({ logFileId: id, reason: quarantined }, 'log file quarantined');
    }
  }

  /** @param after seconds after which it is tried again, where it is the source that fails */
  async #failed(file: LedgerFile, error: unknown, after: number | null = null): Promise<void> {
    if (this.signal.aborted) return;
    const fields = { logFileId: file.id, key: file.key, attempt: file.attempts, ...failureFields(error) };
    this.log.warn(fields, 'log file could not be ingested');
    const gone = error instanceof ObjectNotFound;
    const reason = gone ? error.message : storedReason(error);
    const released = { id: file.id, error: reason, gone, ...(after === null ? {} : { after }) };
    await this.deps.ledger.release(this.claim.lease, [released]);
  }
}

interface ClaimedFile extends ReadableFile {
  readonly isStreamed: boolean;
}

async function* asStream(parts: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* parts;
}
