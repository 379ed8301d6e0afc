import { PutRecordCommand } from '@aws-sdk/client-kinesis';
import { InputError } from '../../patterns/input-transformer/input-error.js';
import { parseJsonPath } from '../../patterns/input-transformer/json-path.js';
import { valueSlices } from '../../patterns/input-transformer/value-slices.js';
import { badInput } from '../../platform/errors.js';
import type { Message, TargetKind } from '../target-kind.js';
import {
  type AwsSecrets,
  type AwsSettings,
  awsFields,
  identityOf,
  keyOf,
  parseAwsTarget,
  regionOf,
  sendToAws,
} from './aws-target.js';
import { isJson } from './body.js';
import { tooLarge } from './failures.js';

interface Settings extends AwsSettings {
  readonly partitionKeyPath: string | null;
}

const form = {
  service: 'kinesis',
  resource: /^stream\/[A-Za-z0-9_.-]{1,128}$/,
  example: 'arn:aws:kinesis:eu-west-1:111122223333:stream/events',
};
/** What a stream can be set to take, its key included; that of one that is not is 1 MiB. Source: `PutRecord`, API reference. */
const maxBytes = 10 * 1024 * 1024;
const mostKeyLength = 256;

/** A stream of Kinesis. Records of one partition key stay in order. */
export const kinesis: TargetKind<Settings, AwsSecrets> = {
  fields: [...awsFields, 'partitionKeyPath'],

  parse(input, known, rules) {
    const { settings, secrets } = parseAwsTarget(input, known, rules, form);
    const given = input.partitionKeyPath;
    const partitionKeyPath = (given === undefined ? known?.settings.partitionKeyPath : given) || null;
    if (partitionKeyPath !== null) checkPath(partitionKeyPath);
    return { settings: { ...settings, partitionKeyPath }, secrets };
  },

  async send(target, message, context) {
    const { arn, partitionKeyPath } = target.settings;
    const key = partitionKeyOf(message, partitionKeyPath);
    const data = Buffer.from(message.body);
    const tooMuch = tooLarge(data.length + Buffer.byteLength(key), maxBytes, 'Kinesis');
    if (tooMuch !== null) return tooMuch;
    const command = new PutRecordCommand({ StreamARN: arn, Data: data, PartitionKey: key });
    const client = context.aws.kinesis(identityOf(target), regionOf(target.settings));
    return await sendToAws('kinesis:PutRecord', context, async (options) => {
      const { ShardId } = await client.send(command, options);
      return ShardId ?? 'put';
    });
  },
};

function checkPath(path: string): void {
  try {
    parseJsonPath('input.partitionKeyPath', path);
  } catch (error) {
    if (error instanceof InputError) throw badInput(error.argument, error.reason, error.position);
    throw error;
  }
}

/** What the path leads to; the message's group where there is nothing. */
function partitionKeyOf({ body, group }: Message, path: string | null): string {
  const slice = path === null || !isJson(body) ? null : valueSlices(body, [parseJsonPath('', path)])[0];
  const key = slice?.startsWith('"') ? String(JSON.parse(slice)) : slice;
  return keyOf(key ? key : group, mostKeyLength);
}
