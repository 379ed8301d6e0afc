import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/**
 * A fixed address on the loopback interface before a server that moves: one that is restarted takes another port.
 * While there is no server behind it, whoever connects is refused at once, as by a machine without one.
 */
export class FaultProxy {
  readonly #sockets = new Set<Socket>();
  #target: { host: string; port: number } | undefined;
  readonly #server = createServer((client) => this.#join(client));

  private constructor() {}

  static async start(): Promise<FaultProxy> {
    const proxy = new FaultProxy();
    proxy.#server.listen(0, '127.0.0.1');
    await once(proxy.#server, 'listening');
    return proxy;
  }

  /** The URL of the server with the address of this proxy in place of its own; from now on it leads there. */
  lead(url: string): string {
    const there = new URL(url);
    this.#target = { host: there.hostname, port: Number(there.port) };
    there.hostname = '127.0.0.1';
    there.port = String((this.#server.address() as AddressInfo).port);
    return there.href;
  }

  /** Ends every connection in the middle of whatever it carries. @returns how many there were */
  cut(): number {
    const cut = this.#sockets.size;
    for (const socket of this.#sockets) socket.destroy();
    return cut;
  }

  /** The server is about to go: nobody gets through until `lead` is called again. */
  close(): void {
    this.#target = undefined;
    this.cut();
  }

  async stop(): Promise<void> {
    this.close();
    this.#server.close();
    await once(this.#server, 'close');
  }

  #join(client: Socket): void {
    if (this.#target === undefined) {
      client.destroy();
      return;
    }
    const server = connect({ ...this.#target, noDelay: true });
    client.setNoDelay(true);
    client.pipe(server);
    server.pipe(client);
    this.#sockets.add(client);
    for (const [socket, other] of [
      [client, server],
      [server, client],
    ] as const) {
      socket.on('error', () => other.destroy());
      socket.on('close', () => {
        other.destroy();
        this.#sockets.delete(client);
      });
    }
  }
}
