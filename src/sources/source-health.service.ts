import { blameOf } from './failure-blame.js';

/** Failures of a source in a row, none of them about one file alone, after which it rests. */
const failuresToRest = 8;
/** Refusals in a row after which they are taken to be the source's, not the files'. */
const refusalsToBlame = 16;
const firstRestMs = 5000;
const longestRestMs = 5 * 60_000;
/** Sources that are kept in mind; only failing ones are. */
const mostSources = 10_000;

interface Failing {
  failures: number;
  refusals: number;
  /** How often it has rested since it last worked. */
  rests: number;
  /** Milliseconds since 1970 UTC. */
  restsUntil: number;
}

/**
 * How the sources do, as the workers of this process see it. A source that fails as a whole rests, for 5 s at first and
 * 5 minutes at most: its files wait together, none is blamed for it, and no worker waits for its answers meanwhile.
 * Nothing of it is written down: each process, and each start, finds out for itself.
 */
export class SourceHealth {
  private readonly failing = new Map<string, Failing>();
  private readonly watches = new Map<string, Set<AbortController>>();

  /** @param now milliseconds since 1970 UTC */
  constructor(private readonly now: () => number) {}

  /** A file of the source was read. */
  worked(sourceId: string): void {
    this.failing.delete(sourceId);
  }

  /**
   * A file of the source could not be read.
   *
   * @returns null when that is the file's own failure, else after how many seconds the source is to be tried again
   */
  failed(sourceId: string, error: unknown): number | null {
    const blame = blameOf(error);
    if (blame === 'file') return null;
    const state = this.failing.get(sourceId) ?? { failures: 0, refusals: 0, rests: 0, restsUntil: 0 };
    if (this.failing.size < mostSources) this.failing.set(sourceId, state);
    if (blame === 'denied') {
      // A refusal is quick, and other files of the source may be read: it is no reason to rest.
      state.refusals += 1;
      return state.refusals < refusalsToBlame ? null : longestRestMs / 1000;
    }
    state.failures += 1;
    const left = this.restSeconds(sourceId);
    if (left !== null) return left;
    // After a rest, the first failure shows that nothing is mended.
    if (state.failures < failuresToRest && state.rests === 0) return null;
    const restMs = Math.min(longestRestMs, firstRestMs * 2 ** Math.min(state.rests, 10));
    state.rests += 1;
    state.restsUntil = this.now() + restMs;
    for (const watch of this.watches.get(sourceId) ?? []) watch.abort();
    return restMs / 1000;
  }

  /** A signal that is aborted as soon as the source rests: what is still asked of it then would only keep a worker. */
  watch(sourceId: string): { signal: AbortSignal; end: () => void } {
    const watch = new AbortController();
    if (this.restSeconds(sourceId) !== null) watch.abort();
    const watches = this.watches.get(sourceId) ?? new Set();
    this.watches.set(sourceId, watches.add(watch));
    const end = () => {
      watches.delete(watch);
      if (watches.size === 0 && this.watches.get(sourceId) === watches) this.watches.delete(sourceId);
    };
    return { signal: watch.signal, end };
  }

  /** For how many seconds the source rests from now; null when it does not. */
  restSeconds(sourceId: string): number | null {
    const left = (this.failing.get(sourceId)?.restsUntil ?? 0) - this.now();
    return left > 0 ? left / 1000 : null;
  }

  resting(): string[] {
    return [...this.failing.keys()].filter((sourceId) => this.restSeconds(sourceId) !== null);
  }

  /** Sources whose last calls failed, and that have not worked since: resting ones and those that are tried again. */
  suspects(): string[] {
    return [...this.failing].filter(([, { failures }]) => failures > 0).map(([sourceId]) => sourceId);
  }
}
