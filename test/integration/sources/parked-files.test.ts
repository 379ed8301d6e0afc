import { afterEach, beforeEach, expect, it } from 'vitest';
import { LedgerService } from '../../../src/sources/ledger.service.js';
import { A, B } from '../../support/collection.js';
import { createTestDatabase, type TestDatabase } from '../../support/test-database.js';

let test: TestDatabase;
let ledger: LedgerService;
let sourceId: string;
const limits = { maxFiles: 10, maxBytes: 1e9, leaseSeconds: 60 };

beforeEach(async () => {
  // One connection, so that its own figures of what it read can be asked for.
  test = await createTestDatabase({ poolSize: 1 });
  ledger = new LedgerService({ database: test.database, onDue: async () => undefined });
  await test.database.query(`INSERT INTO account (account_id, name) VALUES ($1, 'a'), ($2, 'b')`, [A, B]);
  const [source] = await test.database.query<{ id: string }>(
    `WITH bucket AS (INSERT INTO log_bucket (endpoint, name) VALUES ('file:', '/logs') RETURNING id)
     INSERT INTO source (type, bucket_id) SELECT 'DIRECTORY', id FROM bucket RETURNING id`,
  );
  sourceId = source?.id ?? '';
  await grant();
});
afterEach(() => test.drop());

const grant = () =>
  test.database.query('INSERT INTO source_account (source_id, account_id) VALUES ($1, $2), ($1, $3)', [sourceId, A, B]);

/** Files that wait, each due before those added later. */
async function add(files: number, accountId: string, backfill = 0): Promise<void> {
  await test.database.query(
    `INSERT INTO log_file (bucket_id, key, source_id, account_id, aws_region, delivered_at, size, etag, priority, backfill)
     SELECT bucket_id, gen_random_uuid(), id, $2, 'eu-west-1', now(), 1, 'e', CASE $3::integer WHEN 0 THEN 0 ELSE 100 END, $3
     FROM source, generate_series(1, $4::integer) WHERE id = $1`,
    [sourceId, accountId, backfill, files],
  );
}

async function makeBackfill(): Promise<number> {
  const [row] = await test.database.query<{ number: number }>(
    `INSERT INTO backfill (account_ids, from_day, to_day) VALUES ('{}', now(), now()) RETURNING number`,
  );
  return row?.number ?? 0;
}

const claimed = async () => (await ledger.claim(limits)).files.map((file) => file.accountId);

async function parked(): Promise<number> {
  const [row] = await test.database.query<{ files: number }>(
    'SELECT count(*)::integer AS files FROM log_file WHERE parked',
  );
  return row?.files ?? 0;
}

/** How many rows of the ledger, and entries of its indexes, are read by some work. */
async function entriesRead(work: () => Promise<unknown>): Promise<number> {
  // Entries of rows as they were before: the first to come by takes them out, or a vacuum.
  await test.database.query('VACUUM ANALYZE log_file');
  const read = async () => {
    await test.database.query('SELECT pg_stat_force_next_flush()');
    const [row] = await test.database.query<{ entries: number }>(
      `SELECT (seq_tup_read + (SELECT sum(idx_tup_read) FROM pg_stat_user_indexes WHERE relname = 'log_file'))::integer
         AS entries
       FROM pg_stat_user_tables WHERE relname = 'log_file'`,
    );
    return row?.entries ?? 0;
  };
  const before = await read();
  await work();
  return (await read()) - before;
}

const reasons: [string, () => Promise<unknown>, () => Promise<unknown>][] = [
  [
    'a paused account',
    () => test.database.query('UPDATE account SET paused = true WHERE account_id = $1', [A]),
    () => test.database.query('UPDATE account SET paused = false'),
  ],
  [
    'an account that the source no longer speaks for',
    () => test.database.query('DELETE FROM source_account WHERE account_id = $1', [A]),
    () => test.database.query('INSERT INTO source_account (source_id, account_id) VALUES ($1, $2)', [sourceId, A]),
  ],
  [
    'a paused backfill',
    () => test.database.query(`UPDATE backfill SET state = 'PAUSED' WHERE number = 1`),
    () => test.database.query(`UPDATE backfill SET state = 'RUNNING'`),
  ],
];

it.each(reasons)(
  'the files of %s are passed over at once, cost claims nothing after a sweep, and come back',
  async (name, stop, resume) => {
    const backfill = name.includes('backfill') ? await makeBackfill() : 0;
    const other = backfill === 0 ? 0 : await makeBackfill();
    await add(2000, A, backfill);
    await add(1, B, other);
    await stop();
    expect(await claimed()).toEqual([B]);
    expect(await ledger.sweep()).toEqual({ expired: 0, due: false });
    expect(await parked()).toBe(2000);
    await add(1, B, other);
    expect(await entriesRead(async () => expect(await claimed()).toEqual([B]))).toBeLessThan(50);
    expect(await entriesRead(async () => expect(await claimed()).toEqual([]))).toBeLessThan(50);
    await resume();
    expect(await ledger.sweep()).toEqual({ expired: 0, due: true });
    expect(await parked()).toBe(0);
    expect(await claimed()).toEqual(Array(limits.maxFiles).fill(A));
  },
);

it('a claim without a sweep between does not see what was paused a moment ago', async () => {
  await add(5, A);
  await test.database.query('UPDATE account SET paused = true');
  expect(await claimed()).toEqual([]);
  await test.database.query('UPDATE account SET paused = false');
  expect(await claimed()).toHaveLength(5);
});

it('files that wait for another try do not stand in the way of a backfill', async () => {
  await add(2000, A);
  await test.database.query(`UPDATE log_file SET due_at = now() + interval '1 hour'`);
  await add(1, B, await makeBackfill());
  expect(await entriesRead(async () => expect(await claimed()).toEqual([B]))).toBeLessThan(50);
});

it('live files and those of a backfill are never claimed together', async () => {
  await add(3, A, await makeBackfill());
  await add(2, B);
  const claims = [await ledger.claim(limits), await ledger.claim(limits)];
  expect(claims.map(({ files, isBackfill }) => [files.map((file) => file.accountId), isBackfill])).toEqual([
    [[B, B], false],
    [[A, A, A], true],
  ]);
  await add(3, A, 1);
  expect(await ledger.claim({ ...limits, backfill: null })).toMatchObject({ files: [], isBackfill: false });
  const small = await ledger.claim({ ...limits, backfill: { maxFiles: 2, maxBytes: 1e9 } });
  expect(small.files).toHaveLength(2);
});
