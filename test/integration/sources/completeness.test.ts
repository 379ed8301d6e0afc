import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { everyAccount, scopeOfGrant } from '../../../src/access/scope.js';
import { createRetention } from '../../../src/accounts/retention.service.js';
import { type CompletenessRequest, CompletenessService } from '../../../src/sources/completeness.service.js';
import { at, clockOf, IntegrityRows } from '../../support/integrity-rows.js';
import { createTestDatabase, type TestDatabase } from '../../support/test-database.js';

const [A, B, C] = ['111111111111', '222222222222', '333333333333'] as const;
const [ireland, frankfurt] = ['eu-west-1', 'eu-central-1'] as const;
const all = everyAccount('the tests see everything');
let test: TestDatabase;
let rows: IntegrityRows;
let service: CompletenessService;

beforeAll(async () => {
  test = await createTestDatabase();
  // Accounts keep ten days where they say nothing else.
  const retention = createRetention({ sql: test.database, days: 10, now: () => at('18:00').getTime() });
  service = new CompletenessService({ database: test.database, retention, now: () => at('18:00') });
});
afterAll(() => test.drop());

beforeEach(async () => {
  await test.database.query(
    `TRUNCATE account, source, source_account, log_file, account_region, digest_chain, log_bucket CASCADE`,
  );
  rows = new IntegrityRows(test.database);
  await rows.account(A);
});

/** `08:00-12:00`, or null. */
async function proven(request: CompletenessRequest = {}, scope = all): Promise<string | null> {
  const { provenFrom, provenThrough } = await service.over(scope, request);
  expect(provenFrom === null).toBe(provenThrough === null);
  return provenFrom === null ? null : `${clockOf(provenFrom)}-${clockOf(provenThrough)}`;
}

async function expected(request: CompletenessRequest = {}, scope = all): Promise<string | null> {
  return clockOf((await service.over(scope, request)).expectedThrough);
}

