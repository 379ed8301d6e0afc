import { randomUUID } from 'node:crypto';
import { ownAccount } from './own-account.port.js';

/** What a target gets to try it: an event in the form of any other, which says of itself what it is. */
export function testMessage(target: string, now: Date): string {
  return JSON.stringify({
    version: '0',
    id: randomUUID(),
    'detail-type': 'Crosstrail Test Message',
    source: 'crosstrail.test',
    account: ownAccount,
    time: `${now.toISOString().slice(0, 19)}Z`,
    region: '',
    resources: [],
    detail: { target, message: 'This is a test. Nothing has happened, and nothing needs to be done.' },
  });
}
