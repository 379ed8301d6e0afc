/**
 * Which events a segment holds, in the order of their unique key; one entry a record in each of the arrays. It is
 * enough to find out which of them are stored already, and small enough to be handed between threads.
 */
export interface SegmentKeys {
  readonly count: number;
  readonly accountIds: readonly string[];
  /** Of each record: its place in `accountIds`. */
  readonly accountOf: Uint16Array;
  readonly logFileIds: readonly string[];
  /** Of each record: its place in `logFileIds`. */
  readonly fileOf: Uint16Array;
  /** Milliseconds since 1970 UTC. */
  readonly eventTimes: Float64Array;
  /** 16 bytes each. */
  readonly eventIds: Uint8Array;
  readonly recordHashes: BigInt64Array;
  /** Place in the batch; see record-chunk.ts. */
  readonly ordinals: Int32Array;
}

/** What is sent to the database for a segment, ready in the formats of COPY. */
export interface EncodedEvents {
  /** Rows of `event`, in binary format. */
  readonly events: Uint8Array;
  /** Rows of `record_chunk`, in binary format. */
  readonly chunks: Uint8Array;
  /** Rows of `event_count`, in text format. */
  readonly counts: Uint8Array;
}

/** What is to be stored of a segment. */
export interface SegmentPart {
  /** Places of the events in the order of the keys. */
  readonly fresh: Uint32Array;
  /** Ordinals of copies whose records are kept although their events are not stored. */
  readonly keptOrdinals: readonly number[];
}

/** A part of a batch that is written at once. */
export interface DecodedSegment {
  readonly keys: SegmentKeys;
  /** All of it but the records that repeat a key, or null where duplicates are expected. */
  readonly encoded: EncodedEvents | null;
  encode(part: SegmentPart): Promise<EncodedEvents>;
}
