import { setMaxListeners } from 'node:events';
import { CrosstrailError } from '../platform/errors.js';
import type { ObjectStore, StoredObject } from '../sources/object-store.port.js';

/** The least that a body brings in so much time of waiting for it. */
export interface Pace {
  readonly bytes: number;
  readonly ms: number;
}

/** A slow line brings a hundred times as much. */
const leastPace: Pace = { bytes: 256 * 1024, ms: 60_000 };

/**
 * Opens an object whose body is given up when it comes too slowly: where a byte comes every second, no timeout of the
 * socket ever ends it, and it would keep a worker for weeks. Time that whoever reads it takes does not count.
 *
 * @param signal ends the opening and the body
 * @throws UPSTREAM_AWS from a body that is too slow; what the store throws
 */
export async function openPaced(
  store: ObjectStore,
  key: string,
  signal: AbortSignal,
  pace = leastPace,
): Promise<StoredObject> {
  // In place of AbortSignal.any, which leaves something behind on a signal that lives long for each that it made.
  const controller = new AbortController();
  const follow = () => controller.abort(signal.reason);
  // As many as files are fetched at once.
  setMaxListeners(0, signal);
  signal.addEventListener('abort', follow);
  if (signal.aborted) follow();
  const unfollow = () => signal.removeEventListener('abort', follow);
  try {
    const opened = await store.open(key, controller.signal);
    return { ...opened, body: paced(opened.body, { key, pace, controller, unfollow }) };
  } catch (error) {
    unfollow();
    throw error;
  }
}

interface Pacing {
  readonly key: string;
  readonly pace: Pace;
  readonly controller: AbortController;
  unfollow(): void;
}

async function* paced(
  body: AsyncIterable<Uint8Array>,
  { key, pace, controller, unfollow }: Pacing,
): AsyncGenerator<Uint8Array, void> {
  const watch = new PaceWatch(pace, () => controller.abort(new Error('too slow')));
  try {
    watch.begin();
    for await (const part of body) {
      watch.pause(part.length);
      yield part;
      watch.begin();
    }
  } catch (error) {
    if (!watch.isTooSlow) throw error;
    const message = `${key} comes too slowly: less than ${pace.bytes} bytes in ${pace.ms / 1000} s; it is tried again`;
    throw new CrosstrailError('UPSTREAM_AWS', message, {}, { cause: error });
  } finally {
    watch.pause(0);
    unfollow();
  }
}

/** Adds up the time of waiting and what it brought. */
class PaceWatch {
  isTooSlow = false;
  #leftMs: number;
  #bytes = 0;
  #since = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly pace: Pace,
    private readonly onTooSlow: () => void,
  ) {
    this.#leftMs = pace.ms;
  }

  begin(): void {
    this.#since = performance.now();
    this.#timer = setTimeout(() => this.#look(), this.#leftMs);
  }

  pause(bytes: number): void {
    clearTimeout(this.#timer);
    this.#bytes += bytes;
    this.#leftMs = Math.max(0, this.#leftMs - (performance.now() - this.#since));
  }

  #look(): void {
    if (this.#bytes < this.pace.bytes) {
      this.isTooSlow = true;
      this.onTooSlow();
      return;
    }
    this.#bytes = 0;
    this.#leftMs = this.pace.ms;
    this.begin();
  }
}
