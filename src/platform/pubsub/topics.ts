import type { Logger } from '../log.js';
import type { Handler } from './pubsub.js';

/** Postgres takes payloads under 8,000 bytes; ids need far less than half of that. */
const maxPayloadBytes = 4_096;

/** @throws Error for a name that is no topic; both are constants in our code, so this is a defect */
export function checkTopic(topic: string): void {
  // A channel of Postgres is an identifier: 63 bytes at most.
  if (!/^[a-z][a-z0-9.-]{0,47}$/.test(topic)) throw new Error(`not a topic: ${JSON.stringify(topic)}`);
}

export function checkPayload(topic: string, payload: string): void {
  const bytes = Buffer.byteLength(payload);
  if (bytes > maxPayloadBytes) throw new Error(`${topic}: a payload of ${bytes} bytes is over ${maxPayloadBytes}`);
}

/** Who listens to what, in this process. */
export class Topics {
  readonly #handlers = new Map<string, Set<Handler>>();
  readonly #log: Logger;

  constructor(log: Logger) {
    this.#log = log;
  }

  names(): string[] {
    return [...this.#handlers.keys()];
  }

  has(topic: string): boolean {
    return this.#handlers.has(topic);
  }

  add(topic: string, handler: Handler): void {
    const handlers = this.#handlers.get(topic) ?? new Set();
    this.#handlers.set(topic, handlers.add(handler));
  }

  remove(topic: string, handler: Handler): void {
    const handlers = this.#handlers.get(topic);
    handlers?.delete(handler);
    if (handlers?.size === 0) this.#handlers.delete(topic);
  }

  deliver(topic: string, payload: string | undefined): void {
    for (const handler of [...(this.#handlers.get(topic) ?? [])]) {
      try {
        handler(payload);
      } catch (error) {
        this.#log.error({ err: error, topic }, 'a subscriber failed');
      }
    }
  }

  /** Tells everyone that something may have been missed. */
  deliverGap(): void {
    for (const topic of this.names()) this.deliver(topic, undefined);
  }
}
