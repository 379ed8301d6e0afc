import { describe, expect, it } from 'vitest';
import { bucketDeleted, fakeContext, messageOf, rules } from '../../../test/support/targets.js';
import { OutboundError } from '../../platform/outbound/outbound-error.js';
import { TargetType } from '../target.entity.js';
import type { TargetInputFields } from '../target-kind.js';
import { parseTarget, sendToTarget } from './registry.js';

const signing = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
const aws = (arn: string): TargetInputFields => ({
  arn,
  roleArn: 'arn:aws:iam::111122223333:role/send',
  externalId: 'external-id-0001',
});
/** Of each kind a target with all secrets that it can have. A new kind must be given one. */
const inputs: Record<TargetType, { input: TargetInputFields; secrets: readonly string[] }> = {
  WEBHOOK: {
    input: {
      url: 'https://hooks.example/in',
      secrets: [signing],
      headers: [{ name: 'authorization', value: 'Bearer s3cr3t' }],
    },
    secrets: [signing, 'Bearer s3cr3t'],
  },
  SLACK: {
    input: { url: 'https://hooks.slack.com/services/T0/B0/s3cr3t' },
    secrets: ['https://hooks.slack.com/services/T0/B0/s3cr3t'],
  },
  PAGERDUTY: {
    input: { routingKey: 'R0123456789abcdefghijklmnopqrstu' },
    secrets: ['R0123456789abcdefghijklmnopqrstu'],
  },
  SNS: { input: aws('arn:aws:sns:eu-west-1:111122223333:a'), secrets: ['external-id-0001'] },
  SQS: { input: aws('arn:aws:sqs:eu-west-1:111122223333:a'), secrets: ['external-id-0001'] },
  EVENTBRIDGE: { input: aws('arn:aws:events:eu-west-1:111122223333:event-bus/a'), secrets: ['external-id-0001'] },
  LAMBDA: { input: aws('arn:aws:lambda:eu-west-1:111122223333:function:a'), secrets: ['external-id-0001'] },
  KINESIS: { input: aws('arn:aws:kinesis:eu-west-1:111122223333:stream/a'), secrets: ['external-id-0001'] },
  FIREHOSE: { input: aws('arn:aws:firehose:eu-west-1:111122223333:deliverystream/a'), secrets: ['external-id-0001'] },
};
const types = Object.keys(TargetType) as TargetType[];

describe.each(types)('the secrets of a target of type %s', (type) => {
  const { input, secrets } = inputs[type];
  const target = parseTarget(type, input, null, rules);
  const spoken = secrets.join(' ');

  it('are kept as secrets, and not among what may be shown', () => {
    for (const secret of secrets) {
      expect(JSON.stringify(target.secrets)).toContain(secret);
      expect(JSON.stringify(target.settings)).not.toContain(secret);
    }
    expect(target).not.toHaveProperty('newSecret');
  });

  // Each repeats all secrets, in every place where a target or a library can.
  it.each<[string, object]>([
    ['a request fails', new OutboundError('connect', `no way to ${spoken}`)],
    ['AWS fails', Object.assign(new OutboundError('tls', spoken), { name: 'AccessDeniedException', code: spoken })],
    [
      'the answer is 200',
      {
        status: 200,
        body: spoken,
        MessageId: spoken,
        RecordId: spoken,
        ShardId: spoken,
        StatusCode: spoken,
        Entries: [{ EventId: spoken }],
      },
    ],
    ['the answer is 302', { status: 302, body: spoken }],
    ['the answer is 400', { status: 400, body: JSON.stringify({ message: spoken, errors: [spoken, 'routing_key'] }) }],
    ['the answer is 404', { status: 404, body: spoken }],
    ['the answer is 500', { status: 500, body: spoken, Entries: [{ ErrorCode: spoken, ErrorMessage: spoken }] }],
  ])('are not repeated when %s', async (_, answer) => {
    const outcome = await sendToTarget(type, target, messageOf(JSON.stringify(bucketDeleted)), fakeContext(answer));
    for (const secret of secrets) expect(JSON.stringify(outcome)).not.toContain(secret);
  });

  it('are not repeated when they are refused', () => {
    const bad = `${spoken}\u0000`;
    const spoilt: TargetInputFields[] = [
      { url: `https://internal.example/${bad}` },
      { secrets: [bad] },
      { secrets: [signing, signing] },
      { headers: [{ name: 'x', value: bad }] },
      { routingKey: bad },
      { externalId: bad },
    ].filter((change) => Object.keys(change).every((field) => field in input));
    expect(spoilt.length).toBeGreaterThan(0);
    for (const change of spoilt) {
      const error = errorOf(() => parseTarget(type, { ...input, ...change }, null, rules));
      expect(error).toContain('BAD_USER_INPUT');
      for (const secret of secrets) expect(error).not.toContain(secret);
    }
  });
});

it.each(types)('a target of type %s takes no field of another kind', (type) => {
  const { input } = inputs[type];
  const fields = { severity: 'info', subject: 's', partitionKeyPath: '$.id', rotateSecret: false, arn: 'a', url: 'u' };
  const own: Record<string, string[]> = {
    WEBHOOK: ['url', 'rotateSecret'],
    SLACK: ['url'],
    PAGERDUTY: ['severity'],
    SNS: ['arn', 'subject'],
    KINESIS: ['arn', 'partitionKeyPath'],
  };
  for (const [field, value] of Object.entries(fields)) {
    if ((own[type] ?? ['arn']).includes(field)) continue;
    expect(() => parseTarget(type, { ...input, [field]: value }, null, rules)).toThrow(
      `input.${field}: is not for a target of type ${type}`,
    );
    expect(() => parseTarget(type, { ...input, [field]: null }, null, rules)).not.toThrow();
  }
});

it('fields that are not of targets are not looked at', () => {
  const input = { ...inputs.SQS.input, name: 'queue', type: 'SQS', description: 'mine' };
  expect(parseTarget('SQS', input, null, rules).settings).toEqual({
    arn: 'arn:aws:sqs:eu-west-1:111122223333:a',
    roleArn: 'arn:aws:iam::111122223333:role/send',
  });
});

function errorOf(call: () => unknown): string {
  try {
    call();
  } catch (error) {
    return `${String(error)} ${JSON.stringify(error)}`;
  }
  return 'nothing was thrown';
}
