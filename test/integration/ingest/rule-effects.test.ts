import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createPartitions } from '../../../src/events/partition.service.js';
import { ClaimedFiles } from '../../../src/ingest/claimed-files.js';
import { localDecoders } from '../../../src/ingest/decoding/local-decoders.js';
import { DuplicateGuesses } from '../../../src/ingest/duplicate-guesses.js';
import { RuleSets } from '../../../src/rules/rule-set.service.js';
import { raiseVersion } from '../../../src/rules/rule-set.store.js';
import type { Ledger } from '../../../src/sources/ledger.port.js';
import { LedgerService } from '../../../src/sources/ledger.service.js';
import type { ObjectStore } from '../../../src/sources/object-store.port.js';
import { SourceHealth } from '../../../src/sources/source-health.service.js';
import { plantTarget } from '../../support/dispatching.js';
import { noon, testId } from '../../support/events.js';
import { rulesOfIngest } from '../../support/rules-of-ingest.js';
import { silentLog } from '../../support/silent-log.js';
import { createTestDatabase, type TestDatabase } from '../../support/test-database.js';

/* What rules make of what is ingested: of each event once, as it is first seen, and only if it is stored. */

const account = '111111111111';

let test: TestDatabase;
let ledger: LedgerService;
let rules: RuleSets;
let guesses: DuplicateGuesses;
let source: { id: string; bucketId: number };
/** What was told to those who deliver. */
let woken: number;
beforeEach(async () => {
  test = await createTestDatabase();
  ledger = new LedgerService({ database: test.database, onDue: async () => undefined });
  rules = new RuleSets(silentLog);
  guesses = new DuplicateGuesses();
  woken = 0;
  const [row] = await test.database.query<typeof source>(
    `WITH account AS (INSERT INTO account (account_id, name) VALUES ($1, 'one')),
       bucket AS (INSERT INTO log_bucket (endpoint, name) VALUES ('file:', '/logs') RETURNING id)
     INSERT INTO source (type, bucket_id) SELECT 'DIRECTORY', id FROM bucket RETURNING id, bucket_id AS "bucketId"`,
    [account],
  );
  source = row as typeof source;
  await test.database.query('INSERT INTO source_account (source_id, account_id) VALUES ($1, $2)', [source.id, account]);
  await putRule('all', { source: [{ prefix: '' }] });
});
afterEach(() => test.drop());

async function putRule(name: string, pattern: object): Promise<void> {
  await test.database.transaction(async (sql) => {
    const targetId = await plantTarget(sql, { name });
    await sql.query(
      `WITH made AS (
         INSERT INTO rule (name, event_bus_name, event_pattern, missed_times, state)
         VALUES ($1, 'default', $2, 'LATEST', 'ENABLED') RETURNING id)
       INSERT INTO rule_target (rule_id, id, target_id) SELECT id, 'a', $3 FROM made`,
      [name, JSON.stringify(pattern), targetId],
    );
    await raiseVersion(sql);
  });
}

const record = (number: number, more = '') =>
  `{"eventID":"${testId(number)}","eventTime":"2026-11-20T11:59:00Z","eventSource":"s3.amazonaws.com"${more}}`;
const fileOf = (...records: string[]) => gzipSync(`{"Records":[${records.join(',')}]}`);

/** Ingests files, given by their names, in one batch. */
async function ingest(files: Readonly<Record<string, Buffer>>, ledgerOfBatch: Ledger = ledger): Promise<void> {
  const listed = Object.entries(files).map(([key, body]) => ({
    ...{ key, accountId: account, awsRegion: 'eu-west-1', deliveredAt: noon },
    ...{ size: body.length, etag: key },
  }));
  await ledger.discovered(source, listed);
  const store = {
    open: async (key: string) => ({ etag: key, size: 0, metadata: {}, body: bytesOf(files[key] as Buffer) }),
  } as unknown as ObjectStore;
  const claim = await ledger.claim({ maxFiles: 100, maxBytes: 2 ** 40, leaseSeconds: 60 });
  expect(claim.files.map(({ key }) => key).sort()).toEqual(Object.keys(files).sort());
  const deps = {
    database: test.database,
    ledger: ledgerOfBatch,
    partitions: createPartitions(test.database, Date.now),
    ...rulesOfIngest(),
    rules,
    now: () => new Date(noon),
    onData: () => undefined,
    onDeliveries: async () => {
      woken += 1;
    },
    decoders: localDecoders,
    guesses,
    telemetry: { stored: () => undefined },
    health: new SourceHealth(Date.now),
    stores: { forSource: async () => store },
  };
  await new ClaimedFiles(deps, claim, new AbortController().signal, silentLog).ingest();
}

async function* bytesOf(body: Buffer): AsyncGenerator<Uint8Array> {
  yield body;
}

