import { afterAll, beforeAll, expect, it } from 'vitest';
import { everyAccount, narrow } from '../../../src/access/scope.js';
import type { EventFilter, EventOrder } from '../../../src/events/event.inputs.js';
import type { Actors } from '../../../src/events/event-actors.port.js';
import { selectEvents } from '../../../src/events/event-filter.js';
import { currentPosition, type EventScan, scanEvents } from '../../../src/events/event-search.store.js';
import { completeTerms } from '../../../src/events/term-completion.service.js';
import { termGroupsOf } from '../../../src/events/term-filter.js';
import { scanByTerms } from '../../../src/events/term-scan.js';
import { Random } from '../../../src/lib/random.js';
import { dayMs, hourMs } from '../../../src/lib/time.js';
import { noon, storeEvents, testEvent } from '../../support/events.js';
import { createTestDatabase, type TestDatabase } from '../../support/test-database.js';

let test: TestDatabase;
const everyone = everyAccount('a test reads all');
const accounts = ['111111111111', '222222222222', '333333333333'];
const roles = ['deploy', 'audit'].map((name) => `arn:aws:iam::111111111111:role/${name}`);

/** Many of one value and few of others, over 50 days, with some of times that nobody expects. */
function generated(count: number) {
  const random = new Random('terms');
  return Array.from({ length: count }, (_, index) => {
    const isRare = random.chance(0.01);
    const isRole = random.chance(0.3);
    const isIpv6 = random.chance(0.1);
    const address = isIpv6
      ? `2001:db8:${random.between(1, 3)}::${random.between(1, 99)}`
      : `203.0.${random.below(4)}.${random.below(250)}`;
    return testEvent({
      accountId: random.pick(accounts),
      eventTime:
        index % 997 === 0 ? Date.UTC(1971 + (index % 5), 1, 1) : noon - Math.floor(random.below(50 * 24) * hourMs),
      eventName: isRare ? 'DeleteTrail' : random.pick(['ListBuckets', 'GetObject', 'AssumeRole']),
      errorCode: isRare ? 'AccessDenied' : null,
      hasError: isRare,
      principalArn: isRole ? null : `arn:aws:iam::111111111111:user/${random.below(40)}`,
      sessionIssuerArn: isRole ? random.pick(roles) : null,
      userName: isRole ? null : `user-${random.below(40)}`,
      accessKeyId: `AKIA${random.below(300)}`,
      sourceIp: isRare ? null : address,
      sourceAddress: isRare ? 'AWS Internal' : null,
      resourceArns: random.chance(0.2) ? [`arn:aws:s3:::bucket-${random.below(50)}`] : [],
    });
  });
}

beforeAll(async () => {
  test = await createTestDatabase();
  const events = generated(2500);
  // Batches of many sizes: some chunks are full, most are not.
  for (let start = 0, size = 1; start < events.length; start += size, size = (size * 3) % 1117) {
    await storeEvents(test.database, events.slice(start, start + size));
  }
});

afterAll(() => test.drop());

const filters: [string, EventFilter][] = [
  ['a common name', { eventNames: ['ListBuckets'] }],
  ['a rare name', { eventNames: ['DeleteTrail'] }],
  ['one of two names', { eventNames: ['DeleteTrail', 'NoSuchCall'] }],
  ['a name that never was', { eventNames: ['NoSuchCall'] }],
  ['no name at all', { eventNames: [] }],
  ['an error', { errorCodes: ['AccessDenied'] }],
  ['a principal', { principalArns: ['arn:aws:iam::111111111111:user/7'] }],
  ['the role behind sessions', { principalArns: [roles[0] as string] }],
  ['a user', { userNames: ['user-7'] }],
  ['a session by the name of its role', { userNames: ['audit'] }],
  ['an access key', { accessKeyIds: ['AKIA17'] }],
  ['an address', { sourceIPAddresses: ['203.0.1.9'] }],
  ['an address in another spelling', { sourceIPAddresses: ['2001:DB8:1:0::7'] }],
  ['what stands in place of an address', { sourceIPAddresses: ['AWS Internal'] }],
  ['a block of 27 bits', { sourceIPAddresses: ['203.0.2.32/27'] }],
  ['a block of 20 bits', { sourceIPAddresses: ['203.0.0.0/20'] }],
  ['a block of 12 bits', { sourceIPAddresses: ['203.0.0.0/12'] }],
  ['a block of all', { sourceIPAddresses: ['0.0.0.0/0'] }],
  ['an IPv6 block of 48 bits', { sourceIPAddresses: ['2001:db8:2::/48'] }],
  ['an IPv6 block of 20 bits', { sourceIPAddresses: ['2001::/20'] }],
  ['a resource', { resourceArns: ['arn:aws:s3:::bucket-3'] }],
  ['a service', { eventSources: ['s3.amazonaws.com'] }],
  ['a key and a name', { accessKeyIds: ['AKIA17', 'AKIA18'], eventNames: ['GetObject'] }],
  [
    'a name in a span of time',
    { eventNames: ['GetObject'], eventTime: { from: new Date(noon - 9 * dayMs), to: new Date(noon - 2 * dayMs) } },
  ],
  ['a name and what is no column of an index', { eventNames: ['DeleteTrail'], hasError: true, readOnly: true }],
];

