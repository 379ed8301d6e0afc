import { afterAll, beforeAll, expect, it } from 'vitest';
import { everyAccount } from '../../../src/access/scope.js';
import { CountCompletenessResolver } from '../../../src/events/completeness.resolver.js';
import type { EventCount } from '../../../src/events/event.entity.js';
import { CompletenessService } from '../../../src/sources/completeness.service.js';
import { ask, openTestApp, post } from '../../support/app.js';
import { storeEvents, testEvent } from '../../support/events.js';
import { at, IntegrityRows } from '../../support/integrity-rows.js';
import { createTestDatabase, type TestDatabase } from '../../support/test-database.js';

const [A, B] = ['111111111111', '222222222222'] as const;
const [ireland, frankfurt] = ['eu-west-1', 'eu-central-1'] as const;
const fields = '{ provenFrom provenThrough expectedThrough }';
let test: TestDatabase;
let app: Awaited<ReturnType<typeof openTestApp>>;

interface Figures {
  readonly provenFrom: string | null;
  readonly provenThrough: string | null;
  readonly expectedThrough: string | null;
}

beforeAll(async () => {
  test = await createTestDatabase();
  app = await openTestApp('api', { databaseUrl: test.url });
  const rows = new IntegrityRows(test.database);
  await rows.account(A);
  await rows.account(B);
  const source = await rows.source('S3_LISTING', [A, B]);
  for (const [account, region, span, lookedAt] of [
    [A, ireland, ['08:00', '11:00'], '12:00'],
    [A, frankfurt, ['09:00', '10:00'], '12:00'],
    [B, ireland, ['08:00', '09:30'], '11:00'],
  ] as const) {
    await rows.folder(source, account, region, at(lookedAt));
    await rows.digest(await rows.chain(account, region, { spans: [span] }), { start: span[0], end: span[1] });
  }
  await storeEvents(test.database, [
    testEvent({ accountId: A, awsRegion: ireland, eventTime: at('09:15').getTime() }),
    testEvent({ accountId: A, awsRegion: frankfurt, eventTime: at('09:15').getTime() }),
    testEvent({ accountId: B, awsRegion: ireland, eventTime: at('09:15').getTime() }),
  ]);
});

afterAll(async () => {
  await app.stop();
  await test.drop();
});

/** `09:00-09:30, 10:45` */
function text({ provenFrom, provenThrough, expectedThrough }: Figures): string {
  const clock = (time: string | null) => time?.slice(11, 16) ?? '?';
  return `${clock(provenFrom)}-${clock(provenThrough)}, ${clock(expectedThrough)}`;
}

it.each([
  ['without a filter, over everything', undefined, '09:00-09:30, 10:45'],
  ['over the accounts of the filter', { accountIds: [A] }, '09:00-10:00, 11:45'],
  ['over its regions', { accountIds: [A], regions: [ireland] }, '08:00-11:00, 11:45'],
  ['from its start', { accountIds: [A], eventTime: { from: at('10:30') } }, '?-?, 11:45'],
  ['whatever else it asks for', { accountIds: [B], eventNames: ['Nothing'] }, '08:00-09:30, 10:45'],
])('a page of events and an empty list of counts say how complete they are %s', async (_, filter, expected) => {
  const answer = await ask<{ events: { completeness: Figures }; completeness: Figures }>(
    app.url,
    `query ($filter: EventFilter) {
      events(filter: $filter) { completeness ${fields} }
      completeness(filter: $filter) ${fields}
    }`,
    { filter },
  );
  expect([answer.events.completeness, answer.completeness].map(text)).toEqual([expected, expected]);
});

