import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { everyAccount, scopeOfGrant } from '../../../src/access/scope.js';
import { type CoverageRequest, CoverageService } from '../../../src/sources/coverage.service.js';
import { at, clockOf, IntegrityRows } from '../../support/integrity-rows.js';
import { createTestDatabase, type TestDatabase } from '../../support/test-database.js';

const [A, B] = ['111111111111', '222222222222'] as const;
const [ireland, frankfurt] = ['eu-west-1', 'eu-central-1'] as const;
const all = everyAccount('the tests see everything');
let test: TestDatabase;
let rows: IntegrityRows;
let service: CoverageService;

beforeAll(async () => {
  test = await createTestDatabase();
  service = new CoverageService({ database: test.database, now: () => at('18:00') });
});
afterAll(() => test.drop());

beforeEach(async () => {
  await test.database.query(`TRUNCATE account, log_file, account_region, digest_chain, log_bucket CASCADE`);
  rows = new IntegrityRows(test.database);
  await rows.account(A);
});

/** `eu-west-1 trail COMPLETE 08:00-12:00 +3/40` for three files with 40 events. */
async function coverage(request: Partial<CoverageRequest> = {}, scope = all): Promise<string[]> {
  const spans = await service.spans(scope, { accountId: A, from: at('06:00'), to: at('18:00'), ...request });
  return spans.map(({ region, trail, state, start, end, files, events }) => {
    const held = files + events > 0 ? ` +${files}/${events}` : '';
    return `${region} ${trail ?? '-'} ${state} ${clockOf(start)}-${clockOf(end)}${held}`;
  });
}

it('joins the windows of an unbroken chain and counts the files that its digests name', async () => {
  const chain = await rows.chain(A, ireland, { spans: [['08:00', '12:00']] });
  for (const [start, end] of [
    ['08:00', '09:00'],
    ['09:00', '10:00'],
    ['10:00', '12:00'],
  ] as const) {
    const digest = await rows.digest(chain, { start, end, files: 1 });
    await rows.file({ accountId: A, deliveredAt: at(end), digestId: digest, events: 3, duplicates: 2 });
  }
  expect(await coverage()).toEqual(['eu-west-1 trail COMPLETE 08:00-12:00 +3/15', 'eu-west-1 trail OPEN 12:00-18:00']);
});

it('shows each window with a file that is gone, changed or still to be read', async () => {
  const chain = await rows.chain(A, ireland, {
    spans: [
      ['08:00', '09:00'],
      ['12:00', '13:00'],
    ],
  });
  const window = async (start: string, end: string, file: { state?: string; integrity: string }) => {
    const digest = await rows.digest(chain, { start, end, files: 2 });
    await rows.file({ accountId: A, deliveredAt: at(start), digestId: digest, integrity: 'VERIFIED' });
    await rows.file({ accountId: A, deliveredAt: at(start), digestId: digest, ...file });
  };
  await window('08:00', '09:00', { integrity: 'VERIFIED' });
  await window('09:00', '10:00', { integrity: 'TAMPERED' });
  await window('10:00', '11:00', { integrity: 'MISSING', state: 'MISSING' });
  await window('11:00', '12:00', { integrity: 'UNVERIFIED', state: 'DISCOVERED' });
  await window('12:00', '13:00', { integrity: 'VERIFIED' });
  expect(await coverage({ to: at('13:00') })).toEqual([
    'eu-west-1 trail COMPLETE 08:00-09:00 +2/0',
    'eu-west-1 trail TAMPERED 09:00-10:00 +2/0',
    'eu-west-1 trail MISSING 10:00-11:00 +2/0',
    'eu-west-1 trail OPEN 11:00-12:00 +2/0',
    'eu-west-1 trail COMPLETE 12:00-13:00 +2/0',
  ]);
});

it('a window that is not in a proven span yet is open', async () => {
  const chain = await rows.chain(A, ireland, { spans: [['08:00', '09:00']] });
  await rows.digest(chain, { start: '08:00', end: '09:00' });
  await rows.digest(chain, { start: '09:00', end: '10:00' });
  expect(await coverage({ to: at('10:00') })).toEqual([
    'eu-west-1 trail COMPLETE 08:00-09:00',
    'eu-west-1 trail OPEN 09:00-10:00',
  ]);
});

