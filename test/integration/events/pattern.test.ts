import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AccountActivity } from '../../../src/demo/generator/activity.js';
import { toEnvelope } from '../../../src/formats/cloudtrail/envelope.js';
import { toCloudTrailEvent } from '../../../src/formats/cloudtrail/record-to-event.js';
import { Random } from '../../../src/lib/random.js';
import { minuteMs } from '../../../src/lib/time.js';
import { matchesEventPattern } from '../../../src/patterns/event-pattern/event-matcher.js';
import { parseEventPattern } from '../../../src/patterns/event-pattern/parse-event-pattern.js';
import { adminToken, ask, openTestApp, post } from '../../support/app.js';
import { noon, storeEvents, testEvent } from '../../support/events.js';
import { createTestDatabase, type TestDatabase } from '../../support/test-database.js';

/*
 * Searching by a pattern finds what the pattern matches, whatever of it columns and indexes have answered before. Truth
 * for every case: matchesEventPattern on each record in its envelope, one after the other.
 */

const [A, B, C] = ['111111111111', '222222222222', '333333333333'] as const;
const accounts = [A, B, C];

/** What generated records have not. */
const odd = [
  '{}',
  '{"eventName":"","errorCode":""}',
  '{"eventName":"Zoë 😀","errorCode":"Ünknown"}',
  '{"eventName":"Nul\\u0000","errorCode":"a\\ud800b"}',
  '{"eventName":" ListBuckets"}',
  `{"eventName":"${'x'.repeat(2000)}"}`,
  '{"eventName":7,"eventSource":null,"userIdentity":[]}',
  '{"eventName":"ListBuckets","eventName":"GetObject"}',
  '{"__proto__":{"eventName":"ListBuckets"}}',
  '{"eventType":"AwsConsoleSignIn","eventSource":"signin.amazonaws.com","eventName":"ConsoleLogin","errorMessage":"Failed"}',
];

function generated(count: number): { raw: string; accountId: string }[] {
  const random = new Random('patterns');
  const activities = accounts.map((accountId) => new AccountActivity('patterns', accountId, 'unit'));
  return Array.from({ length: count }, (_, index) => {
    const activity = random.pick(activities);
    const raw = activity.record(
      random,
      random.pick(['us-east-1', 'eu-west-1']),
      noon - Math.floor(index / 3) * minuteMs,
    );
    return { raw, accountId: activity.estate.accountId };
  });
}

const events = [...generated(400), ...odd.flatMap((raw) => accounts.map((accountId) => ({ raw, accountId })))].map(
  ({ raw, accountId }, index) => {
    const record = JSON.parse(raw) as Record<string, unknown>;
    const context = { awsRegion: 'eu-west-1', deliveredAt: noon - index };
    const slice = { raw: Buffer.from(raw), record } as unknown as Parameters<typeof toCloudTrailEvent>[0];
    const event = { ...testEvent(), ...toCloudTrailEvent(slice, context), raw, accountId };
    return { raw, accountId, event, envelope: toEnvelope(record, { accountId, eventId: event.eventId }) };
  },
);
type Stored = (typeof events)[number];

function common(field: (typeof searched)[number]): string {
  const counts = new Map<string, number>();
  for (const { event } of events) {
    const value = event[field];
    if (value) counts.set(value, (counts.get(value) ?? 0) + 1);
  }
  return [...counts].sort(([, a], [, b]) => b - a)[0]?.[0] ?? '';
}
/** The values that occur most often. */
const searched = ['principalArn', 'sessionIssuerArn', 'accessKeyId', 'errorCode', 'eventName'] as const;
const [principal = '', issuer = '', key = '', error = '', name = ''] = searched.map(common);
const holderOf = (arn: string) => events.find(({ event }) => event.principalArn === arn)?.accountId ?? '';
const issued = events.find(({ event }) => event.sessionIssuerArn === issuer)?.event.principalArn ?? '';

let test: TestDatabase;
let app: Awaited<ReturnType<typeof openTestApp>>;
beforeAll(async () => {
  test = await createTestDatabase();
  for (let at = 0; at < events.length; at += 150) {
    await storeEvents(
      test.database,
      events.slice(at, at + 150).map(({ event }) => event),
    );
  }
  app = await openTestApp('api', { databaseUrl: test.url });
});
afterAll(async () => {
  await app.stop();
  await test.drop();
});

const idOf = ({ accountId, event }: Stored) => `${accountId} ${event.eventId}`;
const placeOf = ({ accountId, event }: Stored) => `${event.eventTime} ${event.eventId} ${accountId}`;
/** Oldest first. */
const expectedOf = (pattern: unknown, passes: (stored: Stored) => boolean = () => true): string[] => {
  const parsed = parseEventPattern(pattern);
  const found = events.filter((stored) => passes(stored) && matchesEventPattern(parsed, stored.envelope));
  return found.sort((a, b) => (placeOf(a) < placeOf(b) ? -1 : 1)).map(idOf);
};

