import { describe, expect, it } from 'vitest';
import { alarmChanged, bucketDeleted, fakeContext, messageOf, rules } from '../../../test/support/targets.js';
import type { TargetType } from '../target.entity.js';
import type { Message, TargetInputFields } from '../target-kind.js';
import { parseTarget, sendToTarget } from './registry.js';

const id = '0b8f4b0e-6f1c-4c36-9a3e-2f9f1d1f0a11';
const roleArn = 'arn:aws:iam::111122223333:role/send';
const arns = {
  SNS: 'arn:aws:sns:eu-west-1:111122223333:alerts',
  SQS: 'arn:aws:sqs:eu-west-1:111122223333:alerts',
  EVENTBRIDGE: 'arn:aws:events:eu-west-1:111122223333:event-bus/default',
  LAMBDA: 'arn:aws:lambda:eu-west-1:111122223333:function:handle:live',
  KINESIS: 'arn:aws:kinesis:eu-west-1:111122223333:stream/events',
  FIREHOSE: 'arn:aws:firehose:eu-west-1:111122223333:deliverystream/events',
} as const;
type AwsType = keyof typeof arns;
const types = Object.keys(arns) as AwsType[];

async function send(type: TargetType, input: TargetInputFields, message: Message, context = fakeContext()) {
  const target = parseTarget(type, { roleArn, externalId: 'x-1234', ...input }, null, rules);
  const outcome = await sendToTarget(type, target, message, context);
  return { outcome, commands: context.commands };
}
async function inputOf(type: AwsType, body: string, input: TargetInputFields = {}, more: Partial<Message> = {}) {
  const { commands } = await send(type, { arn: arns[type], ...input }, messageOf(body, more));
  return commands[0]?.input;
}