describe('what is proven', () => {
  it('is the span of the one chain there is', async () => {
    await rows.chain(A, ireland, { spans: [['08:00', '12:00']] });
    expect(await proven()).toBe('08:00-12:00');
  });

  it('stands still at the first break until it is mended, but for those who ask from behind it', async () => {
    const chain = await rows.chain(A, ireland, { spans: [['08:00', '10:00']] });
    await rows.span(chain, '11:00', '14:00');
    expect(await proven()).toBe('08:00-10:00');
    expect(await proven({ from: at('08:00') })).toBe('08:00-10:00');
    expect(await proven({ from: at('11:00') })).toBe('11:00-14:00');
    expect(await proven({ from: at('13:30') })).toBe('11:00-14:00');
    await test.database.query('DELETE FROM proven_span');
    await rows.span(chain, '08:00', '14:00');
    expect(await proven()).toBe('08:00-14:00');
  });

  it.each([
    ['lies before the chain', '07:00'],
    ['lies in the break', '10:30'],
    ['is where a span ends', '10:00'],
    ['lies behind everything', '15:00'],
  ])('is nothing for a start that %s', async (_, from) => {
    await rows.chain(A, ireland, {
      spans: [
        ['08:00', '10:00'],
        ['11:00', '14:00'],
      ],
    });
    expect(await proven({ from: at(from) })).toBeNull();
  });

  it('is what all trails, regions and accounts have in common', async () => {
    await rows.chain(A, ireland, { spans: [['08:00', '13:00']] });
    await rows.chain(A, ireland, { trail: 'other', spans: [['07:00', '12:30']] });
    expect(await proven()).toBe('08:00-12:30');
    await rows.chain(A, frankfurt, { spans: [['08:30', '14:00']] });
    expect(await proven()).toBe('08:30-12:30');
    await rows.account(B);
    await rows.chain(B, ireland, { spans: [['06:00', '11:00']] });
    expect(await proven()).toBe('08:30-11:00');
    expect(await proven({ accountIds: [A] })).toBe('08:30-12:30');
    expect(await proven({ accountIds: [A], regions: [frankfurt] })).toBe('08:30-14:00');
    expect(await proven({ from: at('09:00') })).toBe('08:30-11:00');
  });

  it('never grows by asking for more: the first spans count, not the first common one', async () => {
    await rows.account(B);
    await rows.chain(A, ireland, {
      spans: [
        ['08:00', '10:00'],
        ['12:00', '20:00'],
      ],
    });
    await rows.chain(B, ireland, { spans: [['11:00', '19:00']] });
    expect(await proven({ accountIds: [A] })).toBe('08:00-10:00');
    expect(await proven()).toBeNull();
    expect(await proven({ from: at('12:00') })).toBe('12:00-19:00');
  });

  it('is nothing while a region in which files were found has no digests, unless others are asked for', async () => {
    await rows.chain(A, ireland, { spans: [['08:00', '12:00']] });
    await rows.regions(A, frankfurt);
    expect(await proven()).toBeNull();
    expect(await proven({ regions: [ireland] })).toBe('08:00-12:00');
    expect(await proven({ regions: [frankfurt] })).toBeNull();
  });

  it('is nothing while one chain has no proven span at all', async () => {
    await rows.chain(A, ireland, { spans: [['08:00', '12:00']] });
    await rows.chain(A, frankfurt);
    expect(await proven()).toBeNull();
  });

  it('is nothing while an account has nothing, or is not connected', async () => {
    await rows.chain(A, ireland, { spans: [['08:00', '12:00']] });
    expect(await proven({ accountIds: [A, C] })).toBeNull();
    await rows.account(B);
    expect(await proven()).toBeNull();
    expect(await proven({ accountIds: [A] })).toBe('08:00-12:00');
  });

  it('does not wait for regions that are no longer collected, unless they are asked for', async () => {
    await rows.account(B, [ireland]);
    await rows.chain(B, ireland, { spans: [['08:00', '12:00']] });
    await rows.regions(B, frankfurt);
    expect(await proven({ accountIds: [B] })).toBe('08:00-12:00');
    expect(await proven({ accountIds: [B], regions: [ireland, frankfurt] })).toBeNull();
  });

  it('is not moved by backfill digests, but broken by a file that one names and that is gone', async () => {
    const chain = await rows.chain(A, ireland, { spans: [['08:00', '14:00']] });
    const backfill = await rows.chain(A, ireland, { isBackfill: true });
    const digest = await rows.digest(backfill, { start: '10:00', end: '11:00', files: 1, proven: true });
    const file = { accountId: A, deliveredAt: at('10:10'), digestId: digest };
    await rows.file({ ...file, integrity: 'VERIFIED' });
    expect(await proven()).toBe('08:00-14:00');
    await rows.file({ ...file, integrity: 'MISSING', state: 'MISSING' });
    await rows.unproven(digest);
    expect(await proven()).toBe('08:00-10:00');
    expect(await proven({ from: at('10:30') })).toBeNull();
    expect(await proven({ from: at('11:00') })).toBe('11:00-14:00');
    await rows.span(chain, '16:00', '17:00');
    expect(await proven({ from: at('16:00') })).toBe('16:00-17:00');
    // Of another region nothing is broken.
    await rows.chain(A, frankfurt, { spans: [['08:00', '14:00']] });
    expect(await proven({ regions: [frankfurt] })).toBe('08:00-14:00');
  });
});

describe('what retention has deleted is proven no longer', () => {
  const midnight = (day: number) => new Date(Date.UTC(2026, 10, day));

  beforeEach(async () => {
    const chain = await rows.chain(A, ireland);
    for (const [start, end] of [
      [1, 5],
      [8, 14],
      [16, 20],
    ] as const) {
      await test.database.query('INSERT INTO proven_span VALUES ($1, $2, $3)', [chain, midnight(start), midnight(end)]);
    }
  });

  it.each([
    ['by the retention of the installation', null, 10, 14],
    ['by that of the account, shorter', 3, 17, 20],
    ['by that of the account, to where the first span ends', 15, 8, 14],
    ['by that of the account, much longer', 100, 1, 5],
  ])('%s', async (_, days, from, through) => {
    await test.database.query('UPDATE account SET retention_days = $1', [days]);
    const { provenFrom, provenThrough } = await service.over(all, {});
    expect([provenFrom, provenThrough]).toEqual([midnight(from), midnight(through)]);
    expect((await service.over(all, { from: midnight(9) })).provenThrough).toEqual(
      days !== null && days > 10 ? midnight(14) : null,
    );
    expect((await service.over(all, { from: midnight(18) })).provenThrough).toEqual(midnight(20));
  });

  it('also when the account keeps more from now on: what was deleted does not come back', async () => {
    await test.database.query('INSERT INTO retention_mark VALUES ($1, 1, 1, $2)', [A, midnight(9)]);
    await test.database.query('UPDATE account SET retention_days = 100');
    const { provenFrom, provenThrough } = await service.over(all, {});
    expect([provenFrom, provenThrough]).toEqual([midnight(9), midnight(14)]);
    expect((await service.over(all, { from: midnight(2) })).provenThrough).toBeNull();
  });
});