interface Page {
  readonly nodes: { readonly account: string; readonly eventID: string }[];
  readonly pageInfo: Record<'startCursor' | 'endCursor', string | null> &
    Record<'hasNextPage' | 'hasPreviousPage', boolean>;
}
const idsOf = (nodes: Page['nodes']) => nodes.map(({ account, eventID }) => `${account} ${eventID}`);

/** All pages, one after the other, in the order of the list. */
async function pages(filter: object, orderBy: string, way: 'forward' | 'backward'): Promise<string[]> {
  const [size, cursor] = way === 'forward' ? ['first', 'after'] : ['last', 'before'];
  const document = `query ($filter: EventFilter, $orderBy: EventOrder!, $size: Int, $cursor: String) {
    events(filter: $filter, orderBy: $orderBy, ${size}: $size, ${cursor}: $cursor) {
      nodes { account eventID } pageInfo { startCursor endCursor hasNextPage hasPreviousPage } } }`;
  const found: string[] = [];
  for (let at: string | null = null; ; ) {
    const page: { events: Page } = await ask(app.url, document, { filter, orderBy, size: 37, cursor: at });
    const { nodes, pageInfo } = page.events;
    if (way === 'forward') found.push(...idsOf(nodes));
    else found.unshift(...idsOf(nodes));
    if (!(way === 'forward' ? pageInfo.hasNextPage : pageInfo.hasPreviousPage)) return found;
    at = way === 'forward' ? pageInfo.endCursor : pageInfo.startCursor;
  }
}

async function feed(filter: object): Promise<string[]> {
  const document = `query ($filter: EventFilter, $after: String) {
    eventFeed(filter: $filter, first: 53, after: $after) { events { account eventID } endCursor hasMore } }`;
  type Answer = { eventFeed: { events: Page['nodes']; endCursor: string; hasMore: boolean } };
  const found: string[] = [];
  for (let after: string | null = null; ; ) {
    const { eventFeed }: Answer = await ask<Answer>(app.url, document, { filter, after });
    found.push(...idsOf(eventFeed.events));
    if (!eventFeed.hasMore) return found.sort();
    after = eventFeed.endCursor;
  }
}

async function dryRun(eventPattern: unknown, filter: object | null) {
  const document = `query ($input: DryRunRuleInput!) {
    dryRunRule(input: $input) { matched isComplete examples { account eventID } } }`;
  type Answer = { dryRunRule: { matched: number; isComplete: boolean; examples: Page['nodes'] } };
  return (await ask<Answer>(app.url, document, { input: { eventPattern, filter } })).dryRunRule;
}

async function check(pattern: unknown, filter: object, expected: readonly string[]): Promise<void> {
  const given = { ...filter, pattern };
  const newest = [...expected].reverse();
  expect(await pages(given, 'OLDEST_FIRST', 'forward')).toEqual(expected);
  expect(await pages(given, 'NEWEST_FIRST', 'backward')).toEqual(newest);
  expect(await pages(given, 'NEWEST_FIRST', 'forward')).toEqual(newest);
  expect(await pages(given, 'OLDEST_FIRST', 'backward')).toEqual(expected);
  expect(await feed(given)).toEqual([...expected].sort());
  const { matched, isComplete, examples } = await dryRun(pattern, filter);
  expect({ matched, isComplete }).toEqual({ matched: expected.length, isComplete: true });
  expect(idsOf(examples)).toEqual(newest.slice(0, 10));
}

