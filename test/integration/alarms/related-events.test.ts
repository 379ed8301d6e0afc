import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Caller } from '../../../src/access/context.js';
import type { RelatedEventsArgs } from '../../../src/alarms/related-events.inputs.js';
import { RelatedEvents, type RelatedSubject } from '../../../src/alarms/related-events.service.js';
import { createEventService } from '../../../src/events/event.service.js';
import { SearchBudget } from '../../../src/events/text-search.js';
import { createCursorCodec } from '../../../src/lib/cursor.js';
import { Random } from '../../../src/lib/random.js';
import { hourMs, minuteMs } from '../../../src/lib/time.js';
import { callerOf } from '../../support/collection.js';
import { noon, testId } from '../../support/events.js';
import { fileOf, filterInput, type MetricWorld, namespace, openMetricWorld } from '../../support/metric-world.js';

/* Truth: what the schema says of relatedEvents and EventRelation, on records made for it; the last test reckons by itself. */

const A = '111111111111';
const B = '222222222222';
const C = '333333333333';
const admin = callerOf(null);
const cursors = createCursorCodec(Buffer.alloc(32, 1));
const user = (name: string) => `arn:aws:iam::${A}:user/${name}`;

let world: MetricWorld;
let related: RelatedEvents;

interface Made {
  readonly id: number;
  readonly accountId?: string;
  readonly at: string;
  readonly who?: string;
  readonly key?: string;
  readonly address?: string;
  readonly error?: string;
  readonly region?: string;
}

async function store(events: readonly Made[]): Promise<void> {
  const files = [A, B, C].map((accountId) =>
    fileOf(
      events
        .filter((event) => (event.accountId ?? A) === accountId)
        .map(({ id, at, who, key, address, error, region = 'eu-west-1' }) => ({
          id,
          time: at.length > 8 ? at : `2026-11-20T${at}Z`,
          region,
          more: {
            userIdentity: { type: 'IAMUser', arn: who && user(who), accessKeyId: key },
            sourceIPAddress: address,
            errorCode: error,
          },
        })),
      { accountId },
    ),
  );
  await world.openWorker().ingest(files);
}

const metric = (metricName: string, dimensions: Record<string, string> = {}) => ({
  ...{ namespace, metricName, dimensions },
  ...{ accountId: null, region: null },
});
const fiveMinutes = (at: string) => {
  const from = Date.parse(`2026-11-20T${at}Z`);
  return { from, to: from + 5 * minuteMs };
};
const denied: RelatedSubject = { metrics: [metric('Denied')], periods: [fiveMinutes('12:00:00')], accountIds: [A] };

const read = (
  subject: RelatedSubject,
  args: RelatedEventsArgs = {},
  caller: Caller = admin,
  budget = new SearchBudget(),
) => related.of(caller, subject, args, budget);

/** `number of the event relation`, in the order of the list. */
async function list(subject: RelatedSubject, args: RelatedEventsArgs = {}, caller: Caller = admin): Promise<string[]> {
  return shown((await read(subject, args, caller)).edges);
}

const shown = (edges: Awaited<ReturnType<typeof read>>['edges']) =>
  edges.map(({ node, relation }) => `${Number(node.eventID.slice(-12))} ${relation}`);

/** The whole list, page by page. */
async function pages(
  subject: RelatedSubject,
  args: RelatedEventsArgs,
  budget: () => SearchBudget = () => new SearchBudget(),
): Promise<string[][]> {
  const found: string[][] = [];
  for (let after: string | null = null; ; ) {
    const page = await read(subject, { ...args, after }, admin, budget());
    found.push(shown(page.edges));
    expect(page.pageInfo.hasPreviousPage).toBe(after !== null);
    if (!page.pageInfo.hasNextPage) return found;
    if (found.length > 500) throw new Error('the list does not come to an end');
    after = page.pageInfo.endCursor;
  }
}

