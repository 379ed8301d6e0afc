import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { createServer } from 'node:https';
import { type AddressInfo, createServer as createPlainServer, type Server } from 'node:net';
import type { Duplex } from 'node:stream';
import { afterEach, expect, it, vi } from 'vitest';
import { OutboundError } from './outbound-error.js';
import { createOutboundHttp, type OutboundHttp } from './outbound-http.js';

const cleanUps: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

/** One DER value: a tag, a length and what is in it. */
function der(tag: number, ...parts: Uint8Array[]): Buffer {
  const body = Buffer.concat(parts);
  const { length } = body;
  return Buffer.concat([Buffer.from(length < 128 ? [tag, length] : [tag, 0x82, length >> 8, length & 0xff]), body]);
}

const sequence = (...parts: Uint8Array[]) => der(0x30, ...parts);
const utcTime = (date: string) => der(0x17, Buffer.from(date));
/** Ed25519 (RFC 8410), commonName and subjectAltName (RFC 5280), as DER has them. */
const ed25519 = sequence(der(0x06, Buffer.from('2b6570', 'hex')));
const commonName = der(0x06, Buffer.from('550403', 'hex'));
const subjectAltName = der(0x06, Buffer.from('551d11', 'hex'));

/** A certificate that is its own authority (RFC 5280, section 4.1), for one DNS name. */
function certify(name: string, validTo: string): { cert: string; key: KeyObject } {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  const who = sequence(der(0x31, sequence(commonName, der(0x0c, Buffer.from(name)))));
  const names = der(0x04, sequence(der(0x82, Buffer.from(name))));
  const content = sequence(
    der(0xa0, der(0x02, Buffer.from([2]))),
    der(0x02, Buffer.from([1])),
    ed25519,
    who,
    sequence(utcTime('200101000000Z'), utcTime(validTo)),
    who,
    publicKey.export({ type: 'spki', format: 'der' }),
    der(0xa3, sequence(sequence(subjectAltName, names))),
  );
  const signature = der(0x03, Buffer.from([0]), sign(null, content, privateKey));
  const base64 = sequence(content, ed25519, signature).toString('base64');
  return { cert: `-----BEGIN CERTIFICATE-----\n${base64}\n-----END CERTIFICATE-----\n`, key: privateKey };
}

const valid = certify('hook.example', '491231235959Z');
const expired = certify('hook.example', '210101000000Z');

/** Its port. Connections that are still open at the end of the test are cut. */
async function listen(server: Server): Promise<number> {
  const sockets = new Set<Duplex>();
  server.on('connection', (socket: Duplex) => sockets.add(socket));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  cleanUps.push(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  });
  return (server.address() as AddressInfo).port;
}

/** A server at `hook.example` and other names. */
async function tlsServer({ cert, key }: typeof valid): Promise<{ port: number; requests: string[] }> {
  const requests: string[] = [];
  const server = createServer({ cert, key: key.export({ type: 'pkcs8', format: 'pem' }) }, (incoming, response) => {
    requests.push(incoming.headers.host ?? '');
    response.end('ok');
  });
  return { port: await listen(server), requests };
}

function client(ca?: string): OutboundHttp {
  const http = createOutboundHttp({
    allowedNetworks: ['127.0.0.1'],
    lookup: async () => [{ address: '127.0.0.1', family: 4 }],
    ...(ca === undefined ? {} : { ca: [ca] }),
  });
  cleanUps.push(() => http.close());
  return http;
}

function post(http: OutboundHttp, url: string): Promise<unknown> {
  return http.post({ url, headers: {}, body: '{}', signal: new AbortController().signal, timeoutMs: 5000 });
}

it('goes to a server whose certificate is trusted and has its name', async () => {
  const { port, requests } = await tlsServer(valid);
  await expect(post(client(valid.cert), `https://hook.example:${port}/`)).resolves.toMatchObject({ status: 200 });
  expect(requests).toEqual([`hook.example:${port}`]);
});

// Origin: RFC 9110, section 4.3.4; OpenSSL's X509_V_ERR_* and Node's checkServerIdentity.
it.each([
  { server: 'signed by itself', certificate: valid, ca: undefined, name: 'hook.example', words: 'signed by itself' },
  { server: 'of another authority', certificate: valid, ca: expired.cert, name: 'hook.example', words: 'certificate' },
  { server: 'of another name', certificate: valid, ca: valid.cert, name: 'other.example', words: 'another name' },
  {
    server: 'of a name, called by address',
    certificate: valid,
    ca: valid.cert,
    name: '127.0.0.1',
    words: 'another name',
  },
  { server: 'that has expired', certificate: expired, ca: expired.cert, name: 'hook.example', words: 'has expired' },
])('sends nothing to a server with a certificate $server', async ({ certificate, ca, name, words }) => {
  const { port, requests } = await tlsServer(certificate);
  const failure = await post(client(ca), `https://${name}:${port}/`).catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(OutboundError);
  expect(failure).toMatchObject({ kind: 'tls', message: expect.stringContaining(words) });
  expect(requests).toEqual([]);
});

it('verifies whatever the environment says', async () => {
  const before = process.env['NODE_TLS_REJECT_UNAUTHORIZED'];
  process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = '0';
  // Node warns of the variable, once.
  const warnings = vi.spyOn(process, 'emitWarning').mockImplementation(() => undefined);
  cleanUps.push(() => warnings.mockRestore());
  cleanUps.push(() => {
    if (before === undefined) delete process.env['NODE_TLS_REJECT_UNAUTHORIZED'];
    else process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = before;
  });
  const { port, requests } = await tlsServer(valid);
  await expect(post(client(), `https://hook.example:${port}/`)).rejects.toMatchObject({ kind: 'tls' });
  expect(requests).toEqual([]);
});

it('says so where the server speaks no TLS', async () => {
  const port = await listen(createPlainServer((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')));
  await expect(post(client(), `https://hook.example:${port}/`)).rejects.toMatchObject({ kind: 'tls' });
});
