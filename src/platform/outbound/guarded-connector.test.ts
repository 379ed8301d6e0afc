import net from 'node:net';
import { setImmediate } from 'node:timers/promises';
import tls from 'node:tls';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { failureOf, openLoopback } from '../../../test/support/loopback.js';
import { AddressGuard } from './address-guard.js';
import { guardedConnector, type Lookup } from './guarded-connector.js';
import { createOutboundHttp, type OutboundHttp, type OutboundOptions, type OutboundRequest } from './outbound-http.js';

const loopback = ['127.0.0.0/8'];
const atLoopback = [{ address: '127.0.0.1', family: 4 }];

const { listen, httpServer, onEnd, end } = openLoopback();
afterEach(end);

function client(options: Partial<OutboundOptions> = {}): OutboundHttp {
  const http = createOutboundHttp({ allowedNetworks: loopback, ...options });
  onEnd(() => http.close());
  return http;
}

function request(url: string, given: Partial<OutboundRequest> = {}): OutboundRequest {
  return { url, headers: {}, body: '{}', signal: new AbortController().signal, timeoutMs: 5000, ...given };
}

describe('an address that is not public', () => {
  /** A server that nothing may reach, and how many connections it got. */
  async function hiddenServer(): Promise<{ port: number; connections: () => number }> {
    let connections = 0;
    const port = await listen(net.createServer(() => connections++));
    return { port, connections: () => connections };
  }

  function answering(...answers: (readonly { address: string; family: number }[])[]): {
    lookup: Lookup;
    calls: string[];
  } {
    const calls: string[] = [];
    return {
      calls,
      lookup: async (name) => {
        calls.push(name);
        return answers[Math.min(calls.length, answers.length) - 1] ?? [];
      },
    };
  }

  it.each([
    ['loopback', atLoopback],
    ['loopback, as IPv6', [{ address: '::1', family: 6 }]],
    ['loopback, mapped', [{ address: '::ffff:127.0.0.1', family: 6 }]],
    ['a public address and loopback', [{ address: '8.8.8.8', family: 4 }, ...atLoopback]],
    ['loopback and a public address', [...atLoopback, { address: '8.8.8.8', family: 4 }]],
    ['a link-local address with a zone', [{ address: 'fe80::1%lo', family: 6 }]],
  ])('is not called by a name that leads to %s', async (_, addresses) => {
    const { port, connections } = await hiddenServer();
    const { lookup, calls } = answering(addresses);
    const http = client({ allowedNetworks: [], lookup });
    const url = http.checkUrl('input.url', `https://hook.example:${port}/`).href;
    expect(calls).toEqual([]);
    const failure = await failureOf(http.post(request(url)));
    expect(failure.kind).toBe('refused-address');
    expect(failure.message).not.toMatch(/\d/);
    expect(calls).toEqual(['hook.example']);
    expect(connections()).toBe(0);
  });

  it('is not called as such, though the URL was let through before', async () => {
    const { port, connections } = await hiddenServer();
    const url = client().checkUrl('input.url', `https://127.0.0.1:${port}/`).href;
    const failure = await failureOf(client({ allowedNetworks: [] }).post(request(url)));
    expect(failure.kind).toBe('refused-address');
    expect(connections()).toBe(0);
  });

  it.each(['127.0.0.1', '::1', '10.0.0.1', '8.8.8.8'])(
    '(%s) gets no socket, however a URL got that far',
    async (hostname) => {
      const { lookup, calls } = answering(atLoopback);
      const connect = guardedConnector({ guard: new AddressGuard([]), lookup, connectTimeoutMs: 500 });
      const error = await new Promise((resolve) =>
        connect({ hostname, protocol: 'http:', port: '1' }, (...answer) => resolve(answer[0])),
      );
      expect(error).toMatchObject({ kind: 'refused-address' });
      expect(calls).toEqual([]);
    },
  );

  it('is not called without TLS by a name that leads to a public one', async () => {
    const { lookup } = answering([{ address: '8.8.8.8', family: 4 }]);
    const failure = await failureOf(client({ lookup }).post(request('http://hook.example/')));
    expect(failure).toMatchObject({ kind: 'refused-address', message: expect.stringContaining('use https://') });
  });

  it('is not reached by a name that changes between check and connection', async () => {
    const { port, connections } = await hiddenServer();
    // First public, then loopback, as a name server with a TTL of 0 would have it.
    const { lookup, calls } = answering([{ address: '8.8.8.8', family: 4 }], atLoopback);
    // Nothing may leave this machine: the socket asks for its addresses as any would, and goes no further.
    const connectedTo: string[] = [];
    const connect = vi.spyOn(tls, 'connect').mockImplementation(((options: tls.ConnectionOptions) => {
      const socket = new net.Socket();
      options.lookup?.(String(options.host), { all: true }, (error, addresses) => {
        if (error === null)
          connectedTo.push(...[addresses].flat().map((one) => (typeof one === 'string' ? one : one.address)));
        socket.destroy(error ?? Object.assign(new Error('no network'), { code: 'ENETUNREACH' }));
      });
      return socket;
    }) as typeof tls.connect);
    onEnd(() => connect.mockRestore());
    const http = client({ allowedNetworks: [], lookup });
    const url = `https://hook.example:${port}/`;
    // One answer for each connection: what is connected to is what was judged.
    expect((await failureOf(http.post(request(url)))).kind).toBe('connect');
    expect(calls).toHaveLength(1);
    expect(connectedTo).toEqual(['8.8.8.8']);
    expect((await failureOf(http.post(request(url)))).kind).toBe('refused-address');
    expect(calls).toHaveLength(2);
    expect(connectedTo).toEqual(['8.8.8.8']);
    expect(connections()).toBe(0);
  });

  it('is not reached over a connection that is made anew', async () => {
    let requests = 0;
    const port = await httpServer((_, response) => {
      requests++;
      response.writeHead(200, { connection: 'close' }).end();
    });
    const { lookup, calls } = answering(atLoopback, [{ address: '10.0.0.1', family: 4 }]);
    const http = client({ lookup });
    await http.post(request(`http://hook.example:${port}/`));
    expect((await failureOf(http.post(request(`http://hook.example:${port}/`)))).kind).toBe('refused-address');
    expect(calls).toHaveLength(2);
    expect(requests).toBe(1);
  });
});