describe('what is sent', () => {
  const attribute = { 'crosstrail-message-id': { DataType: 'String', StringValue: id } };
  const event = JSON.stringify(bucketDeleted);
  // Inputs: the API references of Publish, SendMessage, PutEvents, Invoke and the two PutRecord.
  it.each<[AwsType, string, string, object]>([
    ['SNS', 'sns', 'PublishCommand', { TopicArn: arns.SNS, Message: event, MessageAttributes: attribute }],
    [
      'SQS',
      'sqs',
      'SendMessageCommand',
      {
        QueueUrl: 'https://sqs.eu-west-1.amazonaws.com/111122223333/alerts',
        MessageBody: event,
        MessageAttributes: attribute,
      },
    ],
    [
      'EVENTBRIDGE',
      'eventBridge',
      'PutEventsCommand',
      {
        Entries: [
          {
            EventBusName: arns.EVENTBRIDGE,
            Source: 'crosstrail.aws.s3',
            DetailType: 'AWS API Call via CloudTrail',
            Detail: JSON.stringify(bucketDeleted.detail),
            Time: new Date('2026-03-01T11:58:00Z'),
            Resources: ['arn:aws:s3:::logs'],
          },
        ],
      },
    ],
    [
      'LAMBDA',
      'lambda',
      'InvokeCommand',
      { FunctionName: arns.LAMBDA, InvocationType: 'Event', Payload: Buffer.from(event) },
    ],
    [
      'KINESIS',
      'kinesis',
      'PutRecordCommand',
      { StreamARN: arns.KINESIS, Data: Buffer.from(event), PartitionKey: '111122223333' },
    ],
    [
      'FIREHOSE',
      'firehose',
      'PutRecordCommand',
      { DeliveryStreamName: 'events', Record: { Data: Buffer.from(`${event}\n`) } },
    ],
  ])('%s: an event, in the region of the resource and as the role', async (type, service, command, input) => {
    const { commands } = await send(type, { arn: arns[type] }, messageOf(event));
    const identity = { roleArn, externalId: 'x-1234' };
    expect(commands).toEqual([{ service, identity, region: 'eu-west-1', command, input }]);
  });

  it('SNS: a subject', async () => {
    expect(await inputOf('SNS', '"x"', { subject: 'Alerts' })).toMatchObject({ Subject: 'Alerts' });
  });

  // Limits: `Publish`, SNS API reference: 100 characters of printable ASCII.
  it.each([
    [null, 'ALARM: "logins"', 'ALARM: "logins"'],
    ['Alerts', 'ALARM: "logins"', 'Alerts'],
    [null, 'ALARM: "größe\n"', 'ALARM: "gr??e?"'],
    [null, 'x'.repeat(101), `${'x'.repeat(97)}...`],
    [null, 'x'.repeat(100), 'x'.repeat(100)],
    [null, '  ', undefined],
    [null, null, undefined],
  ])('SNS: with the subject %j, and %j of the message, is headed %j', async (own, subject, expected) => {
    expect(await inputOf('SNS', '"x"', { subject: own }, { subject })).toEqual({
      TopicArn: arns.SNS,
      Message: '"x"',
      MessageAttributes: attribute,
      ...(expected === undefined ? {} : { Subject: expected }),
    });
  });

  it.each([
    ['SNS', '111122223333', '111122223333'],
    ['SQS', 'rule/a', 'rule/a'],
    ['SQS', 'a b', expect.stringMatching(/^[0-9a-f]{64}$/)],
    ['SNS', 'x'.repeat(129), expect.stringMatching(/^[0-9a-f]{64}$/)],
  ] as const)('%s: a FIFO topic or queue keeps the group %j in order', async (type, group, expected) => {
    const input = await inputOf(type, '"x"', { arn: `${arns[type]}.fifo` }, { group });
    expect(input).toMatchObject({ MessageGroupId: expected, MessageDeduplicationId: id });
  });

  it('SQS: a queue in China', async () => {
    const china = { arn: 'arn:aws-cn:sqs:cn-north-1:111122223333:q', roleArn: 'arn:aws-cn:iam::111122223333:role/r' };
    expect(await inputOf('SQS', '"x"', china)).toMatchObject({
      QueueUrl: 'https://sqs.cn-north-1.amazonaws.com.cn/111122223333/q',
    });
  });

  it.each([
    [
      'text',
      '"hi"',
      { Source: 'crosstrail', DetailType: 'Crosstrail Message', Detail: '{"message":"hi"}', Resources: [] },
    ],
    ['lines', '"a"\n"b"', { Detail: '{"message":"a\\nb"}' }],
    ['a list', '[1]', { Detail: '{"message":[1]}' }],
    ['an object that is no event', '{"n": 1.0}', { Source: 'crosstrail', Detail: '{"n": 1.0}' }],
    ['an alarm', JSON.stringify(alarmChanged('OK')), { Source: 'crosstrail.aws.cloudwatch' }],
    [
      "an event that is not AWS's",
      '{"source":"my.app","detail-type":"T","detail":{"n": 12345678901234567890}}',
      { Source: 'my.app', Detail: '{"n": 12345678901234567890}' },
    ],
    [
      'an event without a time',
      '{"source":"a","detail-type":"T","detail":{}}',
      { Time: new Date('2026-03-01T11:59:58Z') },
    ],
    [
      'an event with a long type',
      `{"source":"a","detail-type":"${'t'.repeat(200)}","detail":{}}`,
      { DetailType: `${'t'.repeat(127)}…` },
    ],
  ])('EVENTBRIDGE: %s', async (_, body, expected) => {
    const input = (await inputOf('EVENTBRIDGE', body)) as { Entries: object[] };
    expect(input.Entries[0]).toMatchObject(expected);
  });

  it.each([
    ['"hi"', '"hi"'],
    ['"a"\n"b"', '"\\"a\\"\\n\\"b\\""'],
  ])('LAMBDA: %j is given as the JSON %j', async (body, payload) => {
    expect(await inputOf('LAMBDA', body)).toMatchObject({ Payload: Buffer.from(payload) });
  });

  it.each([
    ['$.account', '{"account":"444455556666"}', '444455556666'],
    ['$.detail.n', '{"detail":{"n":7}}', '7'],
    ['$.detail.name', '{"detail":{"name":"Zo\\u00eb"}}', expect.stringMatching(/^[0-9a-f]{64}$/)],
    ['$.account', '{"account":""}', '111122223333'],
    ['$.account', '{}', '111122223333'],
    ['$.account', 'no JSON', '111122223333'],
    ['$', JSON.stringify('x'.repeat(257)), expect.stringMatching(/^[0-9a-f]{64}$/)],
  ])('KINESIS: %s of %j is the partition key', async (partitionKeyPath, body, expected) => {
    expect(await inputOf('KINESIS', body, { partitionKeyPath })).toMatchObject({ PartitionKey: expected });
  });
});

