import { InvokeCommand } from '@aws-sdk/client-lambda';
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
import { isJson } from './body.js';
import { tooLarge } from './failures.js';

const form = {
  service: 'lambda',
  resource: /^function:[A-Za-z0-9_-]{1,64}(?::(?:\$LATEST|[A-Za-z0-9_-]{1,128}))?$/,
  example: 'arn:aws:lambda:eu-west-1:111122223333:function:handle-alerts:live',
};
/** Of an asynchronous call. It was 256 KB once; AWS itself refuses what a region does not take yet. */
const maxBytes = 1024 * 1024;

/** A function of Lambda, called asynchronously: Lambda takes the event and tries the function by itself. */
export const lambda: TargetKind<AwsSettings, AwsSecrets> = {
  fields: awsFields,

  parse(input, known, rules) {
    const { settings, secrets } = parseAwsTarget(input, known, rules, form);
    return { settings, secrets };
  },

  async send(target, { body }, context) {
    // A function is given JSON, whatever it is.
    const payload = Buffer.from(isJson(body) ? body : JSON.stringify(body));
    const tooMuch = tooLarge(payload.length, maxBytes, 'Lambda');
    if (tooMuch !== null) return tooMuch;
    const { arn } = target.settings;
    const command = new InvokeCommand({ FunctionName: arn, InvocationType: 'Event', Payload: payload });
    const client = context.aws.lambda(identityOf(target), regionOf(target.settings));
    return await sendToAws('lambda:InvokeFunction', context, async (options) => {
      const { StatusCode } = await client.send(command, options);
      return String(StatusCode ?? 202);
    });
  },
};