it('a window whose digest names what is not collected here is unverifiable', async () => {
  const chain = await rows.chain(A, ireland);
  const digest = await rows.digest(chain, { start: '08:00', end: '09:00', files: 1 });
  await test.database.query(`UPDATE digest SET error = 'it names 1 file in another bucket' WHERE id = $1`, [digest]);
  expect(await coverage({ to: at('09:00') })).toEqual(['eu-west-1 trail UNVERIFIABLE 08:00-09:00 +1/0']);
});

it('where a chain began anew without a gap, two spans touch', async () => {
  const chain = await rows.chain(A, ireland, { spans: [['08:00', '10:00']] });
  await rows.span(chain, '10:00', '12:00');
  await rows.digest(chain, { start: '08:00', end: '10:00' });
  await rows.digest(chain, { start: '10:00', end: '11:00', beginsChain: true });
  await rows.digest(chain, { start: '11:00', end: '12:00' });
  expect(await coverage({ to: at('12:00') })).toEqual([
    'eu-west-1 trail COMPLETE 08:00-10:00',
    'eu-west-1 trail COMPLETE 10:00-12:00',
  ]);
});

it('shows digests that are gone, invalid, unread, and validation that was off', async () => {
  const chain = await rows.chain(A, ireland, {
    spans: [
      ['07:00', '08:00'],
      ['10:00', '11:00'],
      ['12:00', '13:00'],
      ['15:00', '16:00'],
    ],
  });
  await rows.digest(chain, { start: '07:00', end: '08:00' });
  await rows.digest(chain, { end: '10:00', state: 'MISSING' });
  await rows.digest(chain, { start: '10:00', end: '11:00' });
  // Its window is what it says itself, and it is not to be believed.
  await rows.digest(chain, { start: '06:00', end: '12:00', state: 'INVALID' });
  await rows.digest(chain, { start: '12:00', end: '13:00' });
  await rows.digest(chain, { start: '15:00', end: '16:00', beginsChain: true });
  await rows.digest(chain, { end: '17:00', state: 'DISCOVERED' });
  expect(await coverage()).toEqual([
    'eu-west-1 trail COMPLETE 07:00-08:00',
    'eu-west-1 trail MISSING 08:00-10:00',
    'eu-west-1 trail COMPLETE 10:00-11:00',
    'eu-west-1 trail UNVERIFIABLE 11:00-12:00',
    'eu-west-1 trail COMPLETE 12:00-13:00',
    'eu-west-1 trail UNVERIFIABLE 13:00-15:00',
    'eu-west-1 trail COMPLETE 15:00-16:00',
    'eu-west-1 trail OPEN 16:00-18:00',
  ]);
});

it('judges the ends of the range by what lies beyond them', async () => {
  const chain = await rows.chain(A, ireland, {
    spans: [
      ['06:00', '07:00'],
      ['16:00', '17:00'],
    ],
  });
  await rows.digest(chain, { start: '06:00', end: '07:00' });
  await rows.digest(chain, { start: '16:00', end: '17:00' });
  expect(await coverage({ from: at('09:00'), to: at('12:00') })).toEqual(['eu-west-1 trail MISSING 09:00-12:00']);
  await rows.digest(chain, { end: '13:00', state: 'DISCOVERED' });
  expect(await coverage({ from: at('09:00'), to: at('12:00') })).toEqual(['eu-west-1 trail OPEN 09:00-12:00']);
});

it('a file of a backfill digest that was changed breaks the time of that digest', async () => {
  const chain = await rows.chain(A, ireland, { spans: [['08:00', '18:00']] });
  await rows.digest(chain, { start: '08:00', end: '18:00' });
  const backfill = await rows.chain(A, ireland, { isBackfill: true });
  const digest = await rows.digest(backfill, { start: '10:00', end: '11:00', files: 1 });
  const good = await rows.digest(backfill, { start: '12:00', end: '13:00', files: 1, proven: true });
  const file = { accountId: A, deliveredAt: at('10:10'), events: 7 };
  await rows.file({ ...file, digestId: digest, integrity: 'TAMPERED' });
  await rows.file({ ...file, digestId: good, integrity: 'VERIFIED' });
  expect(await coverage()).toEqual([
    'eu-west-1 trail COMPLETE 08:00-10:00',
    'eu-west-1 trail TAMPERED 10:00-11:00 +1/7',
    'eu-west-1 trail COMPLETE 11:00-18:00',
  ]);
});

