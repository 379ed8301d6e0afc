import type { Server } from 'graphql-ws';
import type { Logger } from 'pino';
import type { RawData, WebSocket } from 'ws';
import type { CallerWatch } from '../access/caller-watches.js';
import { CrosstrailError } from '../platform/errors.js';
import type { LiveConnection } from './live-connections.js';
import { LiveOperation } from './live-operation.js';

/** Codes with which the server closes a WebSocket, beside those of graphql-transport-ws. See docs/subscriptions.md. */
export const closeCodes = { goingAway: 1001, tryAgainLater: 1013, internalError: 1011, forbidden: 4403, slow: 4420 };

/** What a socket may hold of what was sent before nothing more is worked out for its client. */
const roomBytes = 64 * 1024;
/** Above it nothing more is read from a client either: each message may have an answer. */
const pauseBytes = 1024 * 1024;
/** Of all operations that run at once: their documents and variables are held while they do. */
const maxRequestCharacters = 1024 * 1024;
/** How long the errors of a token's end may take before the socket is closed without them. */
const lastWordsMs = 1_000;
/** RFC 6455 has room for so much beside the code. */
const maxReasonBytes = 123;

export type Watch = (authorization: string | undefined, changed: () => void) => Promise<CallerWatch>;

/** One WebSocket: what runs on it, whose it is, and whether its client takes what is sent. */
export class WebSocketConnection implements LiveConnection {
  readonly transport = 'websocket';
  readonly operations = new Set<LiveOperation>();
  watch: CallerWatch | undefined;
  #authorization: string | undefined;
  #isAlive = true;
  /** Sends that the socket has not taken yet. */
  #sending = 0;
  #sendingSince = 0;
  readonly #whenRoom: (() => void)[] = [];
  #whenIdle: (() => void) | undefined;

