import { SendMessageCommand } from '@aws-sdk/client-sqs';
import type { TargetKind } from '../target-kind.js';
import {
  type AwsSecrets,
  type AwsSettings,
  awsFields,
  fifoFields,
  identityOf,
  parseAwsTarget,
  regionOf,
  sendToAws,
} from './aws-target.js';
import { tooLarge } from './failures.js';
import { messageIdAttribute } from './message-attributes.js';

const form = {
  service: 'sqs',
  resource: /^(?=.{1,80}$)[A-Za-z0-9_-]+(?:\.fifo)?$/,
  example: 'arn:aws:sqs:eu-west-1:111122223333:alerts',
};
/** Source: `SendMessage`, SQS API reference. */
const maxBytes = 1024 * 1024;

/** A queue of SQS. */
export const sqs: TargetKind<AwsSettings, AwsSecrets> = {
  fields: awsFields,

  parse(input, known, rules) {
    const { settings, secrets } = parseAwsTarget(input, known, rules, form);
    return { settings, secrets };
  },

  async send(target, message, context) {
    const { settings } = target;
    const tooMuch = tooLarge(Buffer.byteLength(message.body), maxBytes, 'SQS');
    if (tooMuch !== null) return tooMuch;
    const command = new SendMessageCommand({
      QueueUrl: queueUrl(settings.arn),
      MessageBody: message.body,
      MessageAttributes: messageIdAttribute(message),
      ...fifoFields(settings, message),
    });
    const client = context.aws.sqs(identityOf(target), regionOf(settings));
    return await sendToAws('sqs:SendMessage', context, async (options) => {
      const { MessageId } = await client.send(command, options);
      return MessageId ?? 'sent';
    });
  },
};

/** Names the queue; which host is called is for the client to say. */
function queueUrl(arn: string): string {
  const [, partition, , region, accountId, name] = arn.split(':');
  return `https://sqs.${region}.amazonaws.com${partition === 'aws-cn' ? '.cn' : ''}/${accountId}/${name}`;
}
