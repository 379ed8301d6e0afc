import { describe, expect, it } from 'vitest';
import { AccountActivity } from '../demo/generator/activity.js';
import { toCloudTrailEvent } from '../formats/cloudtrail/record-to-event.js';
import { Random } from '../lib/random.js';
import { FilterMatcher } from '../patterns/filter-pattern/filter-matcher.js';
import { LogMessage } from '../patterns/filter-pattern/log-message.js';
import { parseFilterPattern } from '../patterns/filter-pattern/parse-filter-pattern.js';
import { narrowByFilterPatterns } from './narrow-by-filter-patterns.js';
import { alarmPacks } from './packs/alarm-pack.js';

/* Truth: own reckoning; below, the matcher itself. */
describe('what patterns demand of events', () => {
  it.each<[string, string[], object]>([
    ['a name', ['{ $.eventName = ConsoleLogin }'], { eventNames: ['ConsoleLogin'] }],
    ['a name in its place only', ['{ $.detail.eventName = ConsoleLogin }'], {}],
    ['no name', ['{ $.eventName != ConsoleLogin }'], {}],
    ['a beginning', ['{ $.eventName = Console* }'], {}],
    ['a regular expression', ['{ $.eventName = %Login% }'], {}],
    ['a number', ['{ $.eventName = 5 }'], {}],
    ['a number as text', ['{ $.eventName = "5" }'], {}],
    ['what is stored in another way', ['{ $.eventName = "Zoë" }'], {}],
    ['that there is none', ['{ $.errorCode NOT EXISTS }'], {}],
    [
      'one of two names of a service',
      ['{ ($.eventSource = iam.amazonaws.com) && (($.eventName = A) || ($.eventName = B)) }'],
      { eventSources: ['iam.amazonaws.com'], eventNames: ['A', 'B'] },
    ],
    ['a name or an error', ['{ ($.eventName = A) || ($.errorCode = B) }'], {}],
    [
      'a name, or a name and an error',
      ['{ $.eventName = A || $.eventName = B && $.errorCode = C }'],
      { eventNames: ['A', 'B'] },
    ],
    ['two names at once', ['{ ($.eventName = A || $.eventName = B) && $.eventName = A }'], { eventNames: ['A'] }],
    ['a type', ['{ $.eventType = AwsServiceEvent }'], { eventTypes: ['AwsServiceEvent'] }],
    ['two patterns', ['{ $.eventName = A }', '{ $.eventName = B && $.errorCode = C }'], { eventNames: ['A', 'B'] }],
    ['two that have nothing in common', ['{ $.eventName = A }', '{ $.errorCode = B }'], {}],
    ['a pattern that is no JSON', ['{ $.eventName = A }', 'ERROR'], {}],
    ['everything', [''], {}],
  ])('%s', (_name, patterns, expected) => {
    expect(narrowByFilterPatterns({}, patterns)).toEqual(expected);
  });

  it('keeps what is demanded already', () => {
    const filter = { accountIds: ['111111111111'], regions: null };
    expect(narrowByFilterPatterns(filter, ['{ $.eventName = A }'])).toEqual({ ...filter, eventNames: ['A'] });
  });

  it('leaves out what would be too many values', () => {
    const patterns = Array.from({ length: 501 }, (_, at) => `{ $.eventName = Call${at} && $.eventType = AwsApiCall }`);
    expect(narrowByFilterPatterns({}, patterns)).toEqual({ eventTypes: ['AwsApiCall'] });
  });

  it('loses no event that matches', () => {
    const { controls } = alarmPacks.CIS_AWS_FOUNDATIONS;
    const random = new Random('narrow');
    const activity = new AccountActivity('narrow', '111111111111', 'unit');
    const patterns = [...controls.map(({ filterPattern }) => filterPattern), ...names.map((n) => `{$.eventName=${n}}`)];
    const matchers = patterns.map((text) => new FilterMatcher([{ pattern: parseFilterPattern(text), value: text }]));
    let matched = 0;
    for (let made = 0; made < 3000; made++) {
      const raw = activity.record(random, 'eu-west-1', Date.UTC(2026, 10, 20) + made);
      const record = JSON.parse(raw) as Record<string, unknown>;
      const slice = { raw: Buffer.from(raw), record } as unknown as Parameters<typeof toCloudTrailEvent>[0];
      const event = toCloudTrailEvent(slice, { awsRegion: 'eu-west-1', deliveredAt: 0 });
      for (const [at, matcher] of matchers.entries()) {
        if (matcher.match(LogMessage.ofText(raw)).length === 0) continue;
        matched += 1;
        const narrowed = narrowByFilterPatterns({}, [patterns[at] as string]);
        for (const [list, field] of columns) expect(narrowed[list] ?? [event[field]]).toContain(event[field]);
      }
    }
    expect(matched).toBeGreaterThan(500);
  });
});

const names = ['ListBuckets', 'GetObject', 'AssumeRole', 'DescribeInstances', 'PutObject', 'Decrypt'];
const columns = [
  ['eventNames', 'eventName'],
  ['eventSources', 'eventSource'],
  ['eventTypes', 'eventType'],
  ['errorCodes', 'errorCode'],
] as const;