beforeAll(async () => {
  world = await openMetricWorld();
  const events = createEventService({ database: world.database, cursors });
  related = new RelatedEvents({ events, database: world.database, cursors });
  await world.putFilter(filterInput('Denied', '{ $.errorCode = "AccessDenied" }', { accountIds: [A] }));
  await world.putFilter(
    filterInput('Deleted', '{ $.errorCode = "NoSuchBucket" }', { accountIds: [A], regions: ['eu-west-1'] }),
  );
  await world.putFilter(
    filterInput('ByUser', '{ $.errorCode = "Throttling" }', {
      accountIds: null,
      dimensions: { User: '$.userIdentity.arn', Key: '$.userIdentity.accessKeyId' },
    }),
  );
  await store([
    { id: 1, at: '12:01:00', who: 'mallory', key: 'AKIA1', address: '203.0.113.1', error: 'AccessDenied' },
    { id: 2, at: '12:02:00', who: 'trudy', address: 'AWS Internal', error: 'AccessDenied' },
    { id: 3, at: '12:02:30', who: 'alice', address: '203.0.113.1' },
    { id: 4, accountId: B, at: '11:30:00', who: 'mallory', address: '198.51.100.7' },
    { id: 5, accountId: C, at: '12:40:00', who: 'another', key: 'AKIA1', address: '198.51.100.8' },
    { id: 6, at: '11:10:00', who: 'mallory' },
    { id: 7, at: '10:59:59', who: 'mallory' },
    { id: 8, at: '12:30:00', who: 'eve', address: 'AWS Internal' },
    { id: 9, accountId: B, at: '12:03:00', who: 'bob', address: '198.51.100.9', error: 'AccessDenied' },
    { id: 10, at: '12:06:00', who: 'mallory', key: 'AKIA1', error: 'AccessDenied' },
    { id: 11, at: '13:04:59', who: 'trudy', region: 'us-east-1', error: 'NoSuchBucket' },
    { id: 12, at: '13:05:00', who: 'trudy', error: 'NoSuchBucket' },
    { id: 20, at: '16:01:00', who: 'u1', key: 'AKIA20', error: 'Throttling' },
    { id: 21, at: '16:02:00', who: 'u2', key: 'AKIA20', error: 'Throttling' },
    { id: 22, at: '16:03:00', who: 'u1', error: 'Throttling' },
  ]);
});
afterAll(() => world.stop());

describe('the events related to an alarm', () => {
  it('are its causes, and then what their principals, keys and addresses did in any account', async () => {
    expect(await list(denied)).toEqual([
      '1 CAUSE',
      '2 CAUSE',
      '6 PRINCIPAL',
      '4 PRINCIPAL',
      '3 SOURCE_IP',
      '10 PRINCIPAL',
      '5 ACCESS_KEY',
      '11 PRINCIPAL',
    ]);
  });

  it.each([1, 2, 3, 7, 8])('come page by page, %i at a time, each once', async (first) => {
    const found = await pages(denied, { first });
    expect(found.flat()).toEqual(await list(denied));
    expect(found.slice(0, -1).every(({ length }) => length === first)).toBe(true);
  });

  it('go on from the cursor of any of them', async () => {
    const whole = await read(denied);
    for (const [at, { cursor }] of whole.edges.entries()) {
      expect(await list(denied, { after: cursor })).toEqual(shown(whole.edges.slice(at + 1)));
    }
  });

  it.each<[string, number, string[]]>([
    ['without a window those of the periods alone', 0, ['3 SOURCE_IP']],
    ['within two minutes', 120, ['3 SOURCE_IP', '10 PRINCIPAL']],
    [
      'from a second earlier on',
      3601,
      [
        '7 PRINCIPAL',
        '6 PRINCIPAL',
        '4 PRINCIPAL',
        '3 SOURCE_IP',
        '10 PRINCIPAL',
        '5 ACCESS_KEY',
        '11 PRINCIPAL',
        '12 PRINCIPAL',
      ],
    ],
  ])('are, besides the causes, %s', async (_name, window, expected) => {
    expect(await list(denied, { window })).toEqual(['1 CAUSE', '2 CAUSE', ...expected]);
  });

  it.each<[string, string[], string[]]>([
    ['A', [A], ['1 CAUSE', '2 CAUSE', '6 PRINCIPAL', '3 SOURCE_IP', '10 PRINCIPAL', '11 PRINCIPAL']],
    [
      'A and C',
      [A, C],
      ['1 CAUSE', '2 CAUSE', '6 PRINCIPAL', '3 SOURCE_IP', '10 PRINCIPAL', '5 ACCESS_KEY', '11 PRINCIPAL'],
    ],
    ['C', [C], []],
    ['no account', [], []],
  ])('are for a token of %s those of its accounts alone', async (_name, accountIds, expected) => {
    expect(await list(denied, {}, callerOf(accountIds))).toEqual(expected);
  });

  it('are none of an account that a cursor came from, and the token does not cover', async () => {
    const { edges } = await read(denied);
    const cursor = edges[1]?.cursor ?? '';
    expect(await list(denied, { after: cursor }, callerOf([C]))).toEqual([]);
    expect(await list(denied, { after: cursor }, callerOf([A]))).not.toContain('4 PRINCIPAL');
  });

  it('do not change from page to page, whatever arrives', async () => {
    const [, next] = (await read(denied)).edges;
    const before = await list(denied, { after: next?.cursor ?? null });
    await store([{ id: 30, at: '12:04:00', who: 'late', address: '203.0.113.1', error: 'AccessDenied' }]);
    expect(await list(denied, { after: next?.cursor ?? null })).toEqual(before);
    expect(await list(denied)).toContain('30 CAUSE');
    await world.database.query('DELETE FROM event WHERE event_id = $1', [testId(30)]);
  });
});

