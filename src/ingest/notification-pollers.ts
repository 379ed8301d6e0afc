import { everyAccount } from '../access/scope.js';
import { identityOf } from '../accounts/aws-identity.inputs.js';
import { failureFields } from '../platform/log.js';
import type { NotificationQueues } from '../sources/notification-queue.port.js';
import type { Source } from '../sources/source.entity.js';
import type { SourceService } from '../sources/source.service.js';
import { NotificationPoller, type PollerDeps } from './notification-poller.js';

export interface NotificationPollersDeps extends PollerDeps {
  readonly sources: Pick<SourceService, 'list'>;
  readonly queues: NotificationQueues;
}

interface Polling {
  /** What the poller was begun with: another queue, or another identity, begins it anew. */
  readonly state: string;
  readonly controller: AbortController;
}

/**
 * Reads the queue of every source that has one while this process works. Those of paused accounts as well: a message
 * that waits too long is lost.
 */
export class NotificationPollers {
  readonly #pollings = new Map<string, Polling>();
  /** Pollers that may still write, those that are being ended included. */
  readonly #open = new Set<Promise<void>>();
  #syncing: Promise<void> = Promise.resolve();
  #isStopped = false;

  constructor(private readonly deps: NotificationPollersDeps) {}

  /** Begins and ends pollers as the sources are now. */
  sync(): Promise<void> {
    this.#syncing = this.#syncing
      .then(() => this.#sync())
      .catch((error: unknown) => {
        this.deps.log.warn(
          failureFields(error),
          'pollers of queues not brought up to date; the next round tries again',
        );
      });
    return this.#syncing;
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    for (const { controller } of this.#pollings.values()) controller.abort();
    await this.#syncing;
    await Promise.all(this.#open);
  }

  async #sync(): Promise<void> {
    if (this.#isStopped) return;
    const sources = await this.deps.sources.list(everyAccount('queues are read for all'));
    if (this.#isStopped) return;
    const told = new Map(sources.flatMap((source) => (source.queueUrl === null ? [] : [[source.id, source]])));
    for (const [id, polling] of this.#pollings) {
      const source = told.get(id);
      if (source && stateOf(source) === polling.state) told.delete(id);
      else this.#end(id, polling);
    }
    for (const source of told.values()) this.#begin(source);
  }

  #end(id: string, { controller }: Polling): void {
    controller.abort();
    this.#pollings.delete(id);
  }

  #begin(source: Source): void {
    const controller = new AbortController();
    this.#pollings.set(source.id, { state: stateOf(source), controller });
    const open = () => this.deps.queues.open(source);
    const ended = new NotificationPoller(this.deps, source.id, open, controller.signal).run();
    this.#open.add(ended);
    void ended.then(() => this.#open.delete(ended));
  }
}

function stateOf(source: Source): string {
  return JSON.stringify([source.queueUrl, source.region, identityOf(source)]);
}