/** Pages of all there is, as ids. */
async function ids(scan: EventScan, read: typeof scanEvents): Promise<string[]> {
  const found: string[] = [];
  for (let after: EventScan['after'] = null; ; ) {
    const page = await read(test.database, { ...scan, after });
    found.push(...page.map(({ eventID }) => eventID));
    const last = page.at(-1);
    if (!last || page.length < scan.limit) return found;
    after = { eventTime: last.eventTime.getTime(), eventId: last.eventID, accountId: last.account };
  }
}

async function bothWays(
  filter: EventFilter,
  order: EventOrder,
  accountIds: string[] | null,
  limit: number,
  actors: Actors | null = null,
) {
  const selection = selectEvents(accountIds ? narrow(everyone, accountIds) : everyone, filter, actors);
  const scan = { selection, order, after: null, pinnedAt: await currentPosition(test.database), limit };
  const groups = termGroupsOf(selection);
  return {
    plain: await ids(scan, scanEvents),
    byTerms: await ids(scan, (sql, part) => scanByTerms(sql, part, groups)),
  };
}

it.each(filters)('finds %s by terms exactly as by reading every event', async (_name, filter) => {
  for (const order of ['NEWEST_FIRST', 'OLDEST_FIRST'] as const) {
    const { plain, byTerms } = await bothWays(filter, order, null, 400);
    expect(byTerms).toEqual(plain);
    const ofTwo = await bothWays(filter, order, accounts.slice(0, 2), 211);
    expect(ofTwo.byTerms).toEqual(ofTwo.plain);
  }
});

const user = (number: number) => `arn:aws:iam::111111111111:user/${number}`;
const actorCases: [string, Partial<Actors>, EventFilter, number][] = [
  [
    'a principal, a key or an address',
    { principalArns: [user(7)], accessKeyIds: ['AKIA17'], sourceIPAddresses: ['203.0.1.9'] },
    {},
    40,
  ],
  ['a role or a key', { principalArns: roles, accessKeyIds: ['AKIA18'] }, {}, 500],
  ['an IPv6 address or a user', { principalArns: [user(9)], sourceIPAddresses: ['2001:db8:1::7'] }, {}, 30],
  ['what is no address', { sourceIPAddresses: ['AWS Internal', '::ffff:01.2.3.4', '1.2.3.04'] }, {}, 10],
  ['either of two keys, of one name', { accessKeyIds: ['AKIA17', 'AKIA18'] }, { eventNames: ['GetObject'] }, 2],
  ['who never was', { accessKeyIds: ['AKIANEVER'] }, {}, 0],
  ['nobody', {}, {}, 0],
];

it.each(actorCases)('finds %s by terms exactly as by reading every event', async (_name, some, filter, least) => {
  const actors = { principalArns: [], accessKeyIds: [], sourceIPAddresses: [], ...some };
  const isTheirs = actorCondition(actors);
  const rows = await test.database.query<{ id: string }>(
    `SELECT event_id AS id FROM event WHERE (${isTheirs}) AND ($1::text[] IS NULL OR event_name = ANY ($1))
     ORDER BY event_time, event_id, account_id`,
    [filter.eventNames ?? null],
  );
  const { plain, byTerms } = await bothWays(filter, 'OLDEST_FIRST', null, 90, actors);
  expect(plain).toEqual(rows.map(({ id }) => id));
  expect(byTerms).toEqual(plain);
  expect(plain.length).toBeGreaterThanOrEqual(least);
  const ofTwo = await bothWays(filter, 'NEWEST_FIRST', accounts.slice(0, 2), 211, actors);
  expect(ofTwo.byTerms).toEqual(ofTwo.plain);
});

/** The same in other words. */
function actorCondition({ principalArns, accessKeyIds, sourceIPAddresses }: Actors): string {
  const equal = (column: string, values: readonly string[]) => values.map((value) => `${column} = '${value}'`);
  return [
    'false',
    ...equal('principal_arn', principalArns),
    ...equal('session_issuer_arn', principalArns),
    ...equal('access_key_id', accessKeyIds),
    ...equal('coalesce(source_address, host(source_ip))', sourceIPAddresses),
  ].join(' OR ');
}

it('also finds what was stored before chunks had terms, and after they were worked out', async () => {
  await test.database.query(
    'UPDATE record_chunk SET terms = NULL, min_time = NULL, max_time = NULL WHERE batch_id % 2 = 0',
  );
  const rare = { accessKeyIds: ['AKIA17'] };
  const before = await bothWays(rare, 'NEWEST_FIRST', null, 20);
  expect(before.byTerms).toEqual(before.plain);
  while ((await completeTerms(test.database)) > 0);
  expect(await test.database.query('SELECT FROM record_chunk WHERE terms IS NULL')).toEqual([]);
  for (const [, filter] of filters) {
    const after = await bothWays(filter, 'NEWEST_FIRST', null, 400);
    expect(after.byTerms).toEqual(after.plain);
  }
});
