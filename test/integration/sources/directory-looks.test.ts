import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { A, admin, B, C, type Collection, logKey, startCollection } from '../../support/collection.js';
import { at, clockOf } from '../../support/integrity-rows.js';

const { signal } = new AbortController();
let now = at('12:00');
let collection: Collection;
let root: string;
let sourceId: string;

beforeAll(async () => {
  collection = await startCollection({ now: () => now });
  root = await realpath(await mkdtemp(join(tmpdir(), 'crosstrail-looks-')));
  const input = { type: 'DIRECTORY' as const, path: root, accountIds: [A, B], discoverAccounts: true };
  sourceId = (await collection.sources.create(admin, input)).id;
});
afterAll(async () => {
  await collection.stop();
  await rm(root, { recursive: true, force: true });
});

async function scan(clock: string): Promise<void> {
  now = at(clock);
  const source = await collection.sources.find(admin.accounts, sourceId);
  await collection.directoryDiscovery.scan(source as NonNullable<typeof source>, signal);
}

async function expected(): Promise<Record<string, string | null>> {
  const byAccount = await collection.completeness.by(admin.accounts, {}, ['account']);
  const of = (account: string) => clockOf(byAccount.get({ account }).expectedThrough);
  return { A: of(A), B: of(B), C: of(C) };
}

it('a directory is complete as of the last scan that took in the account', async () => {
  expect(await expected()).toEqual({ A: null, B: null, C: null });
  await scan('12:00');
  expect(await expected()).toEqual({ A: '11:45', B: '11:45', C: null });

  // A paused account stays where it was, and after it is resumed until the next scan.
  await collection.accounts.pause(admin, B);
  await scan('13:00');
  expect(await expected()).toEqual({ A: '12:45', B: '11:45', C: null });
  await collection.accounts.resume(admin, B);
  expect(await expected()).toEqual({ A: '12:45', B: '11:45', C: null });

  // A file that was found waits; an account that turns up is taken in by the same scan.
  const key = logKey(C, at('13:10'), 'c');
  await mkdir(dirname(join(root, key)), { recursive: true });
  await writeFile(join(root, key), 'content');
  await scan('14:00');
  expect(await expected()).toEqual({ A: '13:45', B: '13:45', C: '12:55' });
  await collection.database.query(`UPDATE log_file SET state = 'INGESTED', ingested_at = now()`);
  expect(await expected()).toEqual({ A: '13:45', B: '13:45', C: '13:45' });

  // A source that fails does not advance, nor does one whose scan began earlier than another that has ended.
  await scan('13:30');
  await rm(root, { recursive: true });
  await expect(scan('15:00')).rejects.toThrow();
  expect(await expected()).toEqual({ A: '13:45', B: '13:45', C: '13:45' });
});
