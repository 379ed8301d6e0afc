import { lookup as systemLookup } from 'node:dns/promises';
import { setMaxListeners } from 'node:events';
import { Agent, type Dispatcher } from 'undici';
import { badInput } from '../errors.js';
import { AddressGuard } from './address-guard.js';
import { guardedConnector, type Lookup } from './guarded-connector.js';
import { OutboundError, requestError } from './outbound-error.js';
import { readUrl } from './outbound-url.js';

export interface OutboundOptions {
  /** CIDR blocks or single addresses that may be called besides public ones, and without TLS. */
  readonly allowedNetworks: readonly string[];
  /** Absent: the resolver of the system. */
  readonly lookup?: Lookup;
  /** From the look-up of the name to the end of the TLS handshake; default 5000. */
  readonly connectTimeoutMs?: number;
  /** PEM certificates of the authorities that are trusted, instead of those that Node trusts. */
  readonly ca?: readonly string[];
}

export interface OutboundRequest {
  readonly url: string;
  /** Without those that HTTP itself needs, such as `Host` and `Content-Length`. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array;
  readonly signal: AbortSignal;
  /** Of everything: waiting for a connection, sending, the answer. */
  readonly timeoutMs: number;
}

export interface OutboundResponse {
  readonly status: number;
  readonly headers: { readonly retryAfter: string | null; readonly contentType: string | null };
  /** The first 4 KB at most, or what came of them: text that Postgres can hold. */
  readonly body: string;
}

/** The only way by which Crosstrail calls URLs that users give. */
export interface OutboundHttp {
  /**
   * Checks a URL without calling it or resolving its name.
   *
   * @throws BAD_USER_INPUT naming the argument
   */
  checkUrl(argument: string, url: string): URL;
  /**
   * Sends one POST. A redirect is an answer like any other and is not followed.
   *
   * The head of the answer decides: once it is whole, its status is what is returned, even if the body is slow, endless
   * or cut, or the time is up or the signal aborts meanwhile. A server that sends a 2xx head has taken the request, and
   * to send it again would only deliver it twice; of any other status, the body adds nothing to what is to be done.
   * Before that nothing is known, and the request counts as failed, although the server may have acted on it.
   *
   * @throws OutboundError; the reason of `signal` once that aborts
   */
  post(request: OutboundRequest): Promise<OutboundResponse>;
  /** Waits for requests under way, then closes the connections. */
  close(): Promise<void>;
}

const maxBodyBytes = 4096;
const maxHeaderBytes = 16 * 1024;
/** The head has decided by then; the body is only shown to people. */
const bodyPatienceMs = 1000;
/** Of one origin at a time: as many as one process delivers at once, so that no request waits for another's answer. */
const maxConnections = 256;
/** Shorter than the 5 s after which many servers close an idle connection, so that a request hardly ever meets that. */
const keepAliveMs = 4000;
const keepAliveMaxMs = 30_000;

/** Name the connection or how the body is sent, or would have the certificate checked against another name. */
const ownHeaders = new Set([
  'connection',
  'content-length',
  'expect',
  'host',
  'keep-alive',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

/** @throws Error naming the entry of `allowedNetworks` that is no network */
export function createOutboundHttp(options: OutboundOptions): OutboundHttp {
  const { allowedNetworks, lookup = systemLookup, connectTimeoutMs = 5000, ca } = options;
  const guard = new AddressGuard(allowedNetworks);
  // One that is given explicitly knows of no proxy; connections are kept by origin, so never used for another name.
  const agent = new Agent({
    connect: guardedConnector({ guard, lookup, connectTimeoutMs, ...(ca === undefined ? {} : { ca }) }),
    connections: maxConnections,
    pipelining: 1,
    keepAliveTimeout: keepAliveMs,
    keepAliveMaxTimeout: keepAliveMaxMs,
    maxHeaderSize: maxHeaderBytes,
    // The signal of each request ends it.
    headersTimeout: 0,
    bodyTimeout: 0,
  });

  return {
    checkUrl(argument, text) {
      const read = readUrl(text, guard);
      if ('reason' in read) throw badInput(argument, read.reason);
      return read.url;
    },
    async post(request) {
      const read = readUrl(request.url, guard);
      // It was let through when the target was made; since then the operator allows less.
      if ('reason' in read) throw new OutboundError('refused-address', `its URL ${read.reason}`);
      refuseOwnHeaders(request.headers);
      return await postWithin(agent, read.url, request);
    },
    close: () => agent.close(),
  };
}

function refuseOwnHeaders(headers: OutboundRequest['headers']): void {
  const own = Object.keys(headers).find((name) => ownHeaders.has(name.toLowerCase()));
  if (own === undefined) return;
  throw new OutboundError('protocol', `the header ${own} is not for a target to set: take it out of its headers`);
}

async function postWithin(agent: Agent, url: URL, request: OutboundRequest): Promise<OutboundResponse> {
  const { headers, body, signal, timeoutMs } = request;
  signal.throwIfAborted();
  // By hand: AbortSignal.any keeps what it made alive as long as a signal that lives as long as the process.
  const abort = new AbortController();
  const onAbort = () => abort.abort(signal.reason);
  // Any number of requests may share a signal, and each takes its listener away again.
  setMaxListeners(0, signal);
  signal.addEventListener('abort', onAbort, { once: true });
  const timer = setTimeout(() => abort.abort(timedOut(timeoutMs)), timeoutMs);
  try {
    const path = url.pathname + url.search;
    const sent = { origin: url.origin, path, method: 'POST', headers, body, signal: abort.signal } as const;
    return await answerOf(await unlessAborted(agent.request(sent), abort.signal));
  } catch (error) {
    throw signal.aborted ? signal.reason : requestError(error);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', onAbort);
  }
}

/** undici heeds a signal only once the request has a connection, which may be long after the time is up. */
function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
    promise.then(resolve, reject);
  });
}

function timedOut(timeoutMs: number): OutboundError {
  return new OutboundError('timeout', `it did not answer within ${timeoutMs / 1000} s`);
}

async function answerOf({ statusCode, headers, body }: Dispatcher.ResponseData): Promise<OutboundResponse> {
  return {
    status: statusCode,
    headers: { retryAfter: headerOf(headers['retry-after']), contentType: headerOf(headers['content-type']) },
    body: await startOf(body),
  };
}

function headerOf(value: string | string[] | undefined): string | null {
  return (typeof value === 'string' ? value : value?.[0]) ?? null;
}

/** The connection is closed where there is more to the body, and kept where it was read to its end. */
async function startOf(body: Dispatcher.ResponseData['body']): Promise<string> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  const patience = setTimeout(() => body.destroy(), bodyPatienceMs);
  try {
    for await (const chunk of body) {
      chunks.push(chunk);
      length += chunk.length;
      if (length > maxBodyBytes) break;
    }
  } catch {
    // Cut or out of time: see `post`.
  } finally {
    clearTimeout(patience);
  }
  const bytes = Buffer.concat(chunks).subarray(0, maxBodyBytes);
  // As a stream, so that a character that the end cuts through is left out.
  return new TextDecoder().decode(bytes, { stream: true }).replaceAll('\0', '\ufffd');
}