/** Each as its rule and the last digits of its event. */
async function deliveries(): Promise<string[]> {
  const rows = await test.database.query<{ rule: string; event: string }>(
    'SELECT rule_name AS rule, event_id AS event FROM delivery ORDER BY rule_name, event_id',
  );
  return rows.map(({ rule, event }) => `${rule} ${Number(event.slice(-12))}`);
}

const sums = () =>
  test.database.query(
    `SELECT metric.dimensions ->> 'RuleName' AS name, sum(data_point.sum)::integer AS matched
     FROM metric JOIN data_point ON data_point.metric_id = metric.id
     WHERE metric.metric_name = 'MatchedEvents' GROUP BY 1 ORDER BY 1`,
  );

describe('a record', () => {
  const other = record(1, ',"eventName":"Other"');
  const cases: [string, Readonly<Record<string, Buffer>>[]][] = [
    ['twice in a file', [{ a: fileOf(record(1), record(1)) }]],
    ['twice in a file, with other bytes', [{ a: fileOf(record(1), other) }]],
    ['in two files of a batch', [{ a: fileOf(record(1)), b: fileOf(record(1)) }]],
    ['in two files of a batch, with other bytes', [{ a: fileOf(record(1)), b: fileOf(other) }]],
    ['in two batches', [{ a: fileOf(record(1)) }, { b: fileOf(record(1)) }]],
    ['in two batches, with other bytes', [{ a: fileOf(record(1)) }, { b: fileOf(other) }]],
    [
      'in three batches, of which the last expects it',
      [{ a: fileOf(record(1)) }, { b: fileOf(record(1)) }, { c: fileOf(record(1)) }],
    ],
  ];
  it.each(cases)('%s is delivered once', async (_, batches) => {
    for (const batch of batches) await ingest(batch);
    expect(await deliveries()).toEqual(['all 1']);
    expect(await sums()).toEqual([{ name: 'all', matched: 1 }]);
    expect(woken).toBe(1);
  });

  it('is delivered as it came first', async () => {
    await ingest({ a: fileOf(record(1, ',"n" : 1.50')) });
    await ingest({ b: fileOf(other) });
    const [row] = await test.database.query<{ body: string }>('SELECT body FROM delivery');
    expect(row?.body).toContain(`"detail":${record(1, ',"n" : 1.50')}}`);
  });

  it('is delivered once where many are expected to be duplicates and some are new', async () => {
    const some = (from: number, to: number) => Array.from({ length: to - from }, (_, index) => record(from + index));
    await ingest({ a: fileOf(...some(0, 100)) });
    await ingest({ b: fileOf(...some(0, 100)) });
    expect(guesses.expects(source.id)).toBe(true);
    await ingest({ c: fileOf(...some(50, 120), record(119)) });
    expect(await deliveries()).toHaveLength(120);
    expect(await sums()).toEqual([{ name: 'all', matched: 120 }]);
  });
});

it('is not delivered when its batch is rolled back, and once when the file is read again', async () => {
  const failing = Object.create(ledger) as LedgerService;
  failing.ingested = async () => {
    throw new Error('the ledger failed');
  };
  await ingest({ a: fileOf(record(1)) }, failing);
  expect(await deliveries()).toEqual([]);
  expect(await sums()).toEqual([]);
  expect(woken).toBe(0);
  await test.database.query('UPDATE log_file SET due_at = now()');
  await ingest({ a: fileOf(record(1)) });
  expect(await deliveries()).toEqual(['all 1']);
});

it('a rule put between two batches counts for the second, and one taken away does not', async () => {
  await ingest({ a: fileOf(record(1)) });
  await putRule('late', { source: ['aws.s3'] });
  await ingest({ b: fileOf(record(1), record(2)) });
  expect(await deliveries()).toEqual(['all 1', 'all 2', 'late 2']);
  await test.database.transaction(async (sql) => {
    await sql.query(`UPDATE rule SET state = 'DISABLED' WHERE name = 'all'`);
    await raiseVersion(sql);
  });
  await ingest({ c: fileOf(record(3)) });
  expect(await deliveries()).toEqual(['all 1', 'all 2', 'late 2', 'late 3']);
});

it('of a quarantined file what is intact is delivered, once', async () => {
  const broken = gzipSync(`{"Records":[${record(1)},${record(2)},{"eventID":`);
  await ingest({ a: broken });
  const states = await test.database.query('SELECT state FROM log_file');
  expect(states).toEqual([{ state: 'QUARANTINED' }]);
  expect(await deliveries()).toEqual(['all 1', 'all 2']);
  await ingest({ b: fileOf(record(1), record(2), record(3)) });
  expect(await deliveries()).toEqual(['all 1', 'all 2', 'all 3']);
});

it('a record that no AWS would write has its delivery, and takes none from others', async () => {
  const hostile = ['{}', '{"eventSource":1,"eventName":{}}', '{"__proto__":{"a":1}}', '{"eventName":"\\u0000\\ud800"}'];
  await ingest({ a: fileOf(record(1), ...hostile) });
  expect(await deliveries()).toHaveLength(1 + hostile.length);
});