it.each<[string[], string[]]>([
  [[], ['all: 09:00-09:30, 10:45']],
  [['EVENT_NAME'], ['ListBuckets: 09:00-09:30, 10:45']],
  [['ACCOUNT'], [`${A}: 09:00-10:00, 11:45`, `${B}: 08:00-09:30, 10:45`]],
  [
    ['EVENT_NAME', 'REGION'],
    ['ListBuckets eu-central-1: 09:00-10:00, 11:45', 'ListBuckets eu-west-1: 08:00-09:30, 10:45'],
  ],
  [
    ['REGION', 'ACCOUNT'],
    [
      `eu-central-1 ${A}: 09:00-10:00, 11:45`,
      `eu-west-1 ${A}: 08:00-11:00, 11:45`,
      `eu-west-1 ${B}: 08:00-09:30, 10:45`,
    ],
  ],
])('counts by %j say how complete each of them is', async (groupBy, expected) => {
  const { eventCounts } = await ask<{ eventCounts: { key: string[]; completeness: Figures }[] }>(
    app.url,
    `query ($groupBy: [EventDimension!]!) { eventCounts(groupBy: $groupBy) { key completeness ${fields} } }`,
    { groupBy },
  );
  const lines = eventCounts.map(({ key, completeness }) => `${key.join(' ') || 'all'}: ${text(completeness)}`);
  expect(lines.sort()).toEqual(expected);
});

it('accounts show it too, all of a list in one query, with what is known of their time', async () => {
  const { accounts } = await ask<{
    accounts: { nodes: { all: Figures; one: Figures; later: Figures; coverage: object[] }[] };
  }>(
    app.url,
    `query ($from: DateTime, $to: DateTime) { accounts { nodes {
      all: completeness ${fields} one: completeness(region: "eu-west-1") ${fields} later: completeness(from: $to) ${fields}
      coverage(from: $from, to: $to, region: "eu-west-1") { region trail start end state files events }
    } } }`,
    { from: at('07:00'), to: at('10:30') },
  );
  const [a, b] = accounts.nodes;
  expect([a?.all, a?.one, a?.later].map((figures) => text(figures as Figures))).toEqual([
    '09:00-10:00, 11:45',
    '08:00-11:00, 11:45',
    '?-?, 11:45',
  ]);
  expect(text(b?.all as Figures)).toBe('08:00-09:30, 10:45');
  const span = { region: ireland, trail: 'trail', files: 0, events: 0 };
  const [start, proven, end] = [at('08:00'), at('09:30'), at('10:30')].map((time) => time.toJSON());
  expect(b?.coverage).toEqual([
    { ...span, start, end: proven, state: 'COMPLETE' },
    { ...span, start: proven, end, state: 'OPEN' },
  ]);
});

it('refuses the same filters as the answer itself', async () => {
  const filter = '{ eventTime: { from: "2026-11-20T12:00:00Z", to: "2026-11-20T12:00:00Z" } }';
  const [counts, alone] = await Promise.all(
    ['eventCounts(groupBy: [], filter: F) { count }', 'completeness(filter: F) { provenThrough }'].map((field) =>
      post(app.url, 'the-admin-token-of-the-tests', `{ ${field.replace('F', filter)} }`),
    ),
  );
  expect(alone?.errors?.map(({ message }) => message)).toEqual(counts?.errors?.map(({ message }) => message));
  expect(alone?.errors?.[0]?.extensions.code).toBe('BAD_USER_INPUT');
});

it('the rows of one answer are worked out together', async () => {
  let queries = 0;
  const query: typeof test.database.query = (...args) => {
    queries += 1;
    return test.database.query(...args);
  };
  const service = new CompletenessService({ database: { ...test.database, reads: { query } }, now: () => at('18:00') });
  const resolver = new CountCompletenessResolver(service);
  const context = { caller: { accounts: everyAccount('a test') }, loaders: new Map() } as never;
  const asked = { groupBy: ['ACCOUNT'] as const };
  const count = (account: string) => ({ key: [account], asked }) as unknown as EventCount;
  const answers = await Promise.all([A, B, A].map((account) => resolver.completeness(count(account), context)));
  expect(answers.map(({ provenThrough }) => provenThrough)).toEqual([at('10:00'), at('09:30'), at('10:00')]);
  expect(queries).toBe(1);
});
