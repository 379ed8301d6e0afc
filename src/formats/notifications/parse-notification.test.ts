import { describe, expect, it } from 'vitest';
import { parseNotification } from './parse-notification.js';

const key =
  'AWSLogs/111122223333/CloudTrail/eu-west-1/2026/11/20/111122223333_CloudTrail_eu-west-1_20261120T1200Z_x.json.gz';
const etag = 'd41d8cd98f00b204e9800998ecf8427e';
const found = { bucket: 'logs', key, size: 1024, etag };
const unsized = { ...found, size: null, etag: null };

const record = (object: object, eventName = 'ObjectCreated:Put') => ({
  eventVersion: '2.1',
  eventSource: 'aws:s3',
  awsRegion: 'eu-west-1',
  eventName,
  s3: { s3SchemaVersion: '1.0', bucket: { name: 'logs', arn: 'arn:aws:s3:::logs' }, object },
});
const s3 = (...records: unknown[]) => ({ Records: records });
const put = record({ key, size: 1024, eTag: etag, sequencer: '0A1B2C3D4E5F678901' });
const sns = (message: unknown) => ({
  Type: 'Notification',
  MessageId: '22b80b92-fdea-4c2c-8f9d-bdfb0c7bf324',
  TopicArn: 'arn:aws:sns:eu-west-1:111122223333:trail',
  Message: typeof message === 'string' ? message : JSON.stringify(message),
  Timestamp: '2026-11-20T12:05:00.000Z',
});
const eventBridge = (detail: unknown, type = 'Object Created', source = 'aws.s3') => ({
  version: '0',
  id: '17793124-05d4-b198-2fde-7ededc63b103',
  'detail-type': type,
  source,
  account: '111122223333',
  detail,
});
const bridged = { version: '0', bucket: { name: 'logs' }, object: { key, size: 1024, etag }, reason: 'PutObject' };
const config = {
  s3ObjectKey: 'AWSLogs/111122223333/Config/eu-west-1/2026/9/7/ConfigHistory/x_AWS::CloudTrail::Trail_1.json.gz',
  s3Bucket: 'logs',
  messageType: 'ConfigurationHistoryDeliveryCompleted',
  recordVersion: '1.1',
};
const trail = { s3Bucket: 'logs', s3ObjectKey: [key, `${key}2`] };

describe('a message that is understood', () => {
  // The origin of each shape: the page of AWS's documentation, or whose messages they are.
  it.each<[shape: string, origin: string, message: unknown, objects: object[]]>([
    ['S3 to SQS', 'S3 User Guide, Event message structure', s3(put), [found]],
    ['several records', 'the same', s3(put, record({ key: 'b' })), [found, { ...unsized, key: 'b' }]],
    [
      'another way to write',
      'S3 User Guide, Supported event types',
      s3(record({ key }, 'ObjectCreated:Copy')),
      [unsized],
    ],
    ['a prefixed event name', 'MinIO', s3(record({ key }, 's3:ObjectCreated:Put')), [unsized]],
    [
      'an encoded key',
      'S3 User Guide, Event message structure',
      s3(record({ key: 'red+flower%2B%C3%A9.gz' })),
      [{ ...unsized, key: 'red flower+é.gz' }],
    ],
    ['a quoted ETag', 'servers beside AWS', s3(record({ key, eTag: `"${etag}"` })), [{ ...unsized, etag }]],
    ['a removal', 'S3 User Guide, Supported event types', s3(record({ key }, 'ObjectRemoved:Delete')), []],
    ['a restore beside a new one', 'the same', s3(record({ key }, 'ObjectRestore:Post'), put), [found]],
    ['no records', 'made up', s3(), []],
    ['no keys', 'made up', { s3Bucket: 'logs', s3ObjectKey: [] }, []],
    ['the test of S3', 'S3 User Guide, Event message structure', { Service: 'Amazon S3', Event: 's3:TestEvent' }, []],
    ['S3 to SNS to SQS', 'SNS Developer Guide, Fanout to SQS queues', sns(s3(put)), [found]],
    ['the test of S3 by SNS', 'the same', sns({ Event: 's3:TestEvent' }), []],
    ['one topic within another', 'made up', sns(sns(s3(put))), [found]],
    ['EventBridge to SQS', 'S3 User Guide, EventBridge event message structure', eventBridge(bridged), [found]],
    [
      'EventBridge, its key as it is',
      'the same',
      eventBridge({ ...bridged, object: { key: 'a+b%20c' } }),
      [{ ...unsized, key: 'a+b%20c' }],
    ],
    ['EventBridge to SNS to SQS', 'SNS Developer Guide', sns(eventBridge(bridged)), [found]],
    ['EventBridge, deleted', 'S3 User Guide, Using EventBridge', eventBridge(bridged, 'Object Deleted'), []],
    [
      'CloudTrail to SNS to SQS',
      'CloudTrail User Guide, Configuring SNS notifications',
      sns(trail),
      [unsized, { ...unsized, key: `${key}2` }],
    ],
    ['CloudTrail, raw', 'SNS Developer Guide, Raw message delivery', trail, [unsized, { ...unsized, key: `${key}2` }]],
    ['CloudTrail, one key as text', 'the same', { ...trail, s3ObjectKey: 'a+b%2F' }, [{ ...unsized, key: 'a+b%2F' }]],
    ['the test of CloudTrail', 'aws-cloudtrail-processing-library, issue 9', sns('CloudTrail validation message.'), []],
    ['AWS Config', 'Config Developer Guide, Example Configuration History Delivery', sns(config), []],
    ['AWS Config, raw', 'the same', config, []],
    ['AWS Config, its text as JSON', 'the same, as printed there', { ...sns(''), Message: config }, []],
    ['an impossible size or ETag', 'made up', s3(record({ key, size: -1, eTag: 'a b' })), [unsized]],
    ['a size as text', 'made up', s3(record({ key, size: '12', eTag: 7 })), [unsized]],
  ])('%s (%s)', (_shape, _origin, message, objects) => {
    expect(parseNotification(JSON.stringify(message))).toEqual({ objects, problem: null });
  });

  it('is the test of CloudTrail delivered raw, which is no JSON', () => {
    expect(parseNotification('CloudTrail validation message.')).toEqual({ objects: [], problem: null });
  });
});

