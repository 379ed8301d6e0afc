#!/usr/bin/env node
// Receives what Crosstrail delivers to a WEBHOOK target, and prints a line for each event. Needs Node.js alone.
//   WEBHOOK_SECRETS=whsec_NEW,whsec_OLD PORT=8787 node receiver.mjs
import { createHmac, timingSafeEqual } from 'node:crypto';
import { createServer } from 'node:http';

/** An old message, caught on its way, must not be played again. */
const toleranceSeconds = 300;
const mostBytes = 1024 * 1024;
/** Ids that are remembered here. What must not happen twice needs a database, and as long as the target's maxAgeSeconds. */
const mostIds = 10_000;

const secrets = (process.env.WEBHOOK_SECRETS ?? '').split(',').map((secret) => secret.trim());
if (secrets.length > 2 || !secrets.every((secret) => /^whsec_[A-Za-z0-9+/]{32,}=*$/.test(secret))) {
  console.error('WEBHOOK_SECRETS must be whsec_<base64>, or two of them with a comma between; putTarget makes them');
  process.exit(1);
}
const keys = secrets.map((secret) => Buffer.from(secret.slice('whsec_'.length), 'base64'));
const handled = new Set();

/** Standard Webhooks: HMAC-SHA256 of "id.timestamp.body" as it came, one `v1,<base64>` for each secret of the sender. */
function isGenuine({ 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': signatures }, body) {
  if (!id || !signatures || !/^\d{1,12}$/.test(timestamp ?? '')) return false;
  if (Math.abs(Date.now() / 1000 - Number(timestamp)) > toleranceSeconds) return false;
  const given = signatures.split(' ').filter((each) => each.startsWith('v1,'));
  return keys.some((key) => {
    const expected = createHmac('sha256', key).update(`${id}.${timestamp}.`).update(body).digest();
    return given.some((each) => {
      const signature = Buffer.from(each.slice('v1,'.length), 'base64');
      return signature.length === expected.length && timingSafeEqual(signature, expected);
    });
  });
}

/** Null where it is too large: it is read to its end all the same, so that the sender hears why. */
async function readBody(request) {
  const chunks = [];
  let bytes = 0;
  for await (const chunk of request) {
    bytes += chunk.length;
    if (bytes <= mostBytes) chunks.push(chunk);
    else chunks.length = 0;
  }
  return bytes > mostBytes ? null : Buffer.concat(chunks);
}

/** Your work goes here. What it throws is answered with 500, and the message comes again. */
function handle(event) {
  const { eventName, userIdentity } = event?.detail ?? {};
  const who = userIdentity?.arn ?? userIdentity?.userName ?? userIdentity?.type ?? '-';
  const line = `${event?.account ?? '-'} ${eventName ?? event?.['detail-type'] ?? '-'} ${who}`;
  // Whoever acts in the account has chosen some of these names: none of them begins a line of its own.
  console.log(line.replace(/[\p{C}\p{Zl}\p{Zp}]/gu, '?'));
}

async function receive(request) {
  const body = await readBody(request);
  if (request.method !== 'POST') return 405;
  if (body === null) return 413;
  if (!isGenuine(request.headers, body)) return 401;
  const id = request.headers['webhook-id'];
  if (handled.has(id)) return 204;
  // An input transformer may make text. 415 tells Crosstrail not to try it again.
  if (!request.headers['content-type']?.startsWith('application/json')) return 415;
  handle(JSON.parse(body.toString('utf8')));
  handled.add(id);
  if (handled.size > mostIds) handled.delete(handled.values().next().value);
  return 204;
}

const server = createServer({ requestTimeout: 30_000 }, async (request, response) => {
  const status = await receive(request).catch((error) => console.error(String(error)) ?? 500);
  response.writeHead(status).end();
});
server.listen(Number(process.env.PORT || 8787), process.env.HOST || '127.0.0.1', () => {
  console.log(`listening on http://${server.address().address}:${server.address().port}`);
});