describe('what comes of it', () => {
  it.each<[AwsType, object, string]>([
    ['SNS', { MessageId: 'm-1' }, 'm-1'],
    ['SQS', { MessageId: 'm-2' }, 'm-2'],
    ['EVENTBRIDGE', { FailedEntryCount: 0, Entries: [{ EventId: 'e-1' }] }, 'e-1'],
    ['LAMBDA', { StatusCode: 202 }, '202'],
    ['KINESIS', { ShardId: 'shardId-1', SequenceNumber: '1' }, 'shardId-1'],
    ['FIREHOSE', { RecordId: 'r-1' }, 'r-1'],
  ])('%s answers %o', async (type, answer, expected) => {
    const { outcome } = await send(type, { arn: arns[type] }, messageOf('{}'), fakeContext(answer));
    expect(outcome).toEqual({ delivered: true, answer: expected });
  });

  it.each(types)('%s refuses: an outcome, not an error', async (type) => {
    const denied = Object.assign(new Error('not allowed'), { name: 'AccessDeniedException' });
    const { outcome } = await send(type, { arn: arns[type] }, messageOf('{}'), fakeContext(denied));
    expect(outcome).toMatchObject({ delivered: false, retry: true, blames: 'target', retryAfterSeconds: 60 });
  });

  // Codes of entries: PutEventsResultEntry, EventBridge API reference.
  it.each([
    ['ThrottlingException', { retry: true, blames: 'target' }],
    ['InternalFailure', { retry: true, blames: 'target' }],
    ['AccessDeniedException', { retry: true, blames: 'target', retryAfterSeconds: 60 }],
    ['MalformedDetail', { retry: false, blames: 'message' }],
  ])('EVENTBRIDGE takes the call and not the entry: %s', async (ErrorCode, expected) => {
    const answer = { FailedEntryCount: 1, Entries: [{ ErrorCode, ErrorMessage: 'so it is' }] };
    const { outcome } = await send('EVENTBRIDGE', { arn: arns.EVENTBRIDGE }, messageOf('{}'), fakeContext(answer));
    expect(outcome).toMatchObject({ delivered: false, ...expected });
    expect(outcome).toMatchObject({
      reason: expect.stringContaining(`events:PutEvents failed with ${ErrorCode}: so it is`),
    });
  });

  // Sources: SendMessage and Publish (1 MiB), PutRecord of Kinesis (10 MiB with the key) in the models of the SDK; the shape
  // Data of Firehose (1,024,000 bytes). Lambda and EventBridge: 1 MiB, as AWS announced; not seen in a model.
  it.each<[AwsType, number]>([
    ['SNS', 1_048_576 - 2],
    ['SQS', 1_048_576 - 2],
    ['LAMBDA', 1_048_576 - 2],
    ['KINESIS', 10_485_760 - 2 - 12],
    ['FIREHOSE', 1_024_000 - 2 - 1],
    ['EVENTBRIDGE', 1_048_576 - '{"message":""}'.length - 14 - 'crosstrail'.length - 'Crosstrail Message'.length],
  ])('%s takes %i characters of text and not one more', async (type, length) => {
    const of = (more: number) => send(type, { arn: arns[type] }, messageOf(`"${'x'.repeat(length + more)}"`));
    const [fits, exceeds] = [await of(0), await of(1)];
    expect(fits.outcome).toMatchObject({ delivered: true });
    expect(exceeds.outcome).toMatchObject({ delivered: false, retry: false, blames: 'message' });
    expect(exceeds.commands).toEqual([]);
  });

  it('sizes are counted in bytes', async () => {
    const { outcome } = await send('SQS', { arn: arns.SQS }, messageOf(`"${'é'.repeat(600_000)}"`));
    expect(outcome).toMatchObject({ delivered: false, reason: 'it has 1200002 bytes; SQS takes 1048576' });
  });
});

