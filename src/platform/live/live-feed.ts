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
  /** Ends the reading, also while it waits. */
  readonly signal: AbortSignal;
  /**
   * A bounded page of what follows a place, from the table that is the truth.
   *
   * @param after null: the end of what is there, and what has come since
   * @throws CrosstrailError to end the reading; after any other error it is tried again
   */
  readonly read: (after: string | null) => Promise<LivePage<Item>>;
}

/** After a read that failed. */
const retryMs = 1_000;

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
   * cursor alone where nothing happened. A heartbeat reads as well, so that it heals whatever a lost call left undone.
   */
  async *follow(reading: LiveReading<Item>): AsyncGenerator<LiveMessage<Item>, void> {
    const { heartbeatMs, signal } = reading;
    let { after } = reading;
    // The first message is due at once.
    let due = Number.NEGATIVE_INFINITY;
    this.#wakes.enter();
    try {
      while (!signal.aborted) {
        const { version } = this.#wakes;
        const page = await this.#page(reading, after, version);
        for (const message of page?.messages ?? []) {
          if (signal.aborted) return;
          yield message;
          due = this.deps.now() + heartbeatMs;
        }
        after = page?.end.cursor ?? after;
        if (after !== null && due <= this.deps.now() + tickMs && !signal.aborted) {
          yield page?.end ?? { cursor: after, item: null };
          due = this.deps.now() + heartbeatMs;
        }
        if (page === null) await this.#wakes.wait(version, Math.min(due, this.deps.now() + retryMs), signal);
        else if (!page.hasMore) await this.#wakes.wait(version, due, signal);
      }
    } finally {
      this.#wakes.leave();
    }
  }

  async stop(): Promise<void> {
    await this.#wakes.stop();
  }

  /** Null where the table could not be read just now. */
  async #page({ key, read }: LiveReading<Item>, after: string | null, version: number): Promise<LivePage<Item> | null> {
    try {
      // What was read before a wake may lack what the wake is about.
      return await this.#reads.read(`${version} ${key} ${after}`, () => read(after));
    } catch (error) {
      if (error instanceof CrosstrailError) throw error;
      this.#wakes.report(error);
      return null;
    }
  }
}
