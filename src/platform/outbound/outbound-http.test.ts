import { getEventListeners } from 'node:events';
import net, { type Socket } from 'node:net';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { failureOf, openLoopback } from '../../../test/support/loopback.js';
import { createOutboundHttp, type OutboundHttp, type OutboundOptions, type OutboundRequest } from './outbound-http.js';

const loopback = ['127.0.0.0/8'];

const { listen, httpServer, onEnd, end } = openLoopback();
afterEach(end);

/** A server that speaks once a request's head is there, and not always HTTP. */
function rawServer(answer: (socket: Socket) => void): Promise<number> {
  return listen(
    net.createServer((socket) => {
      socket.on('error', () => undefined);
      socket.once('data', () => answer(socket));
    }),
  );
}

function client(options: Partial<OutboundOptions> = {}): OutboundHttp {
  const http = createOutboundHttp({ allowedNetworks: loopback, ...options });
  onEnd(() => http.close());
  return http;
}

function request(url: string, given: Partial<OutboundRequest> = {}): OutboundRequest {
  return { url, headers: {}, body: '{}', signal: new AbortController().signal, timeoutMs: 5000, ...given };
}

function deferredNumber(): { promise: Promise<number>; resolve: (value: number) => void } {
  let resolve: (value: number) => void = () => undefined;
  const promise = new Promise<number>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}

describe('a request', () => {
  it('arrives with its path, headers and body', async () => {
    const seen: unknown[] = [];
    const port = await httpServer(async (incoming, response) => {
      const chunks = await incoming.toArray();
      const { method, url, headers } = incoming;
      seen.push({ method, url, headers, body: Buffer.concat(chunks).toString() });
      response.writeHead(201, { 'content-type': 'text/plain' }).end('made');
    });
    const url = `http://127.0.0.1:${port}/hooks/a%20b?x=1&y=%2F`;
    const sent = request(url, { headers: { 'Content-Type': 'application/json', 'X-Id': '7' }, body: '{"ä":1}' });
    await expect(client().post(sent)).resolves.toEqual({
      status: 201,
      headers: { retryAfter: null, contentType: 'text/plain' },
      body: 'made',
    });
    expect(seen).toEqual([
      {
        method: 'POST',
        url: '/hooks/a%20b?x=1&y=%2F',
        headers: {
          host: `127.0.0.1:${port}`,
          connection: 'keep-alive',
          'content-type': 'application/json',
          'x-id': '7',
          'content-length': '8',
        },
        body: '{"ä":1}',
      },
    ]);
  });

  it.each(['Host', 'content-length', 'Transfer-Encoding', 'Connection', 'Upgrade', 'Proxy-Authorization'])(
    'may not set the header %s',
    async (name) => {
      const failure = await failureOf(client().post(request('http://127.0.0.1:1/', { headers: { [name]: 'x' } })));
      expect(failure).toMatchObject({ kind: 'protocol', message: expect.stringContaining(name) });
    },
  );

  it('goes to no URL that checkUrl refuses', async () => {
    const failure = await failureOf(client().post(request('http://user:password@127.0.0.1/')));
    expect(failure).toMatchObject({ kind: 'refused-address', message: expect.stringContaining('user name') });
  });

  it('may not smuggle a header in the value of another', async () => {
    const port = await httpServer((_, response) => response.end());
    const sent = request(`http://127.0.0.1:${port}/`, { headers: { 'x-id': 'a\r\nhost: other' } });
    expect((await failureOf(client().post(sent))).kind).toBe('protocol');
  });

  it('goes through no proxy of the environment, and keeps no cookies', async () => {
    vi.stubEnv('HTTP_PROXY', 'http://127.0.0.1:1/');
    vi.stubEnv('http_proxy', 'http://127.0.0.1:1/');
    vi.stubEnv('NODE_USE_ENV_PROXY', '1');
    onEnd(() => vi.unstubAllEnvs());
    const cookies: unknown[] = [];
    const port = await httpServer((incoming, response) => {
      cookies.push(incoming.headers.cookie);
      response.writeHead(200, { 'set-cookie': 'a=b' }).end();
    });
    const http = client();
    for (let sent = 0; sent < 2; sent++) await http.post(request(`http://127.0.0.1:${port}/`));
    expect(cookies).toEqual([undefined, undefined]);
  });

  it('may share its signal with many others', async () => {
    const warnings = vi.spyOn(process, 'emitWarning').mockImplementation(() => undefined);
    onEnd(() => warnings.mockRestore());
    const port = await httpServer((_, response) => response.end('ok'));
    const http = client();
    const { signal } = new AbortController();
    await Promise.all(Array.from({ length: 30 }, () => http.post(request(`http://127.0.0.1:${port}/`, { signal }))));
    expect(warnings).not.toHaveBeenCalled();
    expect(getEventListeners(signal, 'abort')).toEqual([]);
  });

  it('that is aborted fails with the reason of its signal', async () => {
    const abort = new AbortController();
    const reason = new Error('the process stops');
    const port = await rawServer(() => abort.abort(reason));
    const sent = client().post(request(`http://127.0.0.1:${port}/`, { signal: abort.signal }));
    await expect(sent).rejects.toBe(reason);
    await expect(client().post(request('http://127.0.0.1:1/', { signal: abort.signal }))).rejects.toBe(reason);
  });
});

