import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { expect, it } from 'vitest';
import { createPubSub } from '../../src/platform/pubsub/create-pubsub.js';
import { Collector, Gate } from '../support/collector.js';
import { silentLog } from '../support/silent-log.js';
import { withDatabase } from '../support/test-database.js';

/** Stands between pubsub and Postgres; `hold` keeps back what a client sends, from the first packet that holds the text. */
async function openProxy(databaseUrl: string) {
  const target = new URL(databaseUrl);
  const shown = new URL(databaseUrl);
  const sockets = new Set<Socket>();
  let held: { text: string; seen: Gate; go: Gate } | undefined;
  const server = createServer((client) => {
    const upstream = connect(Number(target.port), target.hostname);
    for (const [socket, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => other.destroy());
    }
    upstream.pipe(client);
    let sent = Promise.resolve();
    client.on('data', (data) => {
      const hold = held;
      sent = sent.then(async () => {
        if (hold !== undefined && data.includes(hold.text)) {
          hold.seen.open();
          await hold.go.opened;
        }
        upstream.write(data);
      });
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  shown.host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url: shown.href,
    hold(text: string) {
      held = { text, seen: new Gate(), go: new Gate() };
      return held;
    },
    cut() {
      for (const socket of sockets) socket.destroy();
    },
    close: () => server.close(),
  };
}

it('whoever subscribes while the connection is being made again is heard as well', async () => {
  await withDatabase(
    async ({ url, database }) => {
      const proxy = await openProxy(url);
      const pubsub = await createPubSub({ databaseUrl: proxy.url, log: silentLog });
      await pubsub.subscribe('one', () => undefined);
      const held = proxy.hold('LISTEN "one"');
      proxy.cut();
      await held.seen.opened;
      const heard = new Collector<string | undefined>();
      await pubsub.subscribe('two', (payload) => heard.push(payload));
      held.go.open();
      // Everyone is told of the gap once the connection stands.
      await heard.until(1);
      await database.query(`SELECT pg_notify('two', 'hello')`);
      expect(await heard.until(2)).toEqual([undefined, 'hello']);
      await pubsub.stop();
      proxy.close();
    },
    { empty: true },
  );
});