describe('a connection', () => {
  it('is kept for the same name, and never used for another', async () => {
    const ports: (number | undefined)[] = [];
    const hosts: (string | undefined)[] = [];
    const port = await httpServer((incoming, response) => {
      ports.push(incoming.socket.remotePort);
      hosts.push(incoming.headers.host);
      response.end('ok');
    });
    const names: string[] = [];
    const lookup: Lookup = async (name) => {
      names.push(name);
      return atLoopback;
    };
    const http = client({ lookup });
    for (const name of ['a.example', 'a.example', 'b.example']) {
      await http.post(request(`http://${name}:${port}/`));
      // undici calls a connection free one turn after the answer's end.
      await setImmediate();
    }
    expect(names).toEqual(['a.example', 'b.example']);
    expect(hosts).toEqual([`a.example:${port}`, `a.example:${port}`, `b.example:${port}`]);
    expect(ports[1]).toBe(ports[0]);
    expect(ports[2]).not.toBe(ports[0]);
  });

  it('is closed where the answer was longer than what is read', async () => {
    const ports: (number | undefined)[] = [];
    const port = await httpServer((incoming, response) => {
      ports.push(incoming.socket.remotePort);
      response.end('x'.repeat(1_000_000));
    });
    const http = client();
    for (let sent = 0; sent < 2; sent++) {
      await http.post(request(`http://127.0.0.1:${port}/`));
      await setImmediate();
    }
    expect(ports[1]).not.toBe(ports[0]);
  });

  it('is made to another address of the name where the first does not answer', async () => {
    const port = await httpServer((_, response) => response.end('ok'));
    const lookup: Lookup = async () => [{ address: '::1', family: 6 }, ...atLoopback];
    const http = client({ lookup, allowedNetworks: ['::1', ...loopback] });
    await expect(http.post(request(`http://hook.example:${port}/`))).resolves.toMatchObject({ status: 200 });
  });

  it('that cannot be made says so without the address', async () => {
    const server = net.createServer();
    const port = await listen(server);
    await new Promise((closed) => server.close(closed));
    const failure = await failureOf(client().post(request(`http://127.0.0.1:${port}/`)));
    expect(failure).toMatchObject({ kind: 'connect', message: expect.stringContaining('(ECONNREFUSED)') });
    expect(failure.message).not.toContain('127.0.0.1');
  });

  it.each([
    ['ENOTFOUND', 'check its spelling'],
    ['EAI_AGAIN', 'at the moment'],
  ])('whose name has no address (%s) says so', async (code, words) => {
    const lookup: Lookup = () => Promise.reject(Object.assign(new Error('getaddrinfo'), { code }));
    const failure = await failureOf(client({ lookup }).post(request('https://hook.example/')));
    expect(failure).toMatchObject({ kind: 'dns', message: expect.stringContaining(words) });
  });

  it('whose name has an empty answer says so', async () => {
    const failure = await failureOf(client({ lookup: async () => [] }).post(request('https://hook.example/')));
    expect(failure.kind).toBe('dns');
  });

  it('whose name is never answered fails when the time is up', async () => {
    const lookup: Lookup = () => new Promise(() => undefined);
    const http = client({ lookup, connectTimeoutMs: 500 });
    const failure = await failureOf(http.post(request('https://hook.example/', { timeoutMs: 100 })));
    expect(failure.kind).toBe('timeout');
  });

  it('is not made once it is closed', async () => {
    const http = createOutboundHttp({ allowedNetworks: loopback });
    await http.close();
    expect((await failureOf(http.post(request('http://127.0.0.1:1/')))).kind).toBe('closed');
  });
});
