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

/**
 * What else follows from an event that is new, worked out where records are decoded: anything that can be handed between
 * threads. An event that is stored already has no effect, whichever trail it comes through.
 */
export interface Effect {
  /** Roughly what it holds of memory. */
  readonly bytes: number;
}

/** A record, as far as effects depend on it. */
export interface EffectCause {
  readonly raw: Buffer;
  readonly record: Readonly<Record<string, unknown>>;
  readonly accountId: string;
  readonly awsRegion: string;
  readonly eventId: string;
  /** Milliseconds since 1970 UTC. */
  readonly eventTime: number;
}

/** What follows from new events, and how it is handed to whoever stores it. */
export interface EffectMaker {
  effectOf(cause: EffectCause): Effect | null;
  /**
   * Puts the effects of many events together: what is added up anyway need not cross to another thread one by one.
   *
   * @param effects in the order of their events' keys
   */
  gather(effects: readonly Effect[]): GatheredEffects;
}

/** Whatever {@link EffectMaker.gather} makes: the events' room only hands it on. */
export type GatheredEffects = object;

/** Effects of a segment's events, as many as memory may hold at once. */
export interface EffectsPart {
  /** Null where nothing follows. */
  readonly effects: GatheredEffects | null;
  /** Places, in the order of the keys, of the events whose effects are not made yet. */
  readonly left: Uint32Array;
}

/** What is sent to the database for a segment, ready in the formats of COPY, and what else follows from its events. */
export interface EncodedEvents extends EffectsPart {
  /** Rows of `event`, in binary format. */
  readonly events: Uint8Array;
  /** Rows of `record_chunk`, in binary format. */
  readonly chunks: Uint8Array;
  /** Rows of `event_count`, in text format. */
  readonly counts: Uint8Array;
  /** Rows of `event_activity`, in text format. */
  readonly activity: Uint8Array;
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

/** A segment whose effects come in parts. */
export interface EffectiveSegment extends DecodedSegment {
  /**
   * Makes the next part of the effects; to be asked for when the part before it is stored.
   *
   * @param left what that part has left
   */
  effectsOf(left: Uint32Array): Promise<EffectsPart>;
}