describe('what is expected', () => {
  it('is a quarter of an hour before the oldest look at a folder, and never known before each was looked at', async () => {
    const source = await rows.source('S3_LISTING', [A]);
    await rows.folder(source, A, ireland, at('12:00'));
    expect(await expected()).toBe('11:45');
    await rows.folder(source, A, frankfurt, at('11:30'));
    expect(await expected()).toBe('11:15');
    expect(await expected({ regions: [ireland] })).toBe('11:45');
    await rows.folder(source, A, ireland, null);
    expect(await expected()).toBeNull();
    expect(await expected({ regions: [frankfurt] })).toBe('11:15');
  });

  it('does not wait for folders of digests, which are listed less often', async () => {
    const source = await rows.source('S3_LISTING', [A]);
    await rows.folder(source, A, ireland, at('12:00'));
    await rows.folder(source, A, ireland, at('11:00'), true);
    expect(await expected()).toBe('11:45');
  });

  it('is the oldest of all sources and accounts', async () => {
    await rows.account(B);
    const first = await rows.source('S3_LISTING', [A, B]);
    await rows.folder(first, A, ireland, at('12:00'));
    await rows.folder(first, B, ireland, at('11:00'));
    expect(await expected()).toBe('10:45');
    expect(await expected({}, scopeOfGrant([A]))).toBe('11:45');
    const second = await rows.source('DIRECTORY', [A]);
    expect(await expected({ accountIds: [A] })).toBeNull();
    await test.database.query('UPDATE source_account SET looked_at = $2 WHERE source_id = $1', [second, at('10:00')]);
    expect(await expected({ accountIds: [A] })).toBe('09:45');
  });

  it('is the lesser of queue and listing for notifications, and the queue alone where nothing can be listed', async () => {
    const source = await rows.source('S3_NOTIFICATIONS', [A]);
    const polled = (time: Date | null) => test.database.query('UPDATE source SET last_polled_at = $1', [time]);
    expect(await expected()).toBeNull();
    await polled(at('12:00'));
    expect(await expected()).toBe('11:45');
    await rows.folder(source, A, ireland, null);
    expect(await expected()).toBeNull();
    await rows.folder(source, A, ireland, at('11:00'));
    expect(await expected()).toBe('10:45');
    await polled(at('10:00'));
    expect(await expected()).toBe('09:45');
    await polled(null);
    expect(await expected()).toBe('10:45');
  });

  it('is the last look for folders where an account has none, and unknown where no source collects it', async () => {
    await rows.account(B);
    const source = await rows.source('S3_LISTING', [A]);
    expect(await expected({ accountIds: [A] })).toBeNull();
    await test.database.query('UPDATE source_account SET mapped_at = $1', [at('12:00')]);
    expect(await expected({ accountIds: [A] })).toBe('11:45');
    await rows.folder(source, A, ireland, at('11:30'));
    expect(await expected({ accountIds: [A] })).toBe('11:15');
    expect(await expected({ accountIds: [A], regions: [frankfurt] })).toBe('11:45');
    expect(await expected({ accountIds: [B] })).toBeNull();
    expect(await expected()).toBeNull();
  });

  it.each([
    ['a file that waits', { state: 'DISCOVERED' }, '09:45'],
    ['a file that is being read', { state: 'INGESTING' }, '09:45'],
    ['a file that could not be fetched', { state: 'QUARANTINED' }, '09:45'],
    ['a file that was read and is damaged', { state: 'QUARANTINED', ingestedAt: at('11:00') }, '11:45'],
    ['a file that is gone', { state: 'MISSING' }, '11:45'],
    ['a file that was read', { state: 'INGESTED' }, '11:45'],
  ])('%s', async (_, file, through) => {
    const source = await rows.source('S3_LISTING', [A]);
    await rows.folder(source, A, ireland, at('12:00'));
    await rows.file({ accountId: A, deliveredAt: at('10:00'), sourceId: source, ...file });
    expect(await expected()).toBe(through);
  });

  it('does not wait for files of before the time asked about, of other regions, or that nobody collects', async () => {
    const source = await rows.source('S3_LISTING', [A]);
    await rows.folder(source, A, ireland, at('12:00'));
    await rows.file({ accountId: A, deliveredAt: at('10:00'), sourceId: source, state: 'DISCOVERED' });
    expect(await expected({ from: at('10:00') })).toBe('09:45');
    expect(await expected({ from: at('10:01') })).toBe('11:45');
    await rows.folder(source, A, frankfurt, at('12:00'));
    expect(await expected({ regions: [frankfurt] })).toBe('11:45');
    await test.database.query('UPDATE log_file SET source_id = gen_random_uuid()');
    expect(await expected()).toBe('11:45');
  });
});