describe('an answer', () => {
  const long = 'x'.repeat(100_000);

  // Origin: RFC 9112 (framing), and the rule of `post` that a whole head decides.
  it.each([
    ['with a body of known length', 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello', 'keep', 200, 'hello'],
    ['without a body', 'HTTP/1.1 204 No Content\r\n\r\n', 'keep', 204, ''],
    ['in chunks', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n', 'keep', 200, 'hello'],
    ['that ends with the connection', 'HTTP/1.0 200 OK\r\n\r\nhello', 'close', 200, 'hello'],
    ['after 103', 'HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 202 OK\r\nContent-Length: 0\r\n\r\n', 'keep', 202, ''],
    ['cut in its body', 'HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhello', 'close', 200, 'hello'],
    ['cut in a chunk', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nff\r\nhello', 'close', 200, 'hello'],
    ['cut behind its head', 'HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n', 'close', 200, ''],
    ['of an error, cut in its body', 'HTTP/1.1 503 Busy\r\nContent-Length: 100\r\n\r\nhello', 'close', 503, 'hello'],
    ['with a chunk that is none', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nhello', 'keep', 200, ''],
    ['whose body stops', 'HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhello', 'keep', 200, 'hello'],
    [
      'whose body is long',
      `HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n${long}`,
      'keep',
      200,
      long.slice(0, 4096),
    ],
    ['whose body never ends', `HTTP/1.1 200 OK\r\n\r\n${long}`, 'keep', 200, long.slice(0, 4096)],
  ])('%s is taken', async (_, bytes, then, status, body) => {
    const port = await rawServer((socket) => {
      if (then === 'close') socket.end(bytes);
      else socket.write(bytes);
    });
    const answer = await client().post(request(`http://127.0.0.1:${port}/`, { timeoutMs: 300 }));
    expect(answer).toMatchObject({ status, body });
  });

  it.each([
    ['none', '', 'closed'],
    ['half a status line', 'HTTP/1.1 20', 'closed'],
    ['half a head', 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n', 'closed'],
    ['another protocol', 'SSH-2.0-OpenSSH_9.6\r\n', 'protocol'],
    ['a page without a head', '<html></html>', 'protocol'],
    ['a header of 20 KB', `HTTP/1.1 200 OK\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`, 'protocol'],
    ['20 KB of headers', `HTTP/1.1 200 OK\r\n${'X: yyyy\r\n'.repeat(4000)}\r\n`, 'protocol'],
    ['two lengths', 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello', 'protocol'],
    ['a switch of protocols', 'HTTP/1.1 101 Switching\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n', 'protocol'],
    // undici takes no 100 that it did not ask for.
    ['a go-ahead that nobody asked for', 'HTTP/1.1 100 Continue\r\n\r\n', 'protocol'],
  ])('that is %s fails', async (_, bytes, kind) => {
    const port = await rawServer((socket) => socket.end(bytes));
    const failure = await failureOf(client().post(request(`http://127.0.0.1:${port}/`)));
    expect(failure.kind).toBe(kind);
    expect(failure.message).not.toContain('127.0.0.1');
  });

  it('that does not come in time fails', async () => {
    const port = await rawServer(() => undefined);
    const failure = await failureOf(client().post(request(`http://127.0.0.1:${port}/`, { timeoutMs: 100 })));
    expect(failure).toMatchObject({ kind: 'timeout', message: 'it did not answer within 0.1 s' });
  });

  it('whose head comes byte by byte fails when the time is up, not later', async () => {
    const drips: NodeJS.Timeout[] = [];
    onEnd(() => drips.forEach(clearInterval));
    const port = await rawServer((socket) => {
      socket.write('HTTP/1.1 200 OK\r\nX: ');
      drips.push(setInterval(() => socket.write('x'), 5));
    });
    const failure = await failureOf(client().post(request(`http://127.0.0.1:${port}/`, { timeoutMs: 200 })));
    expect(failure.kind).toBe('timeout');
  });

  it('is text that can be stored, whatever its bytes', async () => {
    const bytes = Buffer.concat([
      Buffer.from('a\0b'),
      Buffer.from([0xff]),
      Buffer.from('x'.repeat(4091)),
      Buffer.from('ä'),
    ]);
    const port = await httpServer((_, response) => response.end(bytes));
    const { body } = await client().post(request(`http://127.0.0.1:${port}/`));
    expect(body).toBe(`a\ufffdb\ufffd${'x'.repeat(4091)}`);
  });

  it('is not waited for once its head is there', async () => {
    const port = await rawServer((socket) => socket.write('HTTP/1.1 200 OK\r\n\r\nhello'));
    // An hour would be far too long for this test.
    const answer = await client().post(request(`http://127.0.0.1:${port}/`, { timeoutMs: 3_600_000 }));
    expect(answer).toMatchObject({ status: 200, body: 'hello' });
  });

  it('without an end is not read on and on', async () => {
    const sent = deferredNumber();
    const port = await rawServer((socket) => {
      const write = () => {
        while (socket.write(Buffer.alloc(65_536)));
      };
      socket.on('drain', write).on('close', () => sent.resolve(socket.bytesWritten));
      socket.write('HTTP/1.1 200 OK\r\n\r\n');
      write();
    });
    await client().post(request(`http://127.0.0.1:${port}/`));
    // What the buffers of two sockets hold; a second of reading would be a hundred times as much.
    expect(await sent.promise).toBeLessThan(20_000_000);
  });

  it('says when to come again', async () => {
    const port = await httpServer((_, response) => response.writeHead(429, { 'retry-after': '120' }).end());
    const answer = await client().post(request(`http://127.0.0.1:${port}/`));
    expect(answer).toMatchObject({ status: 429, headers: { retryAfter: '120' } });
  });

  it.each([301, 302, 303, 307, 308])('that redirects with %i is not followed', async (status) => {
    const secretRequests: string[] = [];
    const secret = await httpServer((incoming, response) => {
      secretRequests.push(incoming.url ?? '');
      response.end('secret');
    });
    const location = `http://127.0.0.1:${secret}/secret`;
    const port = await httpServer((_, response) => response.writeHead(status, { location }).end('moved'));
    await expect(client().post(request(`http://127.0.0.1:${port}/`))).resolves.toMatchObject({ status, body: 'moved' });
    expect(secretRequests).toEqual([]);
  });
});

describe('checkUrl', () => {
  it('gives the URL', () => {
    expect(client().checkUrl('input.url', 'https://example.com').href).toBe('https://example.com/');
  });

  it('names the argument', () => {
    expect(() => client({ allowedNetworks: [] }).checkUrl('input.webhook.url', 'https://10.0.0.1/')).toThrow(
      expect.objectContaining({
        code: 'BAD_USER_INPUT',
        message: expect.stringMatching(/^input\.webhook\.url: names a private address \(RFC 1918\)/),
      }),
    );
  });
});
