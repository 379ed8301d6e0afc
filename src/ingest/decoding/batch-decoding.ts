import type { EffectMaker } from '../../events/segment.port.js';
import { type BatchInHand, SegmentBuilder, type SegmentFile } from '../../events/segment-builder.service.js';
import { type DecodeSummary, decodeLogFile, LogFileError, type RecordSlice } from '../../formats/cloudtrail/decode.js';
import { eventIdOf, recordHash } from '../../formats/cloudtrail/event-id.js';
import { eventTimeOf, toCloudTrailEvent } from '../../formats/cloudtrail/record-to-event.js';
import type { Watchers } from './batch-effects.js';

/** What is decoded together. */
export interface DecodedBatch {
  readonly id: string;
  /** Whether its records are likely to be stored already. */
  readonly expectsDuplicates: boolean;
  /** When it began: ISO 8601. */
  readonly ingestionTime: string;
  /** What its new events are held against. */
  readonly watchers: Watchers;
}

/** A batch, as whoever decodes it needs to know it. */
export interface OpenedBatch extends Omit<DecodedBatch, 'watchers'> {
  /** The metric filters that see its events. */
  readonly filterVersion: string;
}

/** How a file read. */
export interface Reading {
  readonly records: number;
  /** What is wrong with it, if anything. */
  readonly quarantined: string | null;
  /** Of its uncompressed content; null where it could not be read to its end. */
  readonly sha256: Uint8Array | null;
}

const nothingRead: DecodeSummary = { records: 0, problems: [], problemCount: 0, sha256: new Uint8Array() };

/** Turns the files of one batch into segments. It computes and waits for nothing but bytes: it may run on any thread. */
export class BatchDecoding {
  /** While it is so, the columns of an event are made only when they turn out to be needed. */
  expectsDuplicates: boolean;
  readonly #batch: BatchInHand;
  #segment: SegmentBuilder;

  /**
   * @param maker makes what follows from each new event
   * @param emit takes a full segment; decoding goes on when it resolves
   */
  constructor(
    { id, expectsDuplicates, filterVersion }: OpenedBatch,
    private readonly maker: EffectMaker,
    private readonly emit: (segment: SegmentBuilder) => Promise<void>,
  ) {
    this.expectsDuplicates = expectsDuplicates;
    this.#batch = { id: BigInt(id), filterVersion, nextChunk: 0 };
    this.#segment = new SegmentBuilder(this.#batch, maker);
  }

  /** Reads a file whole. What is wrong with the file is part of the answer; errors of `bytes` are thrown. */
  async read(file: SegmentFile, bytes: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): Promise<Reading> {
    let records = 0;
    const slices = decodeLogFile(bytes);
    try {
      for (;;) {
        const next = await slices.next();
        if (next.done) return readingOf(next.value);
        for (const slice of next.value) {
          this.#add(file, slice);
          records += 1;
          if (this.#segment.isFull) await this.#emit();
        }
      }
    } catch (error) {
      if (!(error instanceof LogFileError)) throw error;
      return { records, quarantined: error.message, sha256: error.sha256 };
    } finally {
      // Left in the middle, it would keep the socket or file that it reads from.
      await slices.return(nothingRead);
    }
  }

  /** Gives out what is left. */
  async finish(): Promise<void> {
    if (!this.#segment.isEmpty) await this.#emit();
  }

  async #emit(): Promise<void> {
    const segment = this.#segment;
    this.#segment = new SegmentBuilder(this.#batch, this.maker);
    await this.emit(segment);
  }

  #add(file: SegmentFile, slice: RecordSlice): void {
    const { raw, record } = slice;
    const hash = recordHash(raw);
    if (this.expectsDuplicates) {
      const [eventId, eventTime] = [eventIdOf(record['eventID'], raw), eventTimeOf(record, file)];
      this.#segment.add(file, { raw, record, eventId, eventTime, recordHash: hash, event: null });
    } else {
      const event = toCloudTrailEvent(slice, file);
      const { eventId, eventTime } = event;
      this.#segment.add(file, { raw, record, eventId, eventTime, recordHash: hash, event });
    }
  }
}

function readingOf(summary: DecodeSummary): Reading {
  return { records: summary.records, quarantined: describeProblems(summary), sha256: summary.sha256 };
}

function describeProblems({ problems, problemCount }: DecodeSummary): string | null {
  const [first] = problems;
  if (!first) return null;
  const which = `record ${first.index} (at byte ${first.position}): ${first.reason}`;
  return problemCount === 1 ? which : `${problemCount} records cannot be read; the first is ${which}`;
}