describe('what is asked for', () => {
  beforeEach(async () => {
    await rows.account(B);
    const source = await rows.source('S3_LISTING', [A, B]);
    await rows.folder(source, A, ireland, at('12:00'));
    await rows.folder(source, B, ireland, at('11:00'));
    await rows.chain(A, ireland, { spans: [['08:00', '11:00']] });
    await rows.chain(A, frankfurt, { spans: [['09:00', '10:30']] });
    await rows.chain(B, ireland, { spans: [['08:30', '10:00']] });
    await rows.file({ accountId: B, deliveredAt: at('07:00'), sourceId: source, state: 'DISCOVERED' });
  });

  it('an account beyond reach moves no figure, named or not', async () => {
    const onlyA = scopeOfGrant([A]);
    const own = { provenFrom: at('09:00'), provenThrough: at('10:30'), expectedThrough: at('11:45') };
    expect(await service.over(onlyA, {})).toEqual(own);
    expect(await service.over(onlyA, { accountIds: [A, B] })).toEqual(own);
    expect(await service.over(onlyA, { accountIds: [A, C] })).toEqual(own);
    const nothing = { provenFrom: null, provenThrough: null, expectedThrough: null };
    expect(await service.over(onlyA, { accountIds: [B] })).toEqual(nothing);
    const byAccount = await service.by(onlyA, {}, ['account']);
    expect(byAccount.get({ account: A })).toEqual(own);
    expect(byAccount.get({ account: B })).toEqual(nothing);
    const byRegion = await service.by(onlyA, {}, ['region']);
    expect(clockOf(byRegion.get({ region: ireland }).provenThrough)).toBe('11:00');
  });

  it('accounts of a grant that are not connected do not count, those of a filter do', async () => {
    expect(await proven({}, scopeOfGrant([A, C]))).toBe('09:00-10:30');
    expect(await proven({ accountIds: [A, C] }, scopeOfGrant([A, C]))).toBeNull();
  });

  it('is answered for each account, region, and both', async () => {
    const spans = async (groupBy: readonly ('account' | 'region')[]) => {
      const byKey = await service.by(all, {}, groupBy);
      return (key: { account?: string; region?: string }) => {
        const { provenFrom, provenThrough, expectedThrough } = byKey.get(key);
        return [provenFrom, provenThrough, expectedThrough].map(clockOf).join(' ');
      };
    };
    const account = await spans(['account']);
    expect([account({ account: A }), account({ account: B })]).toEqual(['09:00 10:30 11:45', '08:30 10:00 06:45']);
    const region = await spans(['region']);
    expect(region({ region: ireland })).toBe('08:30 10:00 06:45');
    const both = await spans(['account', 'region']);
    expect(both({ account: A, region: ireland })).toBe('08:00 11:00 11:45');
    expect(both({ account: B, region: ireland })).toBe('08:30 10:00 06:45');
    expect(both({ account: B, region: frankfurt })).toBe('  ');
    expect((await spans([]))({})).toBe('09:00 10:00 06:45');
  });
});
