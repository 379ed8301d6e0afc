import { PutRecordCommand } from '@aws-sdk/client-firehose';
import { parseRoleArn } from '../../platform/aws/partition.js';
import { badInput } from '../../platform/errors.js';
import type { TargetKind } from '../target-kind.js';
import {
  type AwsSecrets,
  type AwsSettings,
  awsFields,
  identityOf,
  parseAwsTarget,
  regionOf,
  sendToAws,
} from './aws-target.js';
import { tooLarge } from './failures.js';

const form = {
  service: 'firehose',
  resource: /^deliverystream\/[A-Za-z0-9_.-]{1,64}$/,
  example: 'arn:aws:firehose:eu-west-1:111122223333:deliverystream/events',
};
/** Source: the shape `Data` of Firehose's API. */
const maxBytes = 1_024_000;

/** A stream of Firehose. Each record ends with a line break, since what Firehose writes has nothing else between them. */
export const firehose: TargetKind<AwsSettings, AwsSecrets> = {
  fields: awsFields,

  parse(input, known, rules) {
    const { settings, secrets, parsed } = parseAwsTarget(input, known, rules, form);
    const role = settings.roleArn === null ? null : parseRoleArn(settings.roleArn);
    if (role !== null && role.accountId !== parsed.accountId) {
      throw badInput('input.roleArn', 'must be a role of the account of the stream, which Firehose knows by name only');
    }
    return { settings, secrets };
  },

  async send(target, { body }, context) {
    const data = Buffer.from(`${body}\n`);
    const tooMuch = tooLarge(data.length, maxBytes, 'Firehose');
    if (tooMuch !== null) return tooMuch;
    const name = target.settings.arn.slice(target.settings.arn.indexOf('/') + 1);
    const command = new PutRecordCommand({ DeliveryStreamName: name, Record: { Data: data } });
    const client = context.aws.firehose(identityOf(target), regionOf(target.settings));
    return await sendToAws('firehose:PutRecord', context, async (options) => {
      const { RecordId } = await client.send(command, options);
      return RecordId?.slice(0, 60) ?? 'put';
    });
  },
};
