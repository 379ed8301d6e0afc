import { createHash } from 'node:crypto';
import { expect, it } from 'vitest';
import type { CloudTrailEvent } from './cloudtrail-event.js';
import { recordHash } from './event-id.js';
import { toCloudTrailEvent } from './record-to-event.js';

const context = { awsRegion: 'eu-west-1', deliveredAt: Date.parse('2026-11-21T00:05:00Z') };

function convert(record: Record<string, unknown>): CloudTrailEvent {
  return convertText(JSON.stringify(record));
}

function convertText(text: string): CloudTrailEvent {
  return toCloudTrailEvent({ raw: Buffer.from(text), record: JSON.parse(text) as Record<string, unknown> }, context);
}

const role = 'arn:aws:iam::111122223333:role/deploy';

it('takes each column from its place in the record', () => {
  const event = convert({
    eventVersion: '1.11',
    userIdentity: {
      type: 'AssumedRole',
      principalId: 'AROAEXAMPLE:ci',
      arn: 'arn:aws:sts::111122223333:assumed-role/deploy/ci',
      accountId: '111122223333',
      accessKeyId: 'ASIAEXAMPLE',
      sessionContext: { sessionIssuer: { type: 'Role', arn: role, userName: 'deploy' } },
    },
    eventTime: '2026-11-21T00:01:02Z',
    eventSource: 's3.amazonaws.com',
    eventName: 'PutObject',
    awsRegion: 'us-east-1',
    sourceIPAddress: '203.0.113.9',
    userAgent: '[aws-sdk-go]',
    errorCode: 'AccessDenied',
    errorMessage: 'Access Denied',
    eventID: '0F8FAD5B-D9CB-469F-A165-70867728950E',
    readOnly: false,
    resources: [{ ARN: 'arn:aws:s3:::b/k' }, { ARN: 'arn:aws:s3:::b' }, { ARN: 'arn:aws:s3:::b' }, { type: 'x' }, null],
    eventType: 'AwsApiCall',
    managementEvent: false,
    eventCategory: 'Data',
  });
  expect(event).toEqual({
    eventId: '0f8fad5b-d9cb-469f-a165-70867728950e',
    eventTime: Date.parse('2026-11-21T00:01:02Z'),
    awsRegion: 'us-east-1',
    eventSource: 's3.amazonaws.com',
    eventName: 'PutObject',
    eventType: 'AwsApiCall',
    eventCategory: 'Data',
    readOnly: false,
    managementEvent: false,
    errorCode: 'AccessDenied',
    errorMessage: 'Access Denied',
    hasError: true,
    identityType: 'AssumedRole',
    principalArn: 'arn:aws:sts::111122223333:assumed-role/deploy/ci',
    sessionIssuerArn: role,
    userName: null,
    accessKeyId: 'ASIAEXAMPLE',
    sourceIp: '203.0.113.9',
    sourceAddress: null,
    userAgent: '[aws-sdk-go]',
    resourceArns: ['arn:aws:s3:::b/k', 'arn:aws:s3:::b'],
  });
});

it('stores a record without anything', () => {
  const { eventId, ...rest } = convert({});
  expect(eventId).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-5/);
  expect(rest).toEqual({
    eventTime: context.deliveredAt,
    awsRegion: 'eu-west-1',
    eventSource: null,
    eventName: null,
    eventType: null,
    eventCategory: null,
    readOnly: null,
    managementEvent: null,
    errorCode: null,
    errorMessage: null,
    hasError: false,
    identityType: null,
    principalArn: null,
    sessionIssuerArn: null,
    userName: null,
    accessKeyId: null,
    sourceIp: null,
    sourceAddress: null,
    userAgent: null,
    resourceArns: [],
  });
});

it.each([null, 1, 'x', true, [], {}, [[]], [null], { sessionContext: 7 }, { sessionContext: { sessionIssuer: [] } }])(
  'is not troubled by %j in the place of anything',
  (value) => {
    const names = [
      'userIdentity',
      'eventTime',
      'eventSource',
      'eventName',
      'awsRegion',
      'sourceIPAddress',
      'userAgent',
    ];
    const more = ['errorCode', 'errorMessage', 'eventID', 'readOnly', 'resources', 'responseElements', '__proto__'];
    const event = convertText(`{${[...names, ...more].map((name) => `"${name}":${JSON.stringify(value)}`).join(',')}}`);
    const text = typeof value === 'string' ? value : null;
    expect(event).toMatchObject({
      eventName: text,
      errorCode: text,
      sourceIp: null,
      sourceAddress: text,
      resourceArns: [],
    });
    expect(event.eventTime).toBe(context.deliveredAt);
  },
);

