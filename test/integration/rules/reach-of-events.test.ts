import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ask, openTestApp } from '../../support/app.js';
import { allRead, connectDirectory } from '../../support/buckets.js';
import { eventually } from '../../support/eventually.js';
import { A, B, openReaches, type Reach, reaches } from '../../support/reaches.js';
import { createTestDirectory } from '../../support/test-postgres.js';

/*
 * Which rules see an event, and where what they make of it goes. An event is of one account; a rule sees it if that is one
 * of its own, whoever put it.
 */

let world: Awaited<ReturnType<typeof openReaches>>;
let folder: string;
beforeAll(async () => {
  world = await openReaches();
  folder = await createTestDirectory();
});
afterAll(async () => {
  await world.stop();
  rmSync(folder, { recursive: true, force: true });
});
beforeEach(() => world.clear());

const deliveriesSeenBy = async (as: Reach): Promise<Record<string, string | null>[]> => {
  const { deliveries } = await ask<{ deliveries: { nodes: Record<string, string | null>[] } }>(
    world.url,
    '{ deliveries(first: 100) { nodes { rule account state error } } }',
    {},
    world.tokens[as],
  );
  return deliveries.nodes;
};
const ruleAndAccount = (nodes: readonly Record<string, string | null>[]) =>
  nodes.map(({ rule, account }) => `${rule} ${account}`).sort();

/** A rule of each reach, by its name, and all to one target. */
async function plantRuleOfEach(more: object = {}): Promise<void> {
  expect(await world.putTarget('all', { name: 'hook', ...world.webhook })).toBe('ok');
  for (const [name, accountIds] of Object.entries(reaches)) {
    expect(await world.putRule('all', { name, accountIds, ...more })).toBe('ok');
    expect(await world.putRuleTargets('all', name, 'hook')).toBe('ok');
  }
}

describe('a custom event', () => {
  const put = async (as: Reach, ...accountIds: (string | undefined)[]) => {
    const entries = accountIds.map((accountId) => ({ source: 'shop', detailType: 'Order', detail: {}, accountId }));
    const { putEvents } = await ask<{
      putEvents: { failedEntryCount: number; entries: { errorCode: string | null }[] };
    }>(
      world.url,
      'mutation ($input: PutEventsInput!) { putEvents(input: $input) { failedEntryCount entries { errorCode } } }',
      { input: { entries } },
      world.tokens[as],
    );
    return putEvents.entries.map(({ errorCode }) => errorCode);
  };
  const denied = 'AccessDeniedException';

  // Each with the rules that see it, by the names of their reaches.
  const cases: [string, Reach, (string | undefined)[], (string | null)[], string[]][] = [
    ['of A, by a token of A', 'A', [A], [null], [`A ${A}`, `AB ${A}`, `all ${A}`]],
    ['of no account, by a token of A alone', 'A', [undefined], [null], [`A ${A}`, `AB ${A}`, `all ${A}`]],
    ['of B, by a token of A', 'A', [B], [denied], []],
    ['of B, beside one of A', 'A', [B, A], [denied, null], [`A ${A}`, `AB ${A}`, `all ${A}`]],
    ['of no account, by a token of two', 'AB', [undefined], [denied], []],
    ['of B, by a token of two', 'AB', [B], [null], [`AB ${B}`, `B ${B}`, `all ${B}`]],
    ['of no account, by an all-account token', 'all', [undefined], [null], ['all null']],
  ];
  it.each(cases)('%s', async (_, as, accountIds, codes, matched) => {
    await plantRuleOfEach();
    expect(await put(as, ...accountIds)).toEqual(codes);
    expect(ruleAndAccount(await deliveriesSeenBy('all'))).toEqual(matched);
  });

  it('is seen in deliveries by whoever covers the accounts of the rule, not of the event alone', async () => {
    await plantRuleOfEach();
    expect(await put('A', A)).toEqual([null]);
    expect(ruleAndAccount(await deliveriesSeenBy('A'))).toEqual([`A ${A}`]);
    expect(ruleAndAccount(await deliveriesSeenBy('AB'))).toEqual([`A ${A}`, `AB ${A}`]);
    expect(await deliveriesSeenBy('B')).toEqual([]);
  });
});

describe('with a worker', () => {
  const openWorker = () =>
    openTestApp('worker', { databaseUrl: world.databaseUrl, allowedNetworks: '127.0.0.1', discoverySeconds: 1 });

  it('a CloudTrail event reaches the rules that see its account', async () => {
    await plantRuleOfEach({ eventPattern: { detail: { eventName: ['ConsoleLogin'] } } });
    for (const accountId of [A, B]) writeLogFile(accountId);
    const worker = await openWorker();
    try {
      await connectDirectory(world.url, folder);
      await allRead(world.url, 2);
    } finally {
      await worker.stop();
    }
    const expected = [`A ${A}`, `AB ${A}`, `AB ${B}`, `B ${B}`, `all ${A}`, `all ${B}`];
    expect(ruleAndAccount(await deliveriesSeenBy('all'))).toEqual(expected);
  });

  it('what waits for a target goes nowhere once the target is not for all its accounts', async () => {
    await world.given({ target: 'AB', rule: 'AB' });
    const entries = [{ source: 'shop', detailType: 'Order', detail: {}, accountId: B }];
    const document = 'mutation ($input: PutEventsInput!) { putEvents(input: $input) { failedEntryCount } }';
    await ask(world.url, document, { input: { entries } });
    expect(await world.removeRuleTargets('all', 'rule')).toBe('ok');
    expect(await world.putTarget('all', { name: 'hook', accountIds: [A] })).toBe('ok');
    expect(await world.putTarget('A', { name: 'hook', url: `${world.receiver.url}/of-a` })).toBe('ok');
    const worker = await openWorker();
    try {
      const [delivery] = await eventually(
        () => deliveriesSeenBy('all'),
        (nodes) => nodes.every(({ state }) => state !== 'PENDING' && state !== 'DELIVERING'),
      );
      expect(delivery).toMatchObject({ state: 'FAILED', error: expect.stringContaining('is not for any more') });
    } finally {
      await worker.stop();
    }
    expect(world.receiver.received.filter(({ path }) => path === '/of-a')).toEqual([]);
  });

  function writeLogFile(accountId: string): void {
    const name = `${accountId}_CloudTrail_eu-central-1_20261120T1205Z_aaaaaaaaaaaaaaaa.json.gz`;
    const path = join(folder, `AWSLogs/${accountId}/CloudTrail/eu-central-1/2026/11/20/${name}`);
    const record = {
      eventVersion: '1.08',
      eventID: `00000000-0000-4000-8000-${accountId}`,
      eventTime: '2026-11-20T12:00:00Z',
      eventSource: 'signin.amazonaws.com',
      eventName: 'ConsoleLogin',
      awsRegion: 'eu-central-1',
      // What a record says of accounts decides nothing: the account for which it was collected does.
      recipientAccountId: A,
      userIdentity: { type: 'Root', accountId: A, arn: `arn:aws:iam::${A}:root` },
    };
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, gzipSync(JSON.stringify({ Records: [record] })));
  }
});
