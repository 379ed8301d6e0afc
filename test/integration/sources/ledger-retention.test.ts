import { afterEach, beforeEach, expect, it } from 'vitest';
import { KeptSince } from '../../../src/accounts/retention.service.js';
import { dayMs } from '../../../src/lib/time.js';
import { LedgerService } from '../../../src/sources/ledger.service.js';
import { forgetFiles, ledgerDaysBeyond } from '../../../src/sources/ledger-retention.service.js';
import { createTestDatabase, type TestDatabase } from '../../support/test-database.js';

const A = '111111111111';
const B = '222222222222';
const now = Date.parse('2026-11-21T12:00:00Z');
const kept = new KeptSince(null, new Map([[A, 30]]), now);
const { signal } = new AbortController();
let test: TestDatabase;
let ledger: LedgerService;
const source = { id: '00000000-0000-4000-8000-000000000001', bucketId: 0 };

beforeEach(async () => {
  test = await createTestDatabase();
  const [bucket] = await test.database.query<{ id: number }>(
    "INSERT INTO log_bucket (endpoint, name) VALUES ('', 'b') RETURNING id",
  );
  source.bucketId = bucket?.id ?? 0;
  await test.database.query('INSERT INTO account (account_id, name) VALUES ($1, $1), ($2, $2)', [A, B]);
  const retention = { keptSince: async () => kept };
  ledger = new LedgerService({ database: test.database, onDue: async () => undefined, retention });
});
afterEach(() => test.drop());

const file = (accountId: string, daysAgo: number) => ({
  key: `${accountId}/${daysAgo}`,
  size: 1,
  etag: 'e',
  accountId,
  awsRegion: 'eu-west-1',
  deliveredAt: now - daysAgo * dayMs,
});
const keys = async () =>
  (await test.database.query<{ key: string }>('SELECT key FROM log_file ORDER BY key')).map(({ key }) => key);

it('does not take files whose events would only be deleted again, whichever way they are found', async () => {
  const found = [file(A, 30), file(A, 31), file(B, 31), file(B, 4000)];
  expect(await ledger.discovered(source, found)).toMatchObject({ added: 3 });
  expect(await keys()).toEqual([`${A}/30`, `${B}/31`, `${B}/4000`]);
});

it('forgets files and digests a year after their events, with their revisions, and leaves other accounts alone', async () => {
  const unlimited = new LedgerService({ database: test.database, onDue: async () => undefined });
  const beyond = 30 + ledgerDaysBeyond;
  await unlimited.discovered(source, [file(A, 40), file(A, beyond), file(A, beyond + 1), file(B, 4000)]);
  await unlimited.discovered(source, [{ ...file(A, beyond + 1), etag: 'changed' }]);
  for (const accountId of [A, B]) {
    await test.database.query(
      `WITH chain AS (
         INSERT INTO digest_chain (bucket_id, account_id, aws_region, trail, home_region)
         VALUES ($1, $2, 'eu-west-1', 't', 'eu-west-1') RETURNING id)
       INSERT INTO digest (chain_id, bucket_id, key, source_id, named_at, etag, state, start_time, end_time)
       SELECT id, $1, $2 || '/' || days, $3, $4::timestamptz - days * interval '1 day', 'e', 'VERIFIED',
         $4::timestamptz - days * interval '1 day', $4::timestamptz - days * interval '1 day'
       FROM chain, unnest(ARRAY[40, 4000]) AS days`,
      [source.bucketId, accountId, source.id, new Date(now)],
    );
  }
  expect(await forgetFiles(test.database, kept, signal)).toBe(1);
  expect(await keys()).toEqual([`${A}/${beyond}`, `${A}/40`, `${B}/4000`]);
  expect(await test.database.query('SELECT FROM log_file_revision')).toHaveLength(0);
  expect(await test.database.query('SELECT key FROM digest ORDER BY key')).toEqual([
    { key: `${A}/40` },
    { key: `${B}/40` },
    { key: `${B}/4000` },
  ]);
});
