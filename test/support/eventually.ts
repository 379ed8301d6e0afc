import { setTimeout as delay } from 'node:timers/promises';

const looksApartMs = 50;

/**
 * Looks until `isIt` holds for what `look` sees, for what happens in another process or behind the API, where there is
 * no event to wait for. A look that throws counts as one that has not seen it yet.
 *
 * @param seconds after which it is given up; a broken program must not hang the run
 * @throws Error with what was seen last
 */
export async function eventually<T>(
  look: () => Promise<T>,
  isIt: (seen: T) => boolean,
  { seconds = 30, signal }: { seconds?: number; signal?: AbortSignal } = {},
): Promise<T> {
  const end = Date.now() + seconds * 1000;
  for (;;) {
    let seen: T | Error;
    try {
      seen = await look();
      if (isIt(seen)) return seen;
    } catch (error) {
      seen = error as Error;
    }
    signal?.throwIfAborted();
    if (Date.now() > end) throw new Error(`not within ${seconds} s; last seen: ${describe(seen)}`);
    await delay(looksApartMs);
  }
}

function describe(seen: unknown): string {
  return seen instanceof Error ? seen.message : JSON.stringify(seen);
}
