import { CrosstrailError } from '../errors.js';
import { SharedReads } from './shared-reads.js';
import { tickMs, Wakes, type WakesDeps } from './wakes.js';

/** One message of a subscription. The same object goes to all who hear the same. */
export interface LiveMessage<Item> {
  /** Whoever goes on behind it misses nothing and sees nothing again. */
  readonly cursor: string;
  /** Null where nothing happened, and only the cursor is told. */
  readonly item: Item | null;
}

/** What follows a place. */
export interface LivePage<Item> {
  readonly messages: readonly LiveMessage<Item>[];
  /** The place behind all that was looked at, which may lie behind the last message. */
  readonly end: LiveMessage<Item>;
  /** Whether more is there already. */
  readonly hasMore: boolean;
}

export interface LiveReading<Item> {
  /** All that a page depends on but the place: filter and grant. Readings of one key share their reads. */
  readonly key: string;
  /** A cursor; null to begin with what comes from now on. */
  readonly after: string | null;
  readonly heartbeatMs: number;
  /** Whether a page takes long to read, however little there is: its reads let others go before them. */
  readonly isDear?: boolean;
  /** Ends the reading, also while it waits. */
  readonly signal: AbortSignal;
  /**
   * A bounded page of what follows a place, from the table that is the truth.
   *
   * @param after null: the end of what is there, and what has come since
   * @param version goes up with each wake: what was read since it came may be shared with readings of other keys
   * @throws CrosstrailError to end the reading; after any other error it is tried again
   */
  readonly read: (after: string | null, version: number) => Promise<LivePage<Item>>;
}

/** After a read that failed. */
const retryMs = 1_000;
/** How long the first message waits for what there is to tell, before it is the cursor alone. */
const firstMs = 1_000;

/** How far a reader has come. */
interface Stand {
  after: string | null;
  /** Whether there is more than it has read. */
  isBehind: boolean;
  /** Whether there was a message. */
  hasTold: boolean;
  /** When the next one has to come. */
  due: number;
}

/**
 * Follows a table without loss: each reader has a place of its own and takes the next page when it has passed on the one
 * before. So a slow one holds one page, which it may share with others, and nothing is queued for anyone.
 */
export class LiveFeed<Item> {
  readonly #wakes: Wakes;
  readonly #reads: SharedReads<LivePage<Item>>;

  constructor(private readonly deps: WakesDeps) {
    this.#wakes = new Wakes(deps);
    this.#reads = new SharedReads(deps.now);
  }

  /**
   * What follows `after`, without end. The first message comes at once, and at least one in every `heartbeatMs`, with the
   * cursor alone where nothing happened. A heartbeat reads as well, so that it heals whatever a lost call left undone; where
   * its read takes long, or waits for those of others, it is told without it.
   */
  async *follow(reading: LiveReading<Item>): AsyncGenerator<LiveMessage<Item>, void> {
    const { after, signal } = reading;
    // Who begins with what comes from now on has nothing to catch up with.
    const stand: Stand = { after, isBehind: after !== null, hasTold: false, due: this.deps.now() + firstMs };
    this.#wakes.enter();
    try {
      while (!signal.aborted) {
        const { version } = this.#wakes;
        const coming = this.#page(reading, stand, version);
        yield* this.#untilItComes(coming, stand, reading);
        if (signal.aborted) return;
        const page = await coming;
        yield* this.#tell(page, stand, reading);
        if (page === null) await this.#wakes.wait(version, Math.min(stand.due, this.deps.now() + retryMs), signal);
        else if (!page.hasMore) await this.#wakes.wait(version, stand.due, signal);
      }
    } finally {
      this.#wakes.leave();
    }
  }

  /** Heartbeats while a page is read, or waits to be. */
  async *#untilItComes(
    coming: Promise<unknown>,
    stand: Stand,
    { heartbeatMs, signal }: LiveReading<Item>,
  ): AsyncGenerator<LiveMessage<Item>, void> {
    while (!(await this.#wakes.endsBefore(coming, stand.due, signal)) && !signal.aborted) {
      const { after } = stand;
      if (after !== null) yield { cursor: after, item: null };
      stand.hasTold ||= after !== null;
      stand.due = this.deps.now() + heartbeatMs;
    }
  }

  /** What a page has, or that it has nothing where a message is due. */
  async *#tell(
    page: LivePage<Item> | null,
    stand: Stand,
    { heartbeatMs, signal }: LiveReading<Item>,
  ): AsyncGenerator<LiveMessage<Item>, void> {
    const told = () => {
      stand.hasTold = true;
      stand.due = this.deps.now() + heartbeatMs;
    };
    for (const message of page?.messages ?? []) {
      if (signal.aborted) return;
      yield message;
      told();
    }
    stand.after = page?.end.cursor ?? stand.after;
    stand.isBehind = page?.hasMore ?? stand.isBehind;
    if (stand.after === null || signal.aborted) return;
    if (stand.hasTold && stand.due > this.deps.now() + tickMs) return;
    yield page?.end ?? { cursor: stand.after, item: null };
    told();
  }

  async stop(): Promise<void> {
    await this.#wakes.stop();
  }

  /** Null where the table could not be read just now. */
  async #page(
    { key, isDear, read }: LiveReading<Item>,
    { after, isBehind }: Stand,
    version: number,
  ): Promise<LivePage<Item> | null> {
    const turn = isBehind || isDear ? 'later' : 'first';
    try {
      // What was read before a wake may lack what the wake is about.
      return await this.#reads.read(`${version} ${key} ${after}`, () => read(after, version), turn);
    } catch (error) {
      if (error instanceof CrosstrailError) throw error;
      this.#wakes.report(error);
      return null;
    }
  }
}