it('files of a region without digests, or of before the first one, are unverifiable', async () => {
  const chain = await rows.chain(A, ireland, { spans: [['12:00', '13:00']] });
  const digest = await rows.digest(chain, { start: '12:00', end: '13:00', beginsChain: true });
  await rows.file({ accountId: A, deliveredAt: at('12:30'), digestId: digest });
  await rows.file({ accountId: A, deliveredAt: at('08:20'), events: 1 });
  await rows.file({ accountId: A, deliveredAt: at('11:50'), events: 2 });
  await rows.file({ accountId: A, deliveredAt: at('17:50') });
  await rows.file({ accountId: A, deliveredAt: at('09:50'), region: frankfurt, events: 4, duplicates: 1 });
  await rows.file({ accountId: A, deliveredAt: at('05:50'), region: frankfurt });
  const spans = [
    'eu-central-1 - UNVERIFIABLE 09:00-10:00 +1/5',
    'eu-west-1 - UNVERIFIABLE 08:00-12:00 +2/3',
    'eu-west-1 trail COMPLETE 12:00-13:00',
    'eu-west-1 trail OPEN 13:00-18:00',
  ];
  expect(await coverage()).toEqual(spans);
  expect(await coverage({ region: frankfurt })).toEqual(spans.slice(0, 1));
  expect(await coverage({ region: ireland })).toEqual(spans.slice(1));
  expect(await coverage({ from: at('12:00'), region: ireland })).toEqual(spans.slice(2));
});

it('shows each trail and region by itself, and other accounts not at all', async () => {
  await rows.account(B);
  for (const [account, region, trail] of [
    [A, ireland, 'one'],
    [A, ireland, 'two'],
    [A, frankfurt, 'one'],
    [B, ireland, 'one'],
  ] as const) {
    const chain = await rows.chain(account, region, { trail, spans: [['17:00', '18:00']] });
    await rows.digest(chain, { start: '17:00', end: '18:00' });
  }
  expect(await coverage()).toEqual([
    'eu-central-1 one COMPLETE 17:00-18:00',
    'eu-west-1 one COMPLETE 17:00-18:00',
    'eu-west-1 two COMPLETE 17:00-18:00',
  ]);
  expect(await coverage({}, scopeOfGrant([B]))).toEqual([]);
  expect(await coverage({ accountId: B }, scopeOfGrant([A]))).toEqual([]);
});

it('reaches from seven days ago to now, and not into the future', async () => {
  const chain = await rows.chain(A, ireland, { spans: [['08:00', '09:00']] });
  await rows.digest(chain, { start: '08:00', end: '09:00' });
  const spans = ['eu-west-1 trail COMPLETE 08:00-09:00', 'eu-west-1 trail OPEN 09:00-18:00'];
  expect(await coverage({ from: null, to: null })).toEqual(spans);
  expect(await coverage({ to: new Date('2027-01-01T00:00:00Z') })).toEqual(spans);
  expect(await coverage({ from: at('19:00'), to: at('20:00') })).toEqual([]);
  const [early] = await service.spans(all, { accountId: A, to: new Date('2026-11-27T08:30:00Z') });
  expect(early?.start).toEqual(at('08:30'));
});

it.each([
  ['from', 'is empty', at('12:00'), at('12:00')],
  ['from', '401 days before `to`', new Date('2025-10-16T11:00:00Z'), at('12:00')],
])('refuses a range whose `%s` %s', async (argument, reason, from, to) => {
  await expect(coverage({ from, to })).rejects.toMatchObject({ code: 'BAD_USER_INPUT', details: { argument } });
  await expect(coverage({ from, to })).rejects.toThrow(reason);
});

it('refuses to answer with more than 10,000 spans', async () => {
  const chain = await rows.chain(A, ireland);
  await test.database.query(
    `INSERT INTO digest (chain_id, bucket_id, key, source_id, named_at, etag, state, due_at, start_time, end_time, previous_key)
     SELECT $1, bucket_id, 'd' || minute, gen_random_uuid(), end_time, 'e', 'VERIFIED', NULL,
       end_time - interval '1 second', end_time, 'p'
     FROM digest_chain, generate_series(1, 5001) AS minute,
       LATERAL (SELECT $2::timestamptz + minute * interval '2 seconds' AS end_time) AS window_end
     WHERE digest_chain.id = $1`,
    [chain, at('08:00')],
  );
  await expect(coverage()).rejects.toMatchObject({ code: 'COST_EXCEEDED' });
  expect(await coverage({ from: at('09:00'), to: at('09:01') })).toHaveLength(60);
});