describe('the causes', () => {
  it.each<[string, Partial<RelatedSubject>, string[]]>([
    ['are none where no data point breached', { periods: [] }, []],
    ['are none where nothing was counted then', { periods: [fiveMinutes('12:10:00')] }, []],
    ['are those of both periods', { periods: [fiveMinutes('12:05:00'), fiveMinutes('12:00:00')] }, ['1', '2', '10']],
    ['are none of what is only put', { metrics: [metric('Put')] }, []],
    ['are none of another namespace', { metrics: [{ ...metric('Denied'), namespace: 'Other' }] }, []],
    [
      'are none of dimensions that the filter does not make',
      { metrics: [metric('Denied', { User: user('mallory') })] },
      [],
    ],
    ['are none of a filter beyond the reach of the alarm', { accountIds: [B] }, []],
    ['are those of any reach that the filter lies within', { accountIds: [A, B] }, ['1', '2']],
    ['are those of every account', { accountIds: null }, ['1', '2']],
    [
      'are those of the one account that the metric is of',
      { metrics: [{ ...metric('Denied'), accountId: A }] },
      ['1', '2'],
    ],
    ['are none of another account', { metrics: [{ ...metric('Denied'), accountId: B }], accountIds: null }, []],
    [
      'are none of a region of which the filter does not count alone',
      { metrics: [{ ...metric('Denied'), accountId: A, region: 'eu-west-1' }] },
      [],
    ],
    [
      'are those of the regions of the filter',
      { metrics: [metric('Deleted')], periods: [fiveMinutes('13:00:00'), fiveMinutes('13:05:00')] },
      ['12'],
    ],
    [
      'are those of all metrics of metric math',
      { metrics: [metric('Denied'), metric('Deleted')], periods: [fiveMinutes('12:00:00'), fiveMinutes('13:05:00')] },
      ['1', '2', '12'],
    ],
    [
      'are those of the dimensions',
      {
        metrics: [metric('ByUser', { User: user('u1'), Key: 'AKIA20' })],
        accountIds: null,
        periods: [fiveMinutes('16:00:00')],
      },
      ['20'],
    ],
    [
      'are those that lack a dimension, where the metric does',
      { metrics: [metric('ByUser', { User: user('u1') })], accountIds: null, periods: [fiveMinutes('16:00:00')] },
      ['22'],
    ],
    [
      'are none where the metric has dimensions',
      { metrics: [metric('ByUser')], accountIds: null, periods: [fiveMinutes('16:00:00')] },
      [],
    ],
  ])('%s', async (_name, subject, expected) => {
    const found = await list({ ...denied, ...subject });
    expect(found.filter((one) => one.endsWith('CAUSE'))).toEqual(expected.map((number) => `${number} CAUSE`));
    if (expected.length === 0) expect(found).toEqual([]);
  });
});

describe('a request for related events', () => {
  it.each<[string, RelatedEventsArgs, string]>([
    ['a cursor that was made up', { after: 'bWFkZSB1cA' }, 'after'],
    ['an empty cursor', { after: '' }, 'after'],
    ['the cursor of another list', { after: cursors.encode('event', ['1', 0, 'x', 'y']) }, 'after'],
    ['a cursor of another shape', { after: cursors.encode('relatedEvents', ['1', 7, 0, 'x', 'y', '']) }, 'after'],
    ['a window before the beginning', { window: -1 }, 'window'],
    ['a window of more than a week', { window: 604_801 }, 'window'],
    ['no events', { first: 0 }, 'first'],
    ['too many events', { first: 1001 }, 'first'],
  ])('is refused with %s', async (_name, args, argument) => {
    await expect(read(denied, args)).rejects.toMatchObject({ code: 'BAD_USER_INPUT', details: { argument } });
  });

  it('is refused to a token that may not read events', async () => {
    const caller = { ...admin, scopes: new Set(['ALARMS_READ'] as const) };
    await expect(read(denied, {}, caller)).rejects.toMatchObject({
      code: 'FORBIDDEN',
      details: { scope: 'EVENTS_READ' },
    });
  });

  it('ends when nobody waits for it any more', async () => {
    const gone = new Error('gone');
    await expect(read(denied, {}, admin, new SearchBudget(AbortSignal.abort(gone)))).rejects.toThrow();
  });

  it('answers with what it came to when its time is over, and the next one goes on', async () => {
    /** Time for the records of one period, and not for those of the next. */
    const short = () => {
      let asked = 0;
      return new SearchBudget(new AbortController().signal, () => (asked++ < 4 ? 0 : 60_000));
    };
    const subject = { ...denied, periods: [fiveMinutes('12:00:00'), fiveMinutes('12:06:00')] };
    const found = await pages(subject, {}, short);
    expect(found.length).toBeGreaterThan(2);
    expect(found.flat()).toEqual(await list(subject));
  });
});

