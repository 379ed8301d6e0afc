import { storedReason } from '../platform/errors.js';
import { failpoint } from '../platform/failpoint.js';
import { failureFields, type Logger } from '../platform/log.js';
import { type NotificationQueue, type QueueMessage, receivedAtMost } from '../sources/notification-queue.port.js';
import type { NotificationsService } from '../sources/notifications.service.js';
import type { NotificationTelemetry } from './notification-telemetry.js';

export interface PollerDeps {
  readonly notifications: Pick<NotificationsService, 'take' | 'recordPoll'>;
  readonly telemetry: NotificationTelemetry;
  readonly log: Logger;
  /** Resolves after so many milliseconds, or rejects when the signal aborts. */
  readonly wait: (ms: number, signal: AbortSignal) => Promise<unknown>;
  /** From 0 to 1. */
  readonly random: () => number;
}

/** The longest that SQS waits, so that a quiet queue costs 4,320 calls a day. */
const longPollSeconds = 20;
/** A lane that was added to a deep queue ends with the first receive that is not full. */
const maxLanes = 4;
const firstWaitMs = 1000;
const maxWaitMs = 60_000;
const deleteTimeoutMs = 10_000;

/** Empties the queue of one source into the ledger, until the signal aborts. */
export class NotificationPoller {
  #lanes = 0;
  readonly #added = new Set<Promise<void>>();
  /** What was last written down about the queue; undefined until something is. */
  #told: string | null | undefined;
  #deletingFails = false;

  constructor(
    private readonly deps: PollerDeps,
    private readonly sourceId: string,
    private readonly open: () => NotificationQueue,
    private readonly signal: AbortSignal,
  ) {}

  /** Resolves once nothing more is written: what was received before the signal is stored and deleted. */
  async run(): Promise<void> {
    await this.#lane(true);
    await Promise.all(this.#added);
  }

  async #lane(isFirst: boolean): Promise<void> {
    this.#lanes += 1;
    try {
      for (let failures = 0; !this.signal.aborted; ) {
        const received = await this.#turn().catch((error: unknown) => this.#failed(error));
        if (received === null) {
          if (!isFirst || !(await this.#rest(failures++))) return;
          continue;
        }
        failures = 0;
        if (received === receivedAtMost) this.#addLane();
        else if (!isFirst) return;
      }
    } finally {
      this.#lanes -= 1;
    }
  }

  /** A full receive says that more waits: several lanes take it in turn. */
  #addLane(): void {
    if (this.#lanes >= maxLanes) return;
    const lane = this.#lane(false);
    this.#added.add(lane);
    void lane.then(() => this.#added.delete(lane));
  }

  /** @returns how many messages came */
  async #turn(): Promise<number> {
    const queue = this.open();
    const messages = await queue.receive({ waitSeconds: longPollSeconds, signal: this.signal });
    if (messages.length === 0) {
      // That nothing came says nothing about deleting.
      if (!this.#deletingFails) await this.#tell(null, true);
      return 0;
    }
    failpoint('notifications.received');
    const taken = await this.deps.notifications.take(this.sourceId, messages);
    failpoint('notifications.written');
    this.deps.telemetry.taken(messages.length, taken);
    await this.#delete(queue, taken.done);
    return messages.length;
  }

  /** Also what was received before the signal aborted: it is stored, and would only come again. */
  async #delete(queue: NotificationQueue, messages: readonly QueueMessage[]): Promise<void> {
    this.#deletingFails = true;
    await queue.delete(messages, AbortSignal.timeout(deleteTimeoutMs));
    this.#deletingFails = false;
    await this.#tell(null, false);
  }

  async #failed(error: unknown): Promise<null> {
    if (this.signal.aborted) return null;
    this.deps.log.warn(
      { ...failureFields(error), sourceId: this.sourceId },
      'queue of notifications could not be read',
    );
    // Where the database is down, neither this can be written; the next turn tries again.
    await this.#tell(storedReason(error), false).catch(() => undefined);
    return null;
  }

  /** Waits ever longer, up to a minute. @returns whether to go on */
  async #rest(failures: number): Promise<boolean> {
    const ms = Math.min(maxWaitMs, firstWaitMs * 2 ** failures) * (0.5 + this.deps.random() / 2);
    return this.deps.wait(ms, this.signal).then(
      () => true,
      () => false,
    );
  }

  /** Each change is written down, and with `always` also that there is none: then the time of the poll is. */
  async #tell(error: string | null, always: boolean): Promise<void> {
    if (!always && this.#told === error) return;
    await this.deps.notifications.recordPoll(this.sourceId, error);
    this.#told = error;
  }
}
