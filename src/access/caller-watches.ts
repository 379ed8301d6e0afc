import { isDeepStrictEqual } from 'node:util';
import type { Sql } from '../platform/database/database.js';
import { failureFields, type Logger } from '../platform/log.js';
import { type Authenticator, type KnownToken, knownToken, unauthenticated } from './authenticator.js';
import type { Caller } from './context.js';
import { findLive } from './token.store.js';

/** How often the tokens in use are read again, where a message that one has changed may have been lost. */
const pollMs = 4_000;
/** The longest that a timer can wait. */
const maxTimerMs = 2 ** 31 - 1;

/** The caller behind something that goes on for long: what its token may do now, not what it could at the start. */
export interface CallerWatch {
  /** @throws UNAUTHENTICATED once the token has expired or was revoked */
  caller(): Caller;
  /** While it is not known whether the token still holds; nothing may be sent before it resolves. */
  unsure(): Promise<void> | undefined;
  stop(): void;
}

export interface CallerWatchesDeps {
  /** The primary: a replica may not know yet. */
  readonly database: Sql;
  readonly authenticator: Authenticator;
  readonly log: Logger;
  readonly now: () => number;
}

interface Watched {
  token: KnownToken | null;
  /** Number of the read that `token` comes from: what an earlier one brings later is old. */
  read: number;
  readonly listeners: Set<() => void>;
}

/** Watches the tokens of this process that are in use, with one query for all of them. */
export class CallerWatches {
  readonly #watched = new Map<string, Watched>();
  #reading: Promise<void> | undefined;
  #readAgain = false;
  #reads = 0;
  /** Set from the message that tokens have changed until they are read. */
  #unsure: { readonly sure: Promise<void>; readonly resolve: () => void } | undefined;
  #poll: NodeJS.Timeout | undefined;
  #expiry: NodeJS.Timeout | undefined;

  constructor(private readonly deps: CallerWatchesDeps) {}

  /**
   * @param authorization `Bearer <token>`
   * @param changed called when the token's grant has changed, or it has ended
   * @throws UNAUTHENTICATED
   */
  async watch(authorization: string | undefined, changed: () => void): Promise<CallerWatch> {
    const { token } = await this.deps.authenticator.authenticate(authorization);
    const watched: Watched = this.#watched.get(token.id) ?? { token: null, read: 0, listeners: new Set() };
    const listener = () => changed();
    const isNew = watched.listeners.size === 0;
    watched.listeners.add(listener);
    this.#watched.set(token.id, watched);
    const watch = {
      caller: () => this.#callerOf(watched),
      unsure: () => this.#unsure?.sure,
      stop: () => this.#leave(token.id, watched, listener),
    };
    this.#poll ??= setInterval(() => void this.#read().catch(() => undefined), pollMs).unref();
    try {
      // The authenticator may have it from a moment ago, before this process listened for its changes.
      if (isNew || watched.token === null) await this.#readThose([token.id]);
      watch.caller();
    } catch (error) {
      watch.stop();
      throw error;
    }
    return watch;
  }

  /** Tokens have changed, or may have: until they are read again nothing is sent in their names. Never rejects. */
  async refresh(): Promise<void> {
    if (this.#watched.size === 0) return;
    if (this.#unsure === undefined) {
      let resolve: () => void = () => undefined;
      const sure = new Promise<void>((done) => {
        resolve = done;
      });
      this.#unsure = { sure, resolve };
    }
    await this.#read().catch((error: unknown) =>
      this.deps.log.warn(failureFields(error), 'tokens in use could not be read again; subscriptions wait'),
    );
  }

  /** Whatever still waits for certainty is let go: it finds its token ended. */
  stop(): void {
    clearInterval(this.#poll);
    clearTimeout(this.#expiry);
    for (const watched of this.#watched.values()) watched.token = null;
    this.#beSure();
  }

  #callerOf({ token }: Watched): Caller {
    if (token === null || token.expiresAt <= this.deps.now()) throw unauthenticated();
    return token.caller;
  }

  #leave(id: string, watched: Watched, listener: () => void): void {
    watched.listeners.delete(listener);
    if (watched.listeners.size > 0 || this.#watched.get(id) !== watched) return;
    this.#watched.delete(id);
    if (this.#watched.size > 0) return;
    clearInterval(this.#poll);
    clearTimeout(this.#expiry);
    this.#poll = undefined;
    this.#beSure();
  }

  #beSure(): void {
    this.#unsure?.resolve();
    this.#unsure = undefined;
  }

  /** One read at a time; what is asked for during one is answered by the next, which sees what came meanwhile. */
  #read(): Promise<void> {
    if (this.#reading !== undefined) {
      this.#readAgain = true;
      return this.#reading;
    }
    this.#reading = this.#readAll();
    return this.#reading;
  }

  async #readAll(): Promise<void> {
    try {
      do {
        this.#readAgain = false;
        await this.#readThose([...this.#watched.keys()]);
        if (!this.#readAgain) this.#beSure();
      } while (this.#readAgain);
    } finally {
      // In the same turn as the last look at `#readAgain`, so that no wish for another read comes in between.
      this.#reading = undefined;
    }
  }

  async #readThose(ids: readonly string[]): Promise<void> {
    this.#reads += 1;
    const read = this.#reads;
    const rows = await findLive(this.deps.database, ids);
    const live = new Map(rows.map((row) => [row.id, knownToken(row)]));
    for (const id of ids) this.#update(id, live.get(id) ?? null, read);
    this.#armExpiry();
  }

  #update(id: string, token: KnownToken | null, read: number): void {
    const watched = this.#watched.get(id);
    if (watched === undefined || watched.read > read) return;
    watched.read = read;
    const before = watched.token;
    // The caller stays the same object while its grant does: whoever compares the two need not look into them.
    const isSame = before !== null && token !== null && isDeepStrictEqual(before.caller, token.caller);
    watched.token = isSame ? before : token;
    if (!isSame && before !== null) tell(watched);
  }

  #armExpiry(): void {
    clearTimeout(this.#expiry);
    const ends = [...this.#watched.values()].flatMap(({ token }) => (token ? [token.expiresAt] : []));
    const first = Math.min(...ends);
    if (!Number.isFinite(first)) return;
    const wait = Math.min(Math.max(first - this.deps.now(), 0), maxTimerMs);
    this.#expiry = setTimeout(() => this.#expire(), wait).unref();
  }

  #expire(): void {
    const now = this.deps.now();
    for (const watched of this.#watched.values()) {
      if (watched.token === null || watched.token.expiresAt > now) continue;
      watched.token = null;
      tell(watched);
    }
    this.#armExpiry();
  }
}

function tell({ listeners }: Watched): void {
  for (const listener of [...listeners]) listener();
}