describe('of many events at random', () => {
  const random = new Random('related');
  const day = Date.UTC(2026, 10, 10);
  const errors = ['AccessDenied', 'NoSuchBucket', undefined, undefined];
  const made = Array.from({ length: 400 }, (_, at) => ({
    id: 1000 + at,
    accountId: random.pick([A, B, C]),
    // Several share an instant.
    at: new Date(day + random.below(12 * 30) * 2 * minuteMs).toISOString(),
    ...(random.chance(0.8) ? { who: `user-${random.below(30)}` } : {}),
    ...(random.chance(0.5) ? { key: `AKIA${random.below(60)}` } : {}),
    address: random.chance(0.2) ? 'AWS Internal' : `192.0.2.${random.below(80)}`,
    error: random.pick(errors) as string,
    region: random.pick(['eu-west-1', 'us-east-1']),
  }));
  beforeAll(() => store(made));

  const order = (events: typeof made) => [...events].sort((a, b) => Date.parse(a.at) - Date.parse(b.at) || a.id - b.id);
  const within = ({ at }: (typeof made)[number], periods: RelatedSubject['periods'], margin: number) =>
    periods.some(({ from, to }) => Date.parse(at) >= from - margin && Date.parse(at) < to + margin);

  it.each(Array.from({ length: 12 }, (_, round) => round))('round %i finds what was reckoned', async (round) => {
    const periods = Array.from({ length: random.between(1, 4) }, () => {
      const from = day + random.below(70) * 10 * minuteMs;
      return { from, to: from + random.between(1, 6) * 5 * minuteMs };
    });
    const window = random.pick([0, 600, 3600]);
    const metrics = round % 2 === 0 ? [metric('Denied')] : [metric('Denied'), metric('Deleted')];
    const isCause = (event: (typeof made)[number]) =>
      event.accountId === A &&
      within(event, periods, 0) &&
      (event.error === 'AccessDenied' ||
        (metrics.length > 1 && event.error === 'NoSuchBucket' && event.region === 'eu-west-1'));
    const causes = order(made.filter(isCause));
    const relationOf = (event: (typeof made)[number]) => {
      if (causes.some(({ who }) => who !== undefined && who === event.who)) return 'PRINCIPAL';
      if (causes.some(({ key }) => key !== undefined && key === event.key)) return 'ACCESS_KEY';
      const isShared = event.address !== 'AWS Internal' && causes.some(({ address }) => address === event.address);
      return isShared ? 'SOURCE_IP' : null;
    };
    const others = order(made.filter((event) => !isCause(event) && within(event, periods, window * 1000)));
    const expected = [
      ...causes.map(({ id }) => `${id} CAUSE`),
      ...others.flatMap((event) => (relationOf(event) === null ? [] : [`${event.id} ${relationOf(event)}`])),
    ];
    const subject = { metrics, periods, accountIds: [A] };
    expect(await list(subject, { window, first: 1000 })).toEqual(expected);
    expect((await pages(subject, { window, first: random.between(1, 40) })).flat()).toEqual(expected);
  });
});

it('follows fifty of each kind, and its cursors hold them all', async () => {
  const at = new Date(noon - 30 * 24 * hourMs);
  const of = (number: number, more: object) => ({
    ...{ id: 5000 + number, at: new Date(at.getTime() + number * 1000).toISOString() },
    ...more,
  });
  await store([
    ...Array.from({ length: 60 }, (_, number) =>
      of(number, { who: `many-${number}`, address: `192.0.2.${number}`, error: 'AccessDenied' }),
    ),
    ...Array.from({ length: 60 }, (_, number) => of(400 + number, { who: `many-${number}` })),
  ]);
  const subject = { ...denied, periods: [{ from: at.getTime(), to: at.getTime() + 5 * minuteMs }] };
  const found = (await pages(subject, { first: 7 })).flat();
  expect(found.filter((one) => one.endsWith('CAUSE'))).toHaveLength(60);
  expect(found.slice(60)).toEqual(Array.from({ length: 50 }, (_, number) => `${5400 + number} PRINCIPAL`));
});