  /** @param authorization the header of the upgrade, which `connectionParams` may take the place of */
  constructor(
    private readonly socket: WebSocket,
    authorization: string | undefined,
    private readonly log: Logger,
  ) {
    this.#authorization = authorization;
    socket.on('pong', () => {
      this.#isAlive = true;
    });
    socket.on('ping', (data) => void this.#write((done) => socket.pong(data, false, done)));
    // What is no frame, or too large a message: ws closes the socket itself, with its own code.
    socket.on('error', (error) => log.debug({ err: error }, 'a WebSocket failed'));
  }

  /** Has the protocol read and write this socket; `closed` is called once it is gone. */
  serve(protocol: Server<WebSocketConnection>, closed: () => void): void {
    const { socket } = this;
    let received: (data: string) => Promise<void> = async () => undefined;
    const disconnected = protocol.opened(
      {
        protocol: socket.protocol,
        send: (data) => this.#send(data),
        close: (code, reason) => socket.close(code, reason),
        onMessage: (handle) => {
          received = handle;
        },
      },
      this,
    );
    socket.on('message', (data: RawData) => void received(String(data)).catch((error) => this.#failed(error)));
    socket.once('close', (code, reason) => {
      this.log.debug({ code, reason: String(reason) }, 'a WebSocket was closed');
      for (const operation of [...this.operations]) operation.end();
      this.watch?.stop();
      this.#letAllGo();
      closed();
      disconnected(code, String(reason)).catch((error) => this.log.debug({ err: error }, 'a WebSocket ended badly'));
    });
  }

  /** Checks the token of `connection_init`; false where it does not hold. */
  async connect(params: Readonly<Record<string, unknown>> | undefined, watch: Watch): Promise<boolean> {
    const given = params?.authorization;
    const authorization = typeof given === 'string' ? given : this.#authorization;
    this.#authorization = undefined;
    try {
      this.watch = await watch(authorization, () => this.#grantChanged());
    } catch (error) {
      if (error instanceof CrosstrailError && error.code === 'UNAUTHENTICATED') return false;
      throw error;
    }
    if (this.socket.readyState !== this.socket.OPEN) this.watch.stop();
    return true;
  }

  /**
   * @param size characters of the request
   * @throws COST_EXCEEDED
   */
  begin(limit: number, size: number): LiveOperation {
    if (this.operations.size >= limit) {
      throw new CrosstrailError('COST_EXCEEDED', `this connection runs ${limit} operations, which is the most`, {
        limit,
      });
    }
    const others = [...this.operations].reduce((sum, operation) => sum + operation.size, 0);
    // One alone may be as large as a message.
    if (others > 0 && others + size > maxRequestCharacters) {
      throw new CrosstrailError(
        'COST_EXCEEDED',
        `the requests of the operations that run on this connection would have more than ${maxRequestCharacters} characters`,
        { limit: maxRequestCharacters },
      );
    }
    const operation = new LiveOperation((ended) => {
      this.operations.delete(ended);
      if (this.operations.size === 0) this.#whenIdle?.();
    }, size);
    this.operations.add(operation);
    return operation;
  }

  /** Undefined while the socket has room; else resolves when it has, to one after the other. */
  room(): Promise<void> | undefined {
    if (this.socket.bufferedAmount <= roomBytes || this.socket.readyState !== this.socket.OPEN) return undefined;
    return new Promise((resolve) => this.#whenRoom.push(resolve));
  }

  stalledSince(): number | null {
    return this.#sending > 0 && this.socket.readyState === this.socket.OPEN ? this.#sendingSince : null;
  }

  closeSlow(): void {
    const [cursor, another] = [...this.operations].flatMap((operation) => operation.cursor ?? []);
    const reason = cursor !== undefined && another === undefined ? `slow; after=${cursor}` : 'slow';
    this.socket.close(closeCodes.slow, reason.length <= maxReasonBytes ? reason : 'slow');
    // A client that reads nothing does not answer that either: until it is cut off, nothing more is worked out for it.
    for (const operation of [...this.operations]) operation.end();
  }

  closeGoing(): void {
    this.socket.close(closeCodes.goingAway, 'going away');
  }

  ping(): void {
    if (this.socket.readyState !== this.socket.OPEN) return;
    if (this.#isAlive) this.socket.ping();
    else this.socket.terminate();
    this.#isAlive = false;
  }

  #grantChanged(): void {
    // What runs finds out itself what its token may still see: it goes on, or ends with an error.
    for (const operation of [...this.operations]) operation.restart();
    try {
      this.watch?.caller();
    } catch {
      void this.#closeForbidden();
    }
  }

  async #closeForbidden(): Promise<void> {
    if (this.operations.size > 0) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, lastWordsMs);
        this.#whenIdle = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
    // By then the errors of the operations that have just ended are on their way.
    setImmediate(() => this.socket.close(closeCodes.forbidden, 'Forbidden'));
  }

  #send(data: string): Promise<void> {
    return this.#write((done) => this.socket.send(data, done));
  }

  /** Resolves when the socket has taken it, or is gone. */
  #write(write: (done: () => void) => void): Promise<void> {
    const { socket } = this;
    if (socket.readyState !== socket.OPEN) return Promise.resolve();
    if (this.#sending === 0) this.#sendingSince = performance.now();
    this.#sending += 1;
    return new Promise((resolve) => {
      write(() => {
        this.#written();
        resolve();
      });
      if (socket.bufferedAmount > pauseBytes) socket.pause();
    });
  }

  /** Also after one that failed: then the socket closes, and says so itself. */
  #written(): void {
    const { socket } = this;
    this.#sending -= 1;
    this.#sendingSince = performance.now();
    if (socket.bufferedAmount > roomBytes) return;
    this.#whenRoom.shift()?.();
    if (socket.isPaused) socket.resume();
  }

  #letAllGo(): void {
    for (const resolve of this.#whenRoom.splice(0)) resolve();
    this.#whenIdle?.();
  }

  #failed(error: unknown): void {
    this.log.warn({ err: error }, 'a WebSocket is closed because of a failure; its client may try again');
    const code = this.watch === undefined ? closeCodes.tryAgainLater : closeCodes.internalError;
    this.socket.close(code, 'the server failed');
  }
}
