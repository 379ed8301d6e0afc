import { once } from 'node:events';
import pMap from 'p-map';
import WebSocket from 'ws';

/** Subscribers in a process of their own: `node … URL TOKEN COUNT ALARM DIFFERENT`. Tells when all have heard of a change. */
const [url = '', token = '', count = '0', alarmName = '', different = ''] = process.argv.slice(2);

/** When the first and the last subscriber heard of a change: milliseconds since 1970 UTC. */
export interface Heard {
  readonly first: number;
  readonly last: number;
}

const query = `subscription ($filter: AlarmFilter) {
  alarmStateChanged(filter: $filter, heartbeatSeconds: 300) {
    cursor change { id alarmName previousState state stateReason timestamp detectedAt revision }
  }
}`;
const subscribers = Number(count);
let heard = 0;
let first = 0;

await pMap(
  Array.from({ length: subscribers }, (_, index) => index),
  subscribe,
  { concurrency: 50 },
);
process.send?.('ready');
process.once('disconnect', () => process.exit());

async function subscribe(index: number): Promise<void> {
  const socket = new WebSocket(`${url.replace(/^http/, 'ws')}/graphql`, 'graphql-transport-ws', {
    perMessageDeflate: false,
  });
  await once(socket, 'open');
  socket.send(JSON.stringify({ type: 'connection_init', payload: { authorization: `Bearer ${token}` } }));
  await once(socket, 'message');
  const names = different === '' ? [alarmName] : [alarmName, `other-${index}`];
  socket.send(JSON.stringify({ type: 'subscribe', id: '1', payload: { query, variables: { filter: { names } } } }));
  // The place from which on it hears of everything.
  const [begun] = (await once(socket, 'message')) as [Buffer];
  if (!begun.includes('"type":"next"') || begun.includes('"errors"')) throw new Error(String(begun));
  socket.on('message', (data: Buffer) => {
    if (data.includes('"change":{')) hear();
  });
  socket.on('close', (code) => {
    throw new Error(`a subscriber was closed with ${code}`);
  });
}

function hear(): void {
  const now = performance.timeOrigin + performance.now();
  if (heard === 0) first = now;
  heard += 1;
  if (heard < subscribers) return;
  heard = 0;
  process.send?.({ first, last: now } satisfies Heard);
}
