import { everyAccount } from '../access/scope.js';
import { failureFields, type Logger } from '../platform/log.js';
import type { Source } from '../sources/source.entity.js';
import type { SourceService } from '../sources/source.service.js';

export interface SourceFollowersDeps {
  readonly sources: Pick<SourceService, 'list'>;
  readonly log: Logger;
}

interface Follower {
  /** What it was begun with. */
  readonly state: string;
  readonly controller: AbortController;
}

/** What follows each source of a kind while this process works: it is begun, and ended, as the sources are. */
export abstract class SourceFollowers {
  readonly #followers = new Map<string, Follower>();
  /** Those that may still write, those that are being ended included. */
  readonly #open = new Set<Promise<void>>();
  readonly #deps: SourceFollowersDeps;
  readonly #words: { readonly reason: string; readonly failure: string };
  #syncing: Promise<void> = Promise.resolve();
  #isStopped = false;

  /** @param words why the sources of all accounts are read, and what the log says when that failed */
  constructor(deps: SourceFollowersDeps, words: { readonly reason: string; readonly failure: string }) {
    this.#deps = deps;
    this.#words = words;
  }

  protected abstract follows(source: Source): boolean;

  /** What it is begun with: where that changes, it is begun anew. */
  protected abstract stateOf(source: Source): string;

  /** @param opened to be called with what resolves when nothing more is written */
  protected abstract begin(
    source: Source,
    signal: AbortSignal,
    opened: (ended: Promise<void>) => void,
  ): void | Promise<void>;

  /** Begins and ends them as the sources are now. */
  sync(): Promise<void> {
    this.#syncing = this.#syncing
      .then(() => this.#sync())
      .catch((error: unknown) => this.#deps.log.warn(failureFields(error), this.#words.failure));
    return this.#syncing;
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    for (const { controller } of this.#followers.values()) controller.abort();
    await this.#syncing;
    await Promise.all(this.#open);
  }

  async #sync(): Promise<void> {
    if (this.#isStopped) return;
    const sources = await this.#deps.sources.list(everyAccount(this.#words.reason));
    // Told to stop meanwhile: nobody would end what begins now.
    if (this.#isStopped) return;
    const wanted = new Map(sources.filter((source) => this.follows(source)).map((source) => [source.id, source]));
    for (const [id, { state, controller }] of this.#followers) {
      const source = wanted.get(id);
      if (source && this.stateOf(source) === state) {
        wanted.delete(id);
      } else {
        controller.abort();
        this.#followers.delete(id);
      }
    }
    await Promise.all([...wanted.values()].map((source) => this.#begin(source)));
  }

  async #begin(source: Source): Promise<void> {
    const follower = { state: this.stateOf(source), controller: new AbortController() };
    this.#followers.set(source.id, follower);
    await this.begin(source, follower.controller.signal, (ended) => {
      this.#open.add(ended);
      void ended.then(() => {
        this.#open.delete(ended);
        // It may have ended by itself: the next round begins it anew.
        if (this.#followers.get(source.id) === follower) this.#followers.delete(source.id);
      });
    });
  }
}
