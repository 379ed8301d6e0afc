import { PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { parseJsonPath } from '../../patterns/input-transformer/json-path.js';
import { valueSlices } from '../../patterns/input-transformer/value-slices.js';
import type { Message, TargetKind } from '../target-kind.js';
import {
  type AwsSecrets,
  type AwsSettings,
  awsFields,
  identityOf,
  parseAwsTarget,
  regionOf,
  sendToAws,
} from './aws-target.js';
import { cut, objectOf, readBody } from './body.js';
import { type Envelope, envelopeOf } from './envelope.js';
import { tooLarge } from './failures.js';

const form = {
  service: 'events',
  resource: /^event-bus\/[A-Za-z0-9._/-]{1,256}$/,
  example: 'arn:aws:events:eu-west-1:111122223333:event-bus/default',
};
/** It was 256 KB once; AWS itself refuses what a region does not take yet. */
const maxBytes = 1024 * 1024;
const mostDetailType = 128;
const detailPath = parseJsonPath('detail', '$.detail');

/**
 * A bus of EventBridge. An event keeps its type, time, resources and detail, and its source too, unless that is AWS's
 * own: `aws.` cannot be put by anyone else, and becomes `crosstrail.aws.`.
 */
export const eventBridge: TargetKind<AwsSettings, AwsSecrets> = {
  fields: awsFields,

  parse(input, known, rules) {
    const { settings, secrets } = parseAwsTarget(input, known, rules, form);
    return { settings, secrets };
  },

  async send(target, message, context) {
    const entry = { EventBusName: target.settings.arn, ...entryOf(message) };
    const tooMuch = tooLarge(sizeOf(entry), maxBytes, 'EventBridge');
    if (tooMuch !== null) return tooMuch;
    const client = context.aws.eventBridge(identityOf(target), regionOf(target.settings));
    return await sendToAws('events:PutEvents', context, async (options) => {
      const { Entries } = await client.send(new PutEventsCommand({ Entries: [entry] }), options);
      const { EventId, ErrorCode, ErrorMessage } = Entries?.[0] ?? {};
      if (ErrorCode === undefined) return EventId ?? 'put';
      throw Object.assign(new Error(ErrorMessage), { code: ErrorCode });
    });
  },
};

interface Entry {
  readonly Source: string;
  readonly DetailType: string;
  readonly Detail: string;
  readonly Time: Date;
  readonly Resources: string[];
}

function entryOf({ body: text, createdAt }: Message): Entry {
  const body = readBody(text);
  const object = objectOf(body);
  const envelope = envelopeOf(object);
  if (envelope !== null) return eventEntry(envelope, text, createdAt);
  const message = 'text' in body ? body.text : body.value;
  return {
    Source: 'crosstrail',
    DetailType: 'Crosstrail Message',
    Detail: object === null ? JSON.stringify({ message }) : text,
    Time: createdAt,
    Resources: [],
  };
}

function eventEntry({ source, detailType, time, resources, detail }: Envelope, text: string, createdAt: Date): Entry {
  const happened = new Date(time ?? Number.NaN);
  return {
    Source: /^aws\./i.test(source) ? `crosstrail.${source}` : source,
    DetailType: cut(detailType, mostDetailType),
    Detail: valueSlices(text, [detailPath])[0] ?? JSON.stringify(detail),
    Time: Number.isNaN(happened.getTime()) ? createdAt : happened,
    Resources: [...resources],
  };
}

/** Source: "Calculating Amazon EventBridge PutEvents event entry size", User Guide. */
function sizeOf({ Source, DetailType, Detail, Resources }: Entry): number {
  return 14 + [Source, DetailType, Detail, ...Resources].reduce((bytes, text) => bytes + Buffer.byteLength(text), 0);
}