describe('a message that is not understood', () => {
  it.each<[message: unknown, reason: RegExp]>([
    ['hello', /no JSON object/],
    [[1], /no JSON object/],
    [null, /no JSON object/],
    [{}, /form of no notification/],
    [{ Records: 'x' }, /form of no notification/],
    [{ s3Bucket: 'logs' }, /form of no notification/],
    [{ s3Bucket: 'logs', s3ObjectKey: 7 }, /key 0: it names no key/],
    [{ s3Bucket: null, s3ObjectKey: 'k' }, /names no bucket/],
    [eventBridge({}, 'EC2 Instance State-change Notification', 'aws.ec2'), /"aws\.ec2", not of aws\.s3/],
    [eventBridge(null), /no detail/],
    [eventBridge({ bucket: 'logs', object: { key } }), /no bucket or no object/],
    [sns('hello'), /not JSON/],
    [{ ...sns(''), Message: 7 }, /envelope is empty/],
    [{ ...sns(s3(put)), Type: 'SubscriptionConfirmation' }, /confirm-subscription/],
    [{ ...sns(s3(put)), Type: 'UnsubscribeConfirmation' }, /still subscribed/],
    [sns(sns(sns(s3(put)))), /more than one envelope/],
    [s3(record({ key: '%ZZ' })), /record 0: its key is not URL-encoded/],
    [s3(record({ key: '%FF' })), /not URL-encoded/],
    [s3(record({ key: 'a%00b' })), /U\+0000/],
    [s3(record({ key: 'a\ud800' })), /U\+0000 or half of a surrogate/],
    [s3(record({ key: 'é'.repeat(513) })), /longer than 1024 bytes/],
    [s3(record({})), /names no key/],
    [s3({ ...put, s3: { object: { key } } }), /no bucket/],
    [s3({ EventSource: 'aws:sns', Sns: {} }), /no record of S3/],
  ])('%o', (message, reason) => {
    const { objects, problem } = parseNotification(JSON.stringify(message));
    expect(objects).toEqual([]);
    expect(problem ?? '').toMatch(reason);
  });

  it.each([
    ['', /not JSON/],
    ['{"Records":[', /not JSON/],
    ['['.repeat(200_000), /not JSON/],
    [JSON.stringify('x'.repeat(1024 * 1024)), /longer than/],
  ])('is told, whatever it is', (body, reason) => {
    expect(parseNotification(body)).toMatchObject({ objects: [], problem: expect.stringMatching(reason) });
  });
});

describe('a message that is partly good', () => {
  it('gives its good part, and tells of the first few parts that are not', () => {
    const bad = record({ key: '%ZZ' });
    expect(parseNotification(JSON.stringify(s3(bad, put, 7, bad, bad, bad)))).toEqual({
      objects: [found],
      problem:
        'record 0: its key is not URL-encoded; record 2: it is no record of S3; record 3: its key is not URL-encoded; and 2 more',
    });
    expect(parseNotification(JSON.stringify(sns({ ...trail, s3ObjectKey: [key, null] })))).toEqual({
      objects: [unsized],
      problem: 'key 1: it names no key',
    });
  });

  it('is read to its ten thousandth part', () => {
    const { objects, problem } = parseNotification(
      JSON.stringify({ s3Bucket: 'logs', s3ObjectKey: Array.from({ length: 10_001 }, (_, index) => `k${index}`) }),
    );
    expect(objects).toHaveLength(10_000);
    expect(problem).toMatch(/10001 parts; only the first 10000/);
  });
});
