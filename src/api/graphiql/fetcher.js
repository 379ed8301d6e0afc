import { createClient } from 'graphql-ws';

const storageKey = 'crosstrail-token';

/** Wakes the calls that wait for a token. */
const waiting = [];
let token = sessionStorage.getItem(storageKey) ?? '';

/** The value of `Authorization`, or an empty text while none is known. */
export function authorization() {
  return token;
}

function isBearer(value) {
  return /^Bearer \S+$/.test(value ?? '');
}

function remember(value) {
  if (value === token) return;
  token = value;
  // For this browser tab only, and gone with it.
  sessionStorage.setItem(storageKey, value);
  for (const resume of waiting.splice(0)) resume();
}

/** Takes the token out of `#token=…`: a fragment is not sent to any server, and must not stay in the history. */
export function takeTokenFromLocation() {
  const given = new URLSearchParams(location.hash.slice(1)).get('token');
  if (given === null) return;
  history.replaceState(null, '', location.pathname);
  remember(`Bearer ${given}`);
}

/** Notes the token as soon as the headers hold one, for this and the other tabs. */
export function readHeaders(text) {
  try {
    const headers = JSON.parse(text);
    const name = Object.keys(headers).find((key) => key.toLowerCase() === 'authorization');
    if (name !== undefined && isBearer(headers[name])) remember(headers[name]);
  } catch {
    // Not JSON yet: somebody is typing.
  }
}

async function post(params, given) {
  const headers = new Headers(given);
  headers.set('accept', 'application/graphql-response+json, application/json');
  headers.set('content-type', 'application/json');
  if (!isBearer(headers.get('authorization')) && token !== '') headers.set('authorization', token);
  const response = await fetch('/graphql', { method: 'POST', headers, body: JSON.stringify(params) });
  return { status: response.status, body: await response.json() };
}

/** Opened with the first subscription, closed after the last. */
const client = createClient({
  url: `${location.protocol === 'https:' ? 'wss:' : 'ws:'}//${location.host}/graphql`,
  connectionParams: () => ({ authorization: token }),
  // A token that does not hold is not worth another try.
  shouldRetry: (event) => event.code !== 4403,
});

function isSubscription(documentAST, operationName) {
  const operations = documentAST?.definitions.filter(({ kind }) => kind === 'OperationDefinition') ?? [];
  const [operation] = operations.filter(({ name }) => !operationName || name?.value === operationName);
  return operation?.operation === 'subscription';
}

/** Sends one operation. The schema's own query waits for a token that is accepted, instead of failing without one. */
export async function fetcher(params, options) {
  readHeaders(JSON.stringify(options?.headers ?? {}));
  if (isSubscription(options?.documentAST, params.operationName)) return client.iterate(params);
  if (params.operationName !== 'IntrospectionQuery') return (await post(params, options?.headers)).body;
  for (;;) {
    const used = token;
    if (used !== '') {
      const { status, body } = await post(params, {});
      if (status !== 401) return body;
    }
    if (used === token) await new Promise((resolve) => waiting.push(resolve));
  }
}
