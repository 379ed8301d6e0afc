import { advisoryLocks, lock } from '../platform/database/advisory-lock.js';
import type { Sql } from '../platform/database/database.js';
import type { OutboxMessage } from './outbox.port.js';
import { insertMessages, putInOrder } from './outbox.store.js';

/** Messages of one statement, and characters of them. */
const atOnce = { messages: 500, length: 4 * 1024 * 1024 };

/**
 * What one transaction has to deliver. Its rows are seen, and delivered, if and only if the transaction commits.
 *
 * ```ts
 * const outbox = new Outbox(transaction);
 * await outbox.add(messages);
 * await outbox.seal();        // after the last one, as late in the transaction as can be
 * ```
 */
export class Outbox {
  readonly #ordered: string[] = [];
  #count = 0;

  constructor(private readonly transaction: Sql) {}

  /** How many messages were added. Those to targets that are gone count as well. */
  get count(): number {
    return this.#count;
  }

  async add(messages: readonly OutboxMessage[]): Promise<void> {
    for (const some of inParts(messages)) {
      this.#ordered.push(...(await insertMessages(this.transaction, some)));
      this.#count += some.length;
    }
  }

  /**
   * Gives the messages to targets that keep an order their places in it. The lock is held to the commit, so the places are
   * in the order of commits: whoever sees a message sees all before it.
   */
  async seal(): Promise<void> {
    if (this.#ordered.length === 0) return;
    await lock(this.transaction, advisoryLocks.deliveryOrder);
    await putInOrder(this.transaction, this.#ordered.splice(0));
  }
}

function* inParts(messages: readonly OutboxMessage[]): Generator<OutboxMessage[]> {
  let part: OutboxMessage[] = [];
  let length = 0;
  for (const message of messages) {
    if (part.length === atOnce.messages || (part.length > 0 && length + lengthOf(message) > atOnce.length)) {
      yield part;
      [part, length] = [[], 0];
    }
    part.push(message);
    length += lengthOf(message);
  }
  if (part.length > 0) yield part;
}

function lengthOf({ body }: OutboxMessage): number {
  return body?.length ?? 0;
}
