import { afterEach, beforeEach, expect, it } from 'vitest';
import { createPartitions } from '../../../src/events/partition.service.js';
import type { Decoders } from '../../../src/ingest/decoding/decoder.js';
import { localDecoders } from '../../../src/ingest/decoding/local-decoders.js';
import { DuplicateGuesses } from '../../../src/ingest/duplicate-guesses.js';
import { ingestBatch } from '../../../src/ingest/ingest-batch.js';
import type { Transaction } from '../../../src/platform/database/database.js';
import type { RuleSets } from '../../../src/rules/rule-set.service.js';
import { raiseVersion } from '../../../src/rules/rule-set.store.js';
import { LedgerService } from '../../../src/sources/ledger.service.js';
import { plantTarget } from '../../support/dispatching.js';
import { noon, testId } from '../../support/events.js';
import { rulesOfIngest } from '../../support/rules-of-ingest.js';
import { createTestDatabase, type TestDatabase } from '../../support/test-database.js';

/*
 * What rules make of events that were taken for duplicates and are new, where it is more than a segment may hold: 16 MB
 * (src/events/segment-builder.service.ts). Five targets that get 8,000 characters each make 40 KB of each event.
 */

const account = '111111111111';
const [targets, events] = [5, 900];

let test: TestDatabase;
beforeEach(async () => {
  test = await createTestDatabase();
});
afterEach(() => test.drop());

async function plantRule(): Promise<void> {
  await test.database.transaction(async (sql) => {
    const targetId = await plantTarget(sql, { name: 'hook' });
    await sql.query(
      `WITH made AS (
         INSERT INTO rule (name, event_bus_name, event_pattern, missed_times, state)
         VALUES ('all', 'default', '{"source": [{"prefix": ""}]}', 'LATEST', 'ENABLED') RETURNING id)
       INSERT INTO rule_target (rule_id, id, target_id, input)
       SELECT made.id, 'target' || number, $1, $2 FROM made, generate_series(1, $3::integer) AS number`,
      [targetId, JSON.stringify('x'.repeat(8_000)), targets],
    );
    await raiseVersion(sql);
  });
}

async function plantSource(): Promise<{ id: string; bucketId: number }> {
  const [source] = await test.database.query<{ id: string; bucketId: number }>(
    `WITH account AS (INSERT INTO account (account_id, name) VALUES ($1, 'one')),
       bucket AS (INSERT INTO log_bucket (endpoint, name) VALUES ('file:', '/logs') RETURNING id)
     INSERT INTO source (type, bucket_id) SELECT 'DIRECTORY', id FROM bucket RETURNING id, bucket_id AS "bucketId"`,
    [account],
  );
  if (!source) throw new Error('no source');
  await test.database.query('INSERT INTO source_account (source_id, account_id) VALUES ($1, $2)', [source.id, account]);
  return source;
}

/** The last event first. */
async function* logFile(): AsyncGenerator<Uint8Array> {
  const records = Array.from({ length: events }, (_, number) => {
    const eventTime = `${new Date(noon - 1000 * (number + 1)).toISOString().slice(0, 19)}Z`;
    return JSON.stringify({ eventID: testId(events - number), eventTime, eventSource: 's3.amazonaws.com' });
  });
  yield Buffer.from(`{"Records":[${records.join(',')}]}`);
}

it('each part is stored before the next is made, and nothing of it is seen before the commit', async () => {
  await plantRule();
  const source = await plantSource();
  const ledger = new LedgerService({ database: test.database, onDue: async () => undefined });
  const found = { key: 'a', accountId: account, awsRegion: 'eu-west-1', deliveredAt: noon, size: 1, etag: 'a' };
  await ledger.discovered(source, [found]);
  const claim = await ledger.claim({ maxFiles: 1, maxBytes: 100, leaseSeconds: 60 });
  const guesses = new DuplicateGuesses();
  guesses.learn(source.id, { records: 1, duplicates: 1 });

  let transaction: Transaction | null = null;
  const { rules, ...rest } = rulesOfIngest();
  const watched: Pick<RuleSets, 'current'> = {
    current: (sql) => {
      transaction = sql as Transaction;
      return rules.current(sql);
    },
  };
  const storedInside = async () => {
    const [row] = (await transaction?.query<{ count: number }>('SELECT count(*)::integer FROM delivery')) ?? [];
    return row?.count;
  };
  const storedOutside = () => test.database.query('SELECT FROM delivery LIMIT 1');
  /** Events whose effects were left, each time that some were asked for, and deliveries stored by then. */
  const asked: { left: number; stored: number | undefined }[] = [];
  const decoders: Decoders = {
    ...localDecoders,
    open: (batch, write) =>
      localDecoders.open(batch, (segment) => {
        const effectsOf: typeof segment.effectsOf = async (left) => {
          asked.push({ left: left.length, stored: await storedInside() });
          expect(await storedOutside()).toEqual([]);
          return segment.effectsOf(left);
        };
        return write({ ...segment, effectsOf });
      }),
  };
  const ingested = await ingestBatch(
    {
      ...rest,
      rules: watched as RuleSets,
      database: test.database,
      ledger,
      partitions: createPartitions(test.database, Date.now),
      decoders,
      guesses,
    },
    claim.lease,
    claim.files.map((file) => ({ file, open: async () => logFile() })),
    new AbortController().signal,
  );

  expect(ingested.deliveries).toBe(targets * events);
  expect(asked.length).toBeGreaterThanOrEqual(2);
  for (const { left, stored } of asked) expect(stored).toBe(targets * (events - left));
  const rows = await test.database.query<{ event: string; count: number }>(
    'SELECT event_id AS event, count(*)::integer FROM delivery GROUP BY event_id ORDER BY min(id)',
  );
  // In the order of their keys, each once for each target.
  expect(rows).toEqual(Array.from({ length: events }, (_, number) => ({ event: testId(number + 1), count: targets })));
});
