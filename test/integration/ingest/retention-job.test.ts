import { afterEach, beforeEach, expect, it } from 'vitest';
import { createRetention } from '../../../src/accounts/retention.service.js';
import { createRetentionJob } from '../../../src/ingest/retention.job.js';
import { dayMs } from '../../../src/lib/time.js';
import { advisoryLocks, withAdvisoryLock } from '../../../src/platform/database/advisory-lock.js';
import { A, admin, B, type Collection, startCollection } from '../../support/collection.js';
import { noon, storeEvents, testEvent } from '../../support/events.js';
import { silentLog } from '../../support/silent-log.js';

let collection: Collection;
beforeEach(async () => {
  collection = await startCollection();
});
afterEach(() => collection.stop());

const later = noon + 30 * dayMs;
const context = () => ({ signal: new AbortController().signal, log: silentLog, attempt: 1 });

function job(days: number | null) {
  const { database } = collection;
  const retention = createRetention({ sql: database, days, now: () => later });
  return createRetentionJob({ database, retention, deliveries: { forget: async () => 0 }, now: () => later });
}

async function accountsOfEvents(): Promise<string[]> {
  const rows = await collection.database.query<{ id: string }>('SELECT account_id AS id FROM event ORDER BY 1');
  return rows.map(({ id }) => id);
}

it('keeps events as long as their account says, else as long as the installation does', async () => {
  const { accounts, sources, database } = collection;
  const made = await sources.createAccount(admin, { accountId: A, retentionDays: 29 });
  expect(made.retentionDays).toBe(29);
  await sources.createAccount(admin, { accountId: B });
  // One day; each of it in a partition with the others. The third account was deleted, or never there.
  const [first, second, third] = [A, B, '999999999999'].map((accountId) => testEvent({ accountId }));
  await storeEvents(
    database,
    [first, second, third].filter((event) => event !== undefined),
  );
  await job(400).handle({}, context());
  expect(await accountsOfEvents()).toEqual([B, '999999999999']);
  expect((await accounts.update(admin, { accountId: B, retentionDays: 400 })).retentionDays).toBe(400);
  await job(29).handle({}, context());
  expect(await accountsOfEvents()).toEqual([B]);
  expect((await accounts.update(admin, { accountId: B, retentionDays: null })).retentionDays).toBeNull();
  await job(null).handle({}, context());
  expect(await accountsOfEvents()).toEqual([B]);
  await job(29).handle({}, context());
  expect(await accountsOfEvents()).toEqual([]);
});

it('runs in one process at a time', async () => {
  const { sources, database } = collection;
  await sources.createAccount(admin, { accountId: A, retentionDays: 1 });
  await storeEvents(database, [testEvent()]);
  await withAdvisoryLock(database, advisoryLocks.retention, async () => job(null).handle({}, context()));
  expect(await accountsOfEvents()).toEqual([A]);
  await job(null).handle({}, context());
  expect(await accountsOfEvents()).toEqual([]);
});
