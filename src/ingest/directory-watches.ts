import { everyAccount } from '../access/scope.js';
import { failureFields, type Logger } from '../platform/log.js';
import type { DirectoryDiscovery } from '../sources/directory-discovery.service.js';
import type { Source } from '../sources/source.entity.js';
import type { SourceService } from '../sources/source.service.js';

export interface DirectoryWatchesDeps {
  readonly sources: SourceService;
  readonly discovery: Pick<DirectoryDiscovery, 'watch' | 'scan'>;
  readonly log: Logger;
}

interface Watch {
  /** What the watch was begun with: another set of accounts, or of their regions, begins it anew. */
  readonly state: string;
  readonly controller: AbortController;
}

/** Keeps every directory watched while this process works, so that a new file is seen at once. */
export class DirectoryWatches {
  readonly #watches = new Map<string, Watch>();
  /** Watches that may still write, those that are being ended included. */
  readonly #open = new Set<Promise<void>>();
  #syncing: Promise<void> = Promise.resolve();
  #isStopped = false;

  constructor(private readonly deps: DirectoryWatchesDeps) {}

  /** Begins and ends watches as the sources are now. */
  sync(): Promise<void> {
    this.#syncing = this.#syncing
      .then(() => this.#sync())
      .catch((error: unknown) => {
        this.deps.log.warn(
          failureFields(error),
          'watches of directories not brought up to date; the next round tries again',
        );
      });
    return this.#syncing;
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    for (const { controller } of this.#watches.values()) controller.abort();
    await this.#syncing;
    await Promise.all(this.#open);
  }

  async #sync(): Promise<void> {
    if (this.#isStopped) return;
    const sources = await this.deps.sources.list(everyAccount('directories are watched for all'));
    // Told to stop meanwhile: nobody would end a watch that begins now.
    if (this.#isStopped) return;
    const directories = new Map(
      sources.filter(({ type }) => type === 'DIRECTORY').map((source) => [source.id, source]),
    );
    for (const [id, watch] of this.#watches) {
      const source = directories.get(id);
      if (source && stateOf(source) === watch.state) directories.delete(id);
      else this.#end(id, watch);
    }
    await Promise.all([...directories.values()].map((source) => this.#begin(source)));
  }

  #end(id: string, { controller }: Watch): void {
    controller.abort();
    this.#watches.delete(id);
  }

  /** Scanned once the watch stands: what came before is not told. */
  async #begin(source: Source): Promise<void> {
    const controller = new AbortController();
    const watch = { state: stateOf(source), controller };
    this.#watches.set(source.id, watch);
    const { ended } = await this.deps.discovery.watch(source, controller.signal);
    this.#open.add(ended);
    void ended.then(() => {
      this.#open.delete(ended);
      // It may have ended by itself: the next round begins it anew.
      if (this.#watches.get(source.id) === watch) this.#watches.delete(source.id);
    });
    await this.deps.discovery.scan(source, controller.signal).catch((error: unknown) => {
      if (!controller.signal.aborted)
        this.deps.log.warn({ ...failureFields(error), sourceId: source.id }, 'directory not scanned');
    });
  }
}

function stateOf({ accountIds, activeAccountIds, accountRegions, discoverAccounts, location }: Source): string {
  return JSON.stringify([location, discoverAccounts, accountIds, activeAccountIds, accountRegions]);
}
