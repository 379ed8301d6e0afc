import { PublishCommand } from '@aws-sdk/client-sns';
import { badInput } from '../../platform/errors.js';
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

interface Settings extends AwsSettings {
  readonly subject: string | null;
}

const form = {
  service: 'sns',
  resource: /^[A-Za-z0-9_-]{1,256}(?:\.fifo)?$/,
  example: 'arn:aws:sns:eu-west-1:111122223333:alerts',
};
/** What a topic can be set to take; that of one that is not is 256 KiB. Source: `Publish`, SNS API reference. */
const maxBytes = 1024 * 1024;

const mostSubject = 100;

/** What cannot stand in a subject is left out of it, as what it may hold no more. Source: `Publish`, SNS API reference. */
function subjectOf(text: string | null): { readonly Subject?: string } {
  const printable = (text ?? '').replace(/[^\x20-\x7e]/g, '?').trim();
  if (printable === '') return {};
  return { Subject: printable.length <= mostSubject ? printable : `${printable.slice(0, mostSubject - 3)}...` };
}

/** A topic of SNS. */
export const sns: TargetKind<Settings, AwsSecrets> = {
  fields: [...awsFields, 'subject'],

  parse(input, known, rules) {
    const { settings, secrets } = parseAwsTarget(input, known, rules, form);
    const subject = (input.subject === undefined ? known?.settings.subject : input.subject) || null;
    if (subject !== null && !/^[\x21-\x7e][\x20-\x7e]{0,98}$/.test(subject)) {
      throw badInput('input.subject', 'must have up to 99 printable ASCII characters and not begin with a blank');
    }
    return { settings: { ...settings, subject }, secrets };
  },

  async send(target, message, context) {
    const { settings } = target;
    const tooMuch = tooLarge(Buffer.byteLength(message.body), maxBytes, 'SNS');
    if (tooMuch !== null) return tooMuch;
    const command = new PublishCommand({
      TopicArn: settings.arn,
      Message: message.body,
      ...subjectOf(settings.subject ?? message.subject),
      MessageAttributes: messageIdAttribute(message),
      ...fifoFields(settings, message),
    });
    const client = context.aws.sns(identityOf(target), regionOf(settings));
    return await sendToAws('sns:Publish', context, async (options) => {
      const { MessageId } = await client.send(command, options);
      return MessageId ?? 'published';
    });
  },
};