describe('what is given', () => {
  it.each(types)('%s: the external id is a secret; what is left out stays', (type) => {
    const made = parseTarget(type, { arn: arns[type], roleArn, externalId: 'x-1234' }, null, rules);
    expect(made.settings).toMatchObject({ arn: arns[type], roleArn });
    expect(made.secrets).toEqual({ externalId: 'x-1234' });
    expect(parseTarget(type, {}, made, rules)).toEqual(made);
    const other = 'arn:aws:iam::111122223333:role/other';
    expect(parseTarget(type, { roleArn: other }, made, rules).secrets).toEqual({ externalId: null });
    expect(parseTarget(type, { roleArn: null }, made, rules).settings).toMatchObject({ roleArn: null });
  });

  it('what one kind has besides stays too, and null takes it away', () => {
    const topic = parseTarget('SNS', { arn: arns.SNS, subject: 'S' }, null, rules);
    expect(parseTarget('SNS', {}, topic, rules).settings).toMatchObject({ subject: 'S' });
    expect(parseTarget('SNS', { subject: null }, topic, rules).settings).toMatchObject({ subject: null });
    const stream = parseTarget('KINESIS', { arn: arns.KINESIS, partitionKeyPath: '$.id' }, null, rules);
    expect(parseTarget('KINESIS', {}, stream, rules).settings).toMatchObject({ partitionKeyPath: '$.id' });
  });

  // Forms of ARNs: the Service Authorization Reference; names: the shapes of each API.
  it.each<[AwsType, string]>([
    ['SNS', 'arn:aws-us-gov:sns:us-gov-west-1:111122223333:a_b-C.fifo'],
    ['SQS', `arn:aws:sqs:ap-southeast-4:111122223333:${'q'.repeat(75)}.fifo`],
    ['EVENTBRIDGE', 'arn:aws:events:eu-west-1:111122223333:event-bus/my.bus/of-1'],
    ['LAMBDA', 'arn:aws:lambda:eu-west-1:111122223333:function:f'],
    ['LAMBDA', 'arn:aws:lambda:eu-west-1:111122223333:function:f:12'],
    ['LAMBDA', 'arn:aws:lambda:eu-west-1:111122223333:function:f:$LATEST'],
    ['KINESIS', 'arn:aws-cn:kinesis:cn-north-1:111122223333:stream/a.b'],
    ['FIREHOSE', 'arn:aws:firehose:eu-west-1:111122223333:deliverystream/a_b'],
  ])('%s: %s is taken', (type, arn) => {
    expect(parseTarget(type, { arn }, null, rules).settings).toMatchObject({ arn });
  });

  it.each<[AwsType, string]>([
    ...types.map((type) => [type, arns[type].replace('eu-west-1', 'nowhere')] as [AwsType, string]),
    ...types.map((type) => [type, arns[type].replace('arn:aws:', 'arn:aws-cn:')] as [AwsType, string]),
    ...types.map((type) => [type, arns[type].replace('111122223333', '1111')] as [AwsType, string]),
    ...types.map((type) => [type, arns[type].replace('111122223333', '')] as [AwsType, string]),
    ...types.map((type) => [type, `${arns[type]}\n`] as [AwsType, string]),
    ...types.map((type) => [type, ` ${arns[type]}`] as [AwsType, string]),
    ...types.map((type) => [type, `${arns[type]}*`] as [AwsType, string]),
    ...types.map((type) => [type, arns[type === 'SNS' ? 'SQS' : 'SNS']] as [AwsType, string]),
    ['SNS', `${arns.SNS}:0b8f4b0e-6f1c-4c36-9a3e-2f9f1d1f0a11`],
    ['SNS', 'arn:aws:sns:eu-west-1:111122223333:../x'],
    ['SQS', 'https://sqs.eu-west-1.amazonaws.com/111122223333/alerts'],
    ['SQS', `arn:aws:sqs:eu-west-1:111122223333:${'q'.repeat(81)}`],
    ['SQS', 'arn:aws:sqs:eu-west-1.evil.example:111122223333:q'],
    ['EVENTBRIDGE', 'arn:aws:events:eu-west-1:111122223333:rule/default'],
    ['LAMBDA', 'arn:aws:lambda:eu-west-1:111122223333:layer:f'],
    ['LAMBDA', 'arn:aws:lambda:eu-west-1:111122223333:function:f:live:2'],
    ['KINESIS', 'arn:aws:kinesis:eu-west-1:111122223333:stream/a/consumer/b:1'],
    ['FIREHOSE', 'arn:aws:firehose:eu-west-1:111122223333:deliverystream/../x'],
    ['FIREHOSE', 'events'],
    ['KINESIS', 'x'.repeat(100_000)],
  ])('%s: %j is refused', (type, arn) => {
    expect(() => parseTarget(type, { arn }, null, rules)).toThrow(/^input\.arn: must have the form arn:aws:/);
  });

  it.each<[string, AwsType, TargetInputFields]>([
    ['input.arn', 'SNS', { arn: null }],
    ['input.roleArn', 'SQS', { roleArn: 'arn:aws:iam::111122223333:user/u' }],
    ['input.roleArn', 'SQS', { roleArn: 'arn:aws-cn:iam::111122223333:role/r' }],
    ['input.roleArn', 'SQS', { roleArn: 'arn:aws:iam::111122223333:role/forbidden' }],
    ['input.roleArn', 'FIREHOSE', { roleArn: 'arn:aws:iam::444455556666:role/r' }],
    ['input.externalId', 'SQS', { externalId: 'x-1234' }],
    ['input.externalId', 'SQS', { roleArn, externalId: 'a b' }],
    ['input.subject', 'SNS', { subject: 'x'.repeat(100) }],
    ['input.subject', 'SNS', { subject: 'a\nb' }],
    ['input.subject', 'SNS', { subject: ' a' }],
    ['input.partitionKeyPath', 'KINESIS', { partitionKeyPath: 'account' }],
    ['input.partitionKeyPath', 'KINESIS', { partitionKeyPath: '$..a' }],
  ])('%s is refused: %s %j', (argument, type, input) => {
    expect(() => parseTarget(type, { arn: arns[type], ...input }, null, rules)).toThrow(
      expect.objectContaining({ code: 'BAD_USER_INPUT', details: expect.objectContaining({ argument }) }),
    );
  });

  it('whoever may use a role is asked about it, also where it stays', () => {
    const known = parseTarget('SQS', { arn: arns.SQS, roleArn }, null, rules);
    const asked: unknown[] = [];
    const requireRole = (...args: unknown[]) => void asked.push(args);
    parseTarget('SQS', { arn: arns.SQS }, known, { ...rules, requireRole });
    parseTarget('SQS', { arn: arns.SQS }, null, { ...rules, requireRole });
    expect(asked).toEqual([
      ['input.roleArn', roleArn],
      ['input.roleArn', null],
    ]);
  });
});
