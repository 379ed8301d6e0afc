import { describe, expect, it } from 'vitest';
import { envelopeText, toEnvelope } from './envelope.js';

const owner = { accountId: '111111111111', eventId: '00000000-0000-4000-8000-000000000001' };
const record = {
  eventSource: 's3.amazonaws.com',
  eventName: 'DeleteBucket',
  eventType: 'AwsApiCall',
  eventTime: '2026-11-20T12:00:00Z',
  awsRegion: 'eu-central-1',
  recipientAccountId: '222222222222',
  resources: [{ ARN: 'arn:aws:s3:::logs' }],
};

// Truth: "AWS service events delivered via AWS CloudTrail", Amazon EventBridge User Guide. The account is the one that the
// record was collected for, and the id the record's, as the docstring says.
it('stands in an envelope as EventBridge has it', () => {
  expect(toEnvelope(record, owner)).toEqual({
    version: '0',
    id: owner.eventId,
    'detail-type': 'AWS API Call via CloudTrail',
    source: 'aws.s3',
    account: '111111111111',
    time: '2026-11-20T12:00:00Z',
    region: 'eu-central-1',
    resources: [],
    detail: record,
  });
});

// Truth: the same guide for calls, sign-ins and service events; for Insights "Logging Insights events", AWS CloudTrail
// User Guide, whose records have no `eventSource` outside of `insightDetails`.
describe('the kind of an event', () => {
  const cases: [string, object, string, string][] = [
    ['a call', {}, 'AWS API Call via CloudTrail', 'aws.s3'],
    ['an access of data', { eventCategory: 'Data' }, 'AWS API Call via CloudTrail', 'aws.s3'],
    ['an action in the console', { eventType: 'AwsConsoleAction' }, 'AWS API Call via CloudTrail', 'aws.s3'],
    ['an event of a service', { eventType: 'AwsServiceEvent' }, 'AWS Service Event via CloudTrail', 'aws.s3'],
    [
      'a sign-in',
      { eventSource: 'signin.amazonaws.com', eventType: 'AwsConsoleSignIn' },
      'AWS Console Sign In via CloudTrail',
      'aws.signin',
    ],
    [
      'an insight',
      { eventSource: undefined, eventType: 'AwsCloudTrailInsight', eventCategory: 'Insight' },
      'AWS Insight via CloudTrail',
      'aws.cloudtrail',
    ],
    ['of no kind', { eventType: undefined }, 'AWS API Call via CloudTrail', 'aws.s3'],
  ];
  it.each(cases)('%s', (_, change, detailType, source) => {
    expect(toEnvelope({ ...record, ...change }, owner)).toMatchObject({ 'detail-type': detailType, source });
  });

  it.each([
    ['sts.amazonaws.com', 'aws.sts'],
    ['access-analyzer.amazonaws.com', 'aws.access-analyzer'],
    ['s3.cn-north-1.amazonaws.com.cn', 'aws.s3'],
    ['monitoring', 'aws.monitoring'],
  ])('of %s has the source %s', (eventSource, source) => {
    expect(toEnvelope({ ...record, eventSource }, owner).source).toBe(source);
  });
});

// Nothing in a record makes it throw; what is no text is empty.
describe('of a record that no AWS would write', () => {
  const cases: [string, string, object][] = [
    ['nothing in it', '{}', { source: 'aws.cloudtrail', time: '', region: '', detail: {} }],
    ['a source of a number', '{"eventSource": 1}', { source: 'aws.cloudtrail' }],
    ['an empty source', '{"eventSource": ""}', { source: 'aws.cloudtrail' }],
    ['a source of an object', '{"eventSource": {"indexOf": 1}}', { source: 'aws.cloudtrail' }],
    ['a time of a number', '{"eventTime": 1763640000}', { time: '' }],
    ['a time of null', '{"eventTime": null}', { time: '' }],
    ['a region of a list', '{"awsRegion": ["eu-west-1"]}', { region: '' }],
    ['a type of a list', '{"eventType": ["AwsServiceEvent"]}', { 'detail-type': 'AWS API Call via CloudTrail' }],
    [
      'fields of the envelope',
      '{"account": "9", "id": "9", "detail": 9}',
      { account: '111111111111', id: owner.eventId },
    ],
  ];
  it.each(cases)('%s', (_, text, expected) => {
    expect(toEnvelope(JSON.parse(text) as Record<string, unknown>, owner)).toMatchObject(expected);
  });

  it('the keys of objects in its place', () => {
    const text = '{"__proto__": {"eventSource": "iam.amazonaws.com"}, "constructor": 1, "toString": 2}';
    const envelope = toEnvelope(JSON.parse(text) as Record<string, unknown>, owner);
    expect(envelope.source).toBe('aws.cloudtrail');
    expect(JSON.stringify(envelope.detail)).toBe(JSON.stringify(JSON.parse(text)));
    expect(({} as Record<string, unknown>)['eventSource']).toBeUndefined();
  });
});

describe('the text of an envelope', () => {
  it.each([
    ['spaces and the order of keys', ' { "b" : 1 ,\n "a" : 2 } '],
    ['the spelling of numbers', '{"a":1.50,"b":12345678901234567890,"c":1e3}'],
    ['keys that are there twice', '{"a":1,"a":2}'],
    ['escapes', '{"a":"\\u0041\\/\\u0000\\ud83d\\ude00"}'],
    ['other alphabets', '{"a":"Zoë 😀"}'],
    ['keys of objects', '{"__proto__":{"a":1}}'],
    ['a field named detail', '{"detail":{},"version":"9"}'],
  ])('keeps %s of the record byte for byte', (_, text) => {
    const raw = Buffer.from(text);
    const envelope = toEnvelope(JSON.parse(text) as Record<string, unknown>, owner);
    const whole = envelopeText(envelope, raw);
    expect(whole.endsWith(`,"detail":${text}}`)).toBe(true);
    expect(JSON.parse(whole)).toEqual(JSON.parse(JSON.stringify(envelope)));
  });

  it('escapes what a record says of time and region', () => {
    const envelope = toEnvelope({ awsRegion: '"}\n', eventTime: '\\', eventSource: '".x' }, owner);
    expect(JSON.parse(envelopeText(envelope, Buffer.from('{}')))).toEqual({ ...envelope, detail: {} });
  });
});
