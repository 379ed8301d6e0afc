import { type BatchResult, EventWriter, PartitionsMissing } from '../events/event-writer.service.js';
import type { Partitions } from '../events/partition.service.js';
import { type DecodeSummary, decodeLogFile, LogFileError } from '../formats/cloudtrail/decode.js';
import { recordHash } from '../formats/cloudtrail/event-id.js';
import { toCloudTrailEvent } from '../formats/cloudtrail/record-to-event.js';
import { dayMs } from '../lib/time.js';
import { advisoryLocks, lock, lockShared } from '../platform/database/advisory-lock.js';
import type { Database, Transaction } from '../platform/database/database.js';
import type { IngestResult, Ledger, LedgerFile } from '../sources/ledger.port.js';

/** A file whose bytes can be read from the start, more than once. */
export interface ReadableFile {
  readonly file: LedgerFile;
  open(): Promise<AsyncIterable<Uint8Array>>;
}

export interface IngestDeps {
  readonly database: Database;
  readonly ledger: Ledger;
  readonly partitions: Partitions;
}

/** What became of a batch; `files` leaves out those that another worker had taken over. */
export interface Ingested {
  readonly position: string | null;
  readonly files: readonly IngestResult[];
}

/** How a file read: how many records it has, and what is wrong with it, if anything. */
interface Reading {
  records: number;
  quarantined: string | null;
}

/**
 * Stores the events of some files in one transaction, with their counts, the ledger's word on each file, and the position
 * at which readers find them. Nothing of it is seen before all of it is.
 */
export async function ingestBatch(
  deps: IngestDeps,
  lease: string,
  files: readonly ReadableFile[],
  signal: AbortSignal,
): Promise<Ingested> {
  await deps.partitions.ensure(expectedDays(files));
  let attempts = 0;
  for (;;) {
    try {
      return await deps.database.transaction(async (transaction) => {
        await standInLine(transaction, attempts++);
        return store(deps, transaction, lease, files, signal);
      });
    } catch (error) {
      // Events of other days than their file's: rare, so the work is done again rather than planned for.
      if (!(error instanceof PartitionsMissing)) throw error;
      await deps.partitions.ensure(error.eventTimes);
    }
  }
}

/**
 * Rows are written in the order of their keys within a segment, not over all segments of a batch: two batches with many
 * events in common can still lock each other out. The one that loses runs again, and then with no other beside it.
 */
async function standInLine(transaction: Transaction, attempts: number): Promise<void> {
  if (attempts === 0) await lockShared(transaction, advisoryLocks.ingest);
  else await lock(transaction, advisoryLocks.ingest);
}

/** A file holds events of the quarter of an hour before it, as a rule. */
function expectedDays(files: readonly ReadableFile[]): Set<number> {
  return new Set(files.flatMap(({ file }) => [file.deliveredAt.getTime(), file.deliveredAt.getTime() - dayMs / 24]));
}

async function store(
  { ledger, partitions }: IngestDeps,
  transaction: Transaction,
  lease: string,
  files: readonly ReadableFile[],
  signal: AbortSignal,
): Promise<Ingested> {
  const held = await ledger.lock(
    transaction,
    lease,
    files.map(({ file }) => file.id),
  );
  const mine = files.filter(({ file }) => held.has(file.id));
  if (mine.length === 0) return { position: null, files: [] };
  const writer = await EventWriter.open(transaction, partitions.has);
  const readings = new Map<string, Reading>();
  let batch: BatchResult;
  try {
    for (const readable of mine) readings.set(readable.file.id, await readInto(writer, readable, signal));
    batch = await writer.finish();
  } finally {
    await writer.settled();
  }
  const results = mine.map(({ file: { id } }) => ({
    id,
    ...(readings.get(id) as Reading),
    ...(batch.files.get(id) ?? { events: 0, duplicates: 0 }),
  }));
  await ledger.ingested(transaction, lease, results);
  return { position: await writer.takePosition(), files: results };
}

const nothingRead: DecodeSummary = { records: 0, problems: [], problemCount: 0 };

/** Feeds a file's records to the writer. What is wrong with the file is part of the answer; what is intact is kept. */
async function readInto(writer: EventWriter, { file, open }: ReadableFile, signal: AbortSignal): Promise<Reading> {
  const context = { awsRegion: file.awsRegion, deliveredAt: file.deliveredAt.getTime() };
  let read = 0;
  signal.throwIfAborted();
  const slices = decodeLogFile(await open());
  try {
    for (;;) {
      signal.throwIfAborted();
      const next = await slices.next();
      if (next.done) return { records: next.value.records, quarantined: describeProblems(next.value) };
      for (const slice of next.value) {
        const event = toCloudTrailEvent(slice, context);
        const input = { event, accountId: file.accountId, logFileId: file.id, recordHash: recordHash(slice.raw) };
        const full = writer.add(input, slice.raw);
        if (full) await full;
        read += 1;
      }
    }
  } catch (error) {
    if (!(error instanceof LogFileError)) throw error;
    return { records: read, quarantined: error.message };
  } finally {
    // Left in the middle, it would keep the socket or file that it reads from.
    await slices.return(nothingRead);
  }
}

function describeProblems({ problems, problemCount }: DecodeSummary): string | null {
  const [first] = problems;
  if (!first) return null;
  const which = `record ${first.index} (at byte ${first.position}): ${first.reason}`;
  return problemCount === 1 ? which : `${problemCount} records cannot be read; the first is ${which}`;
}
