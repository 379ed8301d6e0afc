import { CrosstrailError } from '../platform/errors.js';
import type { LiveTelemetry } from './live-telemetry.js';

export interface LiveLimits {
  /** Connections of a process that can carry subscriptions, WebSockets and event streams together. */
  readonly connections: number;
  /** Operations that run at once on one WebSocket. */
  readonly operations: number;
  /** How long a WebSocket may take to send `connection_init`. */
  readonly initSeconds: number;
  /** How long a client may leave what was sent to it before its connection is closed. */
  readonly slowSeconds: number;
  /** How often a WebSocket is pinged; one that has not answered by the next ping is gone. */
  readonly pingSeconds: number;
}

export const defaultLiveLimits: LiveLimits = {
  connections: 20_000,
  operations: 100,
  initSeconds: 10,
  slowSeconds: 15,
  pingSeconds: 25,
};

/** A connection as all of them together are looked after. */
export interface LiveConnection {
  readonly transport: 'websocket' | 'sse';
  /** Since when the client has taken nothing of what was sent, in milliseconds of `performance.now()`; null when it has. */
  stalledSince(): number | null;
  /** The client does not take what is sent. */
  closeSlow(): void;
  /** The process stops. */
  closeGoing(): void;
  /** Asks whether the client is still there; called each `pingSeconds`. */
  ping?(): void;
}

const sweepMs = 1_000;

/** The connections of this process: how many there may be, and one timer for all of them. */
export class LiveConnections {
  readonly #open = new Set<LiveConnection>();
  #timer: NodeJS.Timeout | undefined;
  #sweeps = 0;
  #isClosing = false;

  constructor(
    readonly limits: LiveLimits,
    readonly telemetry: LiveTelemetry,
  ) {}

  /** Null where there is room for one more, else why not. */
  refusal(): CrosstrailError | null {
    if (this.#isClosing) return new CrosstrailError('COST_EXCEEDED', 'this process is stopping; connect again');
    if (this.#open.size < this.limits.connections) return null;
    return new CrosstrailError(
      'COST_EXCEEDED',
      `this process has ${this.limits.connections} connections of subscribers, which is the most; try again later`,
    );
  }

  /** @returns to be called when it is closed */
  add(connection: LiveConnection): () => void {
    const { connections } = this.telemetry;
    this.#open.add(connection);
    connections.inc({ transport: connection.transport });
    this.#timer ??= setInterval(() => this.#sweep(), sweepMs).unref();
    return () => {
      if (!this.#open.delete(connection)) return;
      connections.dec({ transport: connection.transport });
      if (this.#open.size > 0) return;
      clearInterval(this.#timer);
      this.#timer = undefined;
    };
  }

  /** Lets no more in, and ends those that are open in a way that has clients connect again. */
  close(): void {
    this.#isClosing = true;
    for (const connection of [...this.#open]) connection.closeGoing();
  }

  #sweep(): void {
    this.#sweeps += 1;
    const isPing = (this.#sweeps * sweepMs) % (this.limits.pingSeconds * 1000) < sweepMs;
    const stalledBefore = performance.now() - this.limits.slowSeconds * 1000;
    for (const connection of [...this.#open]) {
      const since = connection.stalledSince();
      if (since !== null && since < stalledBefore) {
        this.telemetry.slowClients.inc({ transport: connection.transport });
        connection.closeSlow();
      } else if (isPing) connection.ping?.();
    }
  }
}
