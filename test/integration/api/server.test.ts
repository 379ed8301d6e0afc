import { once } from 'node:events';
import { createConnection } from 'node:net';
import { describe, expect, it } from 'vitest';
import type { ApiOptions } from '../../../src/api/server.js';
import { goodToken, startTinyServer, type TinyServer } from '../../support/tiny-server.js';

async function withServer(
  work: (server: TinyServer) => Promise<void>,
  options: Partial<ApiOptions> = {},
): Promise<void> {
  const server = await startTinyServer(options);
  try {
    await work(server);
  } finally {
    await server.api.close();
  }
}

describe('health', () => {
  it('is up though nothing behind it works', () =>
    withServer(
      async ({ api, lines }) => {
        expect((await fetch(`${api.url}/healthz`)).status).toBe(200);
        const response = await fetch(`${api.url}/readyz`);
        expect(response.status).toBe(503);
        expect(await response.json()).toEqual({
          status: 'not ready',
          checks: { database: 'failed', queue: 'no answer within 2000 ms', pubsub: 'ok' },
        });
        expect(lines.items.find(({ part }) => part === 'database')).toMatchObject({
          err: { message: 'no such host db.internal' },
        });
      },
      {
        health: {
          database: async () => {
            throw new Error('no such host db.internal');
          },
          queue: () => new Promise(() => {}),
          pubsub: async () => {},
        },
      },
    ));

  it('is ready when every part answers', () =>
    withServer(
      async ({ api }) => {
        const response = await fetch(`${api.url}/readyz`);
        expect(response.status).toBe(200);
        expect(await response.json()).toEqual({ status: 'ok', checks: { database: 'ok' } });
      },
      { health: { database: async () => {} } },
    ));

  it('gives metrics for Prometheus', () =>
    withServer(async ({ api, query }) => {
      await query('{ whoami }');
      const text = async () => (await fetch(`${api.url}/metrics`)).text();
      await expect
        .poll(text)
        .toMatch(/crosstrail_http_request_duration_seconds_count\{route="\/graphql",status="200"\} 1/);
    }));
});

describe('closing', () => {
  it('answers the request in flight first, and takes no other', async () => {
    const server = await startTinyServer();
    const answer = server.query('{ slow }');
    await server.resolver.slowStarted.opened;
    const closed = server.api.close();
    await expect(fetch(`${server.api.url}/healthz`)).rejects.toThrow();
    server.resolver.slowMayEnd.open();
    expect(await answer).toEqual({ status: 200, data: { slow: 'done' } });
    await closed;
  });

  it('cuts a request that does not end in time', async () => {
    const server = await startTinyServer();
    const answer = server.query('{ slow }').catch((error: Error) => error);
    await server.resolver.slowStarted.opened;
    await server.api.close(0.05);
    expect(await answer).toBeInstanceOf(Error);
    server.resolver.slowMayEnd.open();
  });

  it('does not wait for a connection that only was kept alive', async () => {
    const server = await startTinyServer();
    const socket = createConnection(Number(new URL(server.api.url).port), '127.0.0.1');
    socket.write(`GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n`);
    await once(socket, 'data');
    const ended = once(socket, 'close');
    // The limit is far beyond the test's own.
    await server.api.close(1000);
    await ended;
  });
});

describe('GraphiQL', () => {
  it('opens at / and is served whole by this server alone', () =>
    withServer(async ({ api }) => {
      const page = await fetch(api.url);
      expect(page.url).toBe(`${api.url}/graphiql`);
      expect(page.headers.get('content-security-policy')).toMatch(/default-src 'none'.*connect-src 'self'/);
      const html = await page.text();
      expect(html).not.toMatch(/https?:|\/\//);

      const seen = new Set<string>();
      const queue = [...html.matchAll(/(?:src|href)="(\/graphiql\/[^"]+)"/g)].map(([, path]) => path as string);
      expect(queue).toHaveLength(2);
      for (const path of queue) {
        if (seen.has(path)) continue;
        seen.add(path);
        const response = await fetch(api.url + path);
        expect([path, response.status]).toEqual([path, 200]);
        expect(response.headers.get('cache-control')).toContain('immutable');
        const text = await response.text();
        expect([path, outsideLoads(text)]).toEqual([path, []]);
        for (const [name] of text.matchAll(/[\w.-]+-[A-Z0-9]{8}\.(?:js|css|ttf)/g)) queue.push(`/graphiql/${name}`);
      }
      // The page, its style, the editor and the three workers.
      expect([...seen].filter((path) => path.includes('worker'))).toHaveLength(3);
      expect(seen.size).toBeGreaterThan(10);
    }));

  it.each([
    '/graphiql/nothing.js',
    '/graphiql/..%2f..%2fpackage.json',
    '/graphiql/../package.json',
    '/graphiql/index.html.gz',
  ])('has no %s', (path) =>
    withServer(async ({ api }) => {
      const response = await fetch(api.url + path, { headers: { authorization: `Bearer ${goodToken}` } });
      expect(response.status).toBe(404);
    }),
  );

  it('says how to build it where that was not done', () =>
    withServer(
      async ({ api }) => {
        const response = await fetch(`${api.url}/graphiql`);
        expect(response.status).toBe(404);
        expect(await response.text()).toContain('npm run build');
      },
      { graphiqlDirectory: '/nonexistent' },
    ));
});

/** Ways in which a script or a style makes a browser fetch from an address that is written out in it. */
function outsideLoads(text: string): string[] {
  const outside = `["'\`(]\\s*(?:https?:)?//[a-z0-9.-]+\\.[a-z]{2,}`;
  const loads = [
    `import\\s*\\(?\\s*${outside}`,
    `from\\s*${outside}`,
    `fetch\\(\\s*${outside}`,
    `Worker\\(\\s*${outside}`,
  ];
  loads.push(
    `importScripts\\(\\s*${outside}`,
    `@import\\s+(?:url)?${outside}`,
    `url${outside}`,
    `src\\s*[=:]\\s*${outside}`,
  );
  return loads.flatMap((load) => [...text.matchAll(new RegExp(load, 'gi'))].map(([found]) => found.slice(0, 100)));
}
