import { describe, expect, it } from 'vitest';
import type { Source } from '../../../src/sources/source.entity.js';
import { BackfillBench, minute, noon } from '../../support/backfills.js';
import { A, admin, digestKey, logKey } from '../../support/collection.js';

const bench = new BackfillBench();
const { signal } = new AbortController();
const hour = 60 * minute;
const day = 24 * hour;
const later = (ms: number) => new Date(noon.getTime() + ms);

/** Passes at a time, and the folders of days that it listed. */
async function pass(source: Source, now = noon) {
  const fresh = await bench.collection.sources.find(admin.accounts, source.id);
  bench.aws.calls.length = 0;
  await bench.collection.s3Discovery.pass(fresh ?? source, now, signal);
  return { listed: bench.listedFolders() };
}

describe('a day that digests prove', () => {
  const dayBefore = new Date('2026-11-19T00:00:00Z');

  /**
   * A chain of A in eu-west-1 whose proven spans are these, in hours from the start of the day before, with a digest
   * that names every file.
   */
  async function prove(source: Source, spans: readonly (readonly [number, number])[], trail = 'trail') {
    const time = (hours: number) => new Date(dayBefore.getTime() + hours * hour);
    const [chain] = await bench.collection.database.query<{ id: string }>(
      `INSERT INTO digest_chain (bucket_id, account_id, aws_region, trail, home_region)
       VALUES ($1, $2, 'eu-west-1', $3, 'eu-west-1') RETURNING id`,
      [source.bucketId, A, trail],
    );
    for (const [start, end] of spans) {
      await bench.collection.database.query(
        'INSERT INTO proven_span (chain_id, start_time, end_time) VALUES ($1, $2, $3)',
        [chain?.id, time(start), time(end)],
      );
    }
    await bench.collection.database.query(
      `WITH named_by AS (
         INSERT INTO digest (chain_id, bucket_id, key, source_id, named_at, etag, state)
         VALUES ($1, $2, $3, $4, $5, 'e', 'VERIFIED') RETURNING id)
       UPDATE log_file SET digest_id = named_by.id FROM named_by`,
      [chain?.id, source.bucketId, digestKey(A, time(5), trail), source.id, time(5)],
    );
    return chain?.id;
  }

  /** A digest beside the verified one, which somebody else put there. */
  async function forge(source: Source, chainId: string | undefined) {
    const time = new Date(dayBefore.getTime() + 6 * hour);
    await bench.collection.database.query(
      `INSERT INTO digest (chain_id, bucket_id, key, source_id, named_at, etag, state, due_at)
       VALUES ($1, $2, $3, $4, $5, 'e', 'INVALID', NULL)`,
      [chainId, source.bucketId, digestKey(A, time), source.id, time],
    );
  }

  /** Whether the day before is still listed a day later. */
  async function isListed(prepare: (source: Source) => Promise<unknown>): Promise<boolean> {
    bench.aws.put('central', logKey(A, later(-day), 'a'));
    const source = await bench.connect({ accountIds: [A] });
    await pass(source);
    await prepare(source);
    const { listed } = await pass(source, later(day));
    return listed.includes(`AWSLogs/${A}/CloudTrail/eu-west-1/2026/11/19/`);
  }

  it('is not listed again', async () => {
    expect(await isListed((source) => prove(source, [[-5, 30]]))).toBe(false);
    expect(
      await bench.collection.database.query('SELECT closed_at, due_at FROM listing WHERE closed_at IS NOT NULL'),
    ).toEqual([{ closed_at: later(day), due_at: Number.POSITIVE_INFINITY }]);
  });

  it('to the very second is not listed again', async () => {
    expect(await isListed((source) => prove(source, [[0, 24]]))).toBe(false);
  });

  const unproven: [string, (source: Source) => Promise<unknown>][] = [
    ['has no chain of digests', async () => undefined],
    ['is not proven to its end', (source) => prove(source, [[0, 23.5]])],
    ['is not proven from its start', (source) => prove(source, [[0.5, 30]])],
    [
      'has a gap',
      (source) =>
        prove(source, [
          [-1, 10],
          [11, 30],
        ]),
    ],
    [
      'is proven for one of two trails',
      async (source) => {
        await prove(source, [[0, 30]]);
        await prove(source, [[0, 5]], 'second');
      },
    ],
    [
      'has a file that no digest names',
      async (source) => {
        await prove(source, [[0, 30]]);
        await bench.collection.database.query('UPDATE log_file SET digest_id = NULL');
      },
    ],
    [
      'has a file that only a digest names which does not hold',
      async (source) => {
        await prove(source, [[0, 30]]);
        await bench.collection.database.query(
          `WITH made AS (
             INSERT INTO digest (chain_id, bucket_id, key, source_id, named_at, etag, state)
             SELECT chain_id, bucket_id, 'k', source_id, now(), 'e', 'INVALID' FROM digest RETURNING id
           )
           UPDATE log_file SET digest_id = made.id FROM made`,
        );
      },
    ],
    [
      'has its digests under another root, as of another trail',
      async (source) => {
        await prove(source, [[0, 30]]);
        await bench.collection.database.query('UPDATE digest SET key = $1', [
          digestKey(A, dayBefore, 'trail', 'AWSLogs/o-abcdefghij/'),
        ]);
      },
    ],
    [
      'has a file that only an unverified digest names',
      async (source) => {
        await forge(source, await prove(source, [[0, 30]]));
        await bench.collection.database.query(
          `UPDATE log_file SET digest_id = digest.id FROM digest WHERE digest.state = 'INVALID'`,
        );
      },
    ],
    [
      'has only an unverified digest under its root',
      async (source) => {
        const chainId = await prove(source, [[0, 30]]);
        await bench.collection.database.query('UPDATE digest SET key = $1', [
          digestKey(A, dayBefore, 'trail', 'AWSLogs/o-abcdefghij/'),
        ]);
        await forge(source, chainId);
      },
    ],
    [
      'is proven by backfill digests only',
      async (source) => {
        await prove(source, [[0, 30]]);
        await bench.collection.database.query('UPDATE digest_chain SET is_backfill = true');
      },
    ],
    [
      'is proven in another bucket',
      async (source) => {
        await prove(source, [[0, 30]]);
        const other = await bench.connect({ bucket: 'other' });
        await bench.collection.database.query('UPDATE digest_chain SET bucket_id = $1', [other.bucketId]);
      },
    ],
  ];
  it.each(unproven)('goes on to be listed when it %s', async (_, prepare) => {
    expect(await isListed(prepare)).toBe(true);
  });

  it('is listed once after its end, even if it is proven by then', async () => {
    bench.aws.put('central', logKey(A, noon, 'a'));
    const source = await bench.connect({ accountIds: [A] });
    await pass(source);
    await prove(source, [[0, 60]]);
    const folder = `AWSLogs/${A}/CloudTrail/eu-west-1/2026/11/20/`;
    await bench.collection.database.query('UPDATE digest SET key = $1', [digestKey(A, noon)]);
    expect((await pass(source, later(15 * hour))).listed).toContain(folder);
    expect((await pass(source, later(30 * hour))).listed).not.toContain(folder);
  });
});