const detail = (members: object) => ({ detail: members });
const patterns: [string, unknown][] = [
  ['a name', detail({ eventName: [name] })],
  ['a name that does not occur', detail({ eventName: ['NoSuchCall'] })],
  ['a name and a service', detail({ eventName: [name], eventSource: ['s3.amazonaws.com', 'sts.amazonaws.com'] })],
  ['an account', { account: [B] }],
  ['an account that is unknown', { account: ['999999999999'] }],
  ['an error', detail({ errorCode: [error] })],
  ['any error', detail({ errorCode: [{ exists: true }] })],
  ['no error, by a name', detail({ errorCode: [{ exists: false }], eventName: [name] })],
  ['an error or none', detail({ errorCode: [error, { exists: false }] })],
  ['an empty error', detail({ errorCode: [''] })],
  ['an error beyond ASCII', detail({ errorCode: ['Ünknown', error] })],
  ['a name with NUL', `{"detail": {"eventName": ["Nul\\u0000", "${name}"]}}`],
  ['a name with a blank before it', detail({ eventName: [' ListBuckets'] })],
  ['a name that is cut where it is stored', detail({ eventName: ['x'.repeat(2000), name] })],
  ['a name that is a number', detail({ eventName: [7, name] })],
  ['a name in any case', detail({ eventName: [{ 'equals-ignore-case': name.toUpperCase() }] })],
  ['all names but one', detail({ eventName: [{ 'anything-but': [name] }] })],
  ['a principal', detail({ userIdentity: { arn: [principal] } })],
  ['an issuer', detail({ userIdentity: { sessionContext: { sessionIssuer: { arn: [issuer] } } } })],
  ['an issuer in the place of a principal', detail({ userIdentity: { arn: [issuer] } })],
  [
    'principal and issuer',
    detail({ userIdentity: { arn: [issued], sessionContext: { sessionIssuer: { arn: [issuer] } } } }),
  ],
  ['a key', detail({ userIdentity: { accessKeyId: [key] } })],
  ['a kind of call', detail({ eventType: ['AwsConsoleSignIn', 'AwsServiceEvent'] })],
  ['a source of the envelope', { source: ['aws.signin', 'aws.cloudtrail'] }],
  ['a kind of the envelope', { 'detail-type': ['AWS Console Sign In via CloudTrail'], region: [''] }],
  ['one of two', { $or: [{ account: [A] }, detail({ eventName: [name] })] }],
  ['one of two names', detail({ $or: [{ eventName: [name] }, { eventName: ['ConsoleLogin'] }] })],
  ['text, of the pattern as text', `{"detail": {"eventName": ["${name}"]}}`],
  ['everything', { version: ['0'] }],
];

describe('finds by a pattern exactly what it matches, in pages of either direction, in the feed and in a trial of', () => {
  it.each(patterns)('%s', async (_, pattern) => {
    await check(pattern, {}, expectedOf(pattern));
  });

  it('which some find much, some little and some nothing', () => {
    const counts = patterns.map(([, pattern]) => expectedOf(pattern).length);
    expect(Math.max(...counts)).toBe(events.length);
    expect(counts.filter((count) => count > 0).length).toBeGreaterThan(patterns.length * 0.8);
  });
});

describe('finds by a pattern together with', () => {
  const byName = detail({ eventName: [name] });
  const cases: [string, unknown, object, (stored: Stored) => boolean][] = [
    ['a text', byName, { search: 'EU-west-1' }, ({ raw }) => raw.toLowerCase().includes('eu-west-1')],
    ['the same name', byName, { eventNames: [name, 'Other'] }, () => true],
    ['another name', byName, { eventNames: ['ConsoleLogin'] }, () => false],
    ['another account', { account: [A, B] }, { accountIds: [B, C] }, ({ accountId }) => accountId === B],
    ['a region', { account: [A] }, { regions: ['us-east-1'] }, ({ event }) => event.awsRegion === 'us-east-1'],
    ['errors', { account: [A, C] }, { hasError: true }, ({ event }) => event.hasError],
    ['reads', byName, { readOnly: true }, ({ event }) => event.readOnly === true],
    [
      'a time',
      { source: [{ prefix: 'aws.' }] },
      { eventTime: { from: new Date(noon - 90 * minuteMs), to: new Date(noon - 30 * minuteMs) } },
      ({ event: { eventTime } }) => eventTime >= noon - 90 * minuteMs && eventTime < noon - 30 * minuteMs,
    ],
    [
      'a principal, where the pattern names its issuer',
      detail({ userIdentity: { sessionContext: { sessionIssuer: { arn: [issuer] } } } }),
      { principalArns: [issued] },
      ({ event }) => event.principalArn === issued,
    ],
    [
      'an account, where the pattern names a principal',
      detail({ userIdentity: { arn: [principal] } }),
      { accountIds: [holderOf(principal)] },
      ({ accountId }) => accountId === holderOf(principal),
    ],
  ];
  it.each(cases)('%s', async (_, pattern, filter, passes) => {
    await check(pattern, filter, expectedOf(pattern, passes));
  });
});

it.each([
  ['counts', '{ eventCounts(filter: { pattern: { source: ["aws.s3"] } }, groupBy: [EVENT_NAME]) { count } }'],
  ['a total', '{ events(filter: { pattern: { source: ["aws.s3"] } }) { totalCount } }'],
  [
    'a pattern within the filter of a trial',
    '{ dryRunRule(input: { eventPattern: { a: ["1"] }, filter: { pattern: { a: ["1"] } } }) { matched } }',
  ],
])('refuses %s of a pattern, by its name', async (_, document) => {
  const { errors } = await post(app.url, adminToken, document);
  expect(errors?.[0]?.message).toContain('filter.pattern');
  expect(['BAD_USER_INPUT', 'COST_EXCEEDED']).toContain(errors?.[0]?.extensions.code);
});
