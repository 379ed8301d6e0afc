#!/usr/bin/env node
// Prints each change of an alarm, whatever becomes of the connection. Needs Node.js, and the packages graphql-ws and ws.
//   CROSSTRAIL_TOKEN=… CROSSTRAIL_URL=wss://crosstrail.example.com/graphql node subscriber.mjs
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { createClient } from 'graphql-ws';
import WebSocket from 'ws';

const { CROSSTRAIL_TOKEN: token, CROSSTRAIL_URL: url, CURSOR_FILE: file = 'alarms.cursor' } = process.env;
if (!token) throw new Error('CROSSTRAIL_TOKEN must be a token with the scope ALARMS_READ');

const heartbeatSeconds = Number(process.env.HEARTBEAT_SECONDS || 10);
const query = `subscription ($after: String) { alarmStateChanged(after: $after, heartbeatSeconds: ${heartbeatSeconds}) {
  cursor change { id alarmName accountIds previousState state stateReason timestamp revision }
} }`;
/** What another connection does not mend: the token, or the question. */
const hopeless = [4403, 'UNAUTHENTICATED', 'FORBIDDEN', 'BAD_USER_INPUT'];

/** Once terminated a socket is nobody's: an error that nobody hears would end the process. */
class Socket extends WebSocket {
  constructor(...given) {
    super(...given).on('error', () => undefined);
  }
}
const client = createClient({
  url: url || 'ws://127.0.0.1:4000/graphql',
  webSocketImpl: Socket,
  connectionParams: { authorization: `Bearer ${token}` },
  retryAttempts: 0, // Trying again is done below, where the cursor is known.
});
let failures = 0;
let after = existsSync(file) ? readFileSync(file, 'utf8') : null;
const handled = new Set(); // What must never happen twice keeps ids in its database, with the work.

/** Your work goes here. What it throws leaves the cursor where it is: the change comes again. */
async function handle({ timestamp, accountIds, alarmName, previousState, state, revision, stateReason }) {
  const corrects = revision === 1 ? '' : previousState === state ? ' (withdrawn)' : ' (corrected)';
  const line = `${timestamp} ${accountIds?.join(',') ?? 'every'} ${alarmName} ${state}${corrects}: ${stateReason}`;
  console.log(line.replace(/[\p{C}\p{Zl}\p{Zp}]/gu, '?')); // No name and no reason begins a line of its own.
}

/** After the work, never before it. The file is whole at any moment. */
function keep(cursor) {
  writeFileSync(`${file}.new`, cursor);
  renameSync(`${file}.new`, file);
  after = cursor;
}

async function follow() {
  const silence = setTimeout(() => client.terminate(), 2 * heartbeatSeconds * 1000);
  try {
    for await (const { data, errors } of client.iterate({ query, variables: { after } })) {
      if (errors) throw errors;
      silence.refresh();
      failures = 0;
      const { cursor, change } = data.alarmStateChanged;
      if (change && !handled.has(change.id)) await handle(change);
      if (change) handled.add(change.id);
      if (handled.size > 10_000) handled.delete(handled.values().next().value);
      if (cursor !== after) keep(cursor);
    }
  } catch (error) {
    return error;
  } finally {
    clearTimeout(silence);
  }
}

client.on('connected', () => console.error('connected'));
for (;;) {
  const error = (await follow()) ?? { reason: 'the server ended it' };
  const code = error[0]?.extensions?.code ?? error.code;
  console.error('lost:', code ?? '', error[0]?.message ?? (error.reason || error.message));
  if (hopeless.includes(code)) process.exit(1);
  if (code === 'CURSOR_EXPIRED') after = null; // Retention was faster: alarmFeed has what is still there.
  failures += 1;
  await delay(Math.min(10, 2 ** failures / 4) * 1000 * (0.5 + Math.random() / 2));
}