// Truth: ISO 8601 and the calendar; null: the delivery time stands in.
it.each<[unknown, string | null]>([
  ['2020-09-14T00:44:23Z', '2020-09-14T00:44:23Z'],
  ['2020-09-14T00:44:23.456Z', '2020-09-14T00:44:23.456Z'],
  ['2020-09-14T00:44:23.456789Z', '2020-09-14T00:44:23.456Z'],
  ['2020-09-14T02:44:23+02:00', '2020-09-14T00:44:23Z'],
  ['2020-09-13T20:14:23-04:30', '2020-09-14T00:44:23Z'],
  ['1970-01-01T00:00:00Z', '1970-01-01T00:00:00Z'],
  ['9999-12-31T23:59:59Z', '9999-12-31T23:59:59Z'],
  ['1969-12-31T23:59:59Z', null],
  ['0001-01-01T00:00:00Z', null],
  ['9999-12-31T23:59:59-01:00', null],
  ['1970-01-01T00:00:00+01:00', null],
  ['10000-01-01T00:00:00Z', null],
  ['+275760-09-13T00:00:00Z', null],
  ['2023-02-30T00:00:00Z', null],
  ['2023-02-29T00:00:00Z', null],
  ['2024-02-29T00:00:00Z', '2024-02-29T00:00:00Z'],
  ['2023-13-01T00:00:00Z', null],
  ['2023-00-10T00:00:00Z', null],
  ['2023-01-01T24:00:00Z', null],
  ['2023-01-01T00:60:00Z', null],
  ['2023-01-01T00:00:60Z', null],
  ['2023-01-01T00:00:00', null],
  ['2023-01-01', null],
  ['Oct 2, 2019 11:12:29 PM', null],
  ['2023-01-01T00:00:00Z\n', null],
  [1_700_000_000, null],
  ['', null],
])('reads the time %j as %j', (eventTime, expected) => {
  expect(convert({ eventTime }).eventTime).toBe(expected === null ? context.deliveredAt : Date.parse(expected));
});

// Truth: real records; a refused login has no errorCode.
it.each([
  [{ errorCode: 'AccessDenied' }, true],
  [{ errorMessage: 'Failed authentication' }, true],
  [{ responseElements: { ConsoleLogin: 'Failure' } }, true],
  [{ responseElements: { ConsoleLogin: 'Success' } }, false],
  [{ responseElements: { errorCode: 'x' } }, false],
  [{ errorCode: null, errorMessage: null, responseElements: null }, false],
])('tells of %j that hasError is %s', (record, expected) => {
  expect(convert(record).hasError).toBe(expected);
});

it('takes the name from the user, never from the role behind a session', () => {
  const sessionContext = { sessionIssuer: { userName: 'role' } };
  expect(convert({ userIdentity: { userName: 'user', sessionContext } }).userName).toBe('user');
  expect(convert({ userIdentity: { sessionContext } }).userName).toBeNull();
});

it.each([
  ['203.0.113.9', '203.0.113.9', null],
  ['2001:db8::1', '2001:db8::1', null],
  ['2001:DB8::1', null, '2001:DB8::1'],
  ['253.252.51.07', null, '253.252.51.07'],
  ['AWS Internal', null, 'AWS Internal'],
])('stores the address %s as address %s or text %s', (sourceIPAddress, sourceIp, sourceAddress) => {
  expect(convert({ sourceIPAddress })).toMatchObject({ sourceIp, sourceAddress });
});

// Truth: Postgres stores no U+0000, and UTF-8 has no half pairs (RFC 3629).
it.each([
  ['"a\\u0000b"', 'a\ufffdb'],
  ['"\\ud800"', '\ufffd'],
  ['"x\\udc00\\ud83dy"', 'x\ufffd\ufffdy'],
  ['"\\ud83d\\ude00\\u0000"', '😀\ufffd'],
  ['"\\u00fc"', 'ü'],
  ['"😀"', '😀'],
])('stores %s as %s', (json, expected) => {
  const everywhere = `{"eventName":${json},"userAgent":${json},"errorMessage":${json},"resources":[{"ARN":${json}}]}`;
  expect(convertText(everywhere)).toMatchObject({
    eventName: expected,
    userAgent: expected,
    errorMessage: expected,
    resourceArns: [expected],
  });
});

it('cuts what is too long between characters', () => {
  const event = convert({
    eventName: 'x'.repeat(2000),
    errorCode: `x${'ü'.repeat(600)}`,
    eventSource: '😀'.repeat(500),
  });
  expect(event.eventName).toBe('x'.repeat(1024));
  expect(event.errorCode).toBe(`x${'ü'.repeat(511)}`);
  expect(event.eventSource).toBe('😀'.repeat(256));
  expect(convert({ eventName: 'x'.repeat(1024) }).eventName).toHaveLength(1024);
  const long = 'y'.repeat(100_000);
  expect(convert({ userAgent: long, errorMessage: long })).toMatchObject({
    userAgent: 'y'.repeat(8192),
    errorMessage: 'y'.repeat(8192),
  });
});

it('keeps the first hundred resources', () => {
  const resources = Array.from({ length: 300 }, (_, index) => ({ ARN: `arn:${index % 150}` }));
  expect(convert({ resources }).resourceArns).toEqual(Array.from({ length: 100 }, (_, index) => `arn:${index}`));
});

it('gives a record without a usable id the same one each time, and other bytes another', () => {
  const id = (text: string) => convertText(text).eventId;
  expect(id('{"a":1}')).toBe(id('{"a":1}'));
  expect(id('{"a":1}')).not.toBe(id('{"a": 1}'));
  expect(id('{"eventID":"not a uuid"}')).toMatch(
    /^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
  );
  // Truth: Python's uuid.uuid5 with the same namespace. Stored ids depend on it: it must stay as it is for ever.
  expect(id('{}')).toBe('24a1fa02-b434-532c-afd2-ba786ab180a6');
});

it('hashes a record to the first eight bytes of its SHA-256, signed', () => {
  for (const text of ['{}', '{"a":1}', '{"a":2}']) {
    const hex = createHash('sha256').update(text).digest('hex').slice(0, 16);
    expect(recordHash(Buffer.from(text))).toBe(BigInt.asIntN(64, BigInt(`0x${hex}`)));
  }
});
