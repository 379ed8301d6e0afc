import { badInput } from '../../platform/errors.js';
import type { TargetType } from '../target.entity.js';
import type {
  Message,
  Outcome,
  ParsedTarget,
  SendContext,
  StoredTarget,
  TargetInputFields,
  TargetKind,
  TargetRules,
} from '../target-kind.js';
import { eventBridge } from './eventbridge.js';
import { firehose } from './firehose.js';
import { kinesis } from './kinesis.js';
import { lambda } from './lambda.js';
import { pagerDuty } from './pagerduty.js';
import { secretless } from './secretless.js';
import { slack } from './slack.js';
import { sns } from './sns.js';
import { sqs } from './sqs.js';
import { webhook } from './webhook.js';

/** All kinds of targets. */
const kinds: Readonly<Record<TargetType, TargetKind>> = {
  WEBHOOK: webhook as TargetKind,
  SLACK: slack as TargetKind,
  PAGERDUTY: pagerDuty as TargetKind,
  SNS: sns as TargetKind,
  SQS: sqs as TargetKind,
  EVENTBRIDGE: eventBridge as TargetKind,
  LAMBDA: lambda as TargetKind,
  KINESIS: kinesis as TargetKind,
  FIREHOSE: firehose as TargetKind,
};

const allFields = new Set(Object.values(kinds).flatMap(({ fields }) => fields));

/**
 * Reads what a user gave of a target.
 *
 * @param input other fields than those of targets are not looked at
 * @param known the target as it is, where it is changed and stays of its type
 * @throws BAD_USER_INPUT naming the argument below `input`; for a field of another kind, too
 */
export function parseTarget(
  type: TargetType,
  input: TargetInputFields,
  known: StoredTarget | null,
  rules: TargetRules,
): ParsedTarget<object, object> {
  const { fields, parse } = kinds[type];
  const foreign = [...allFields].find((field) => !fields.includes(field) && (input[field] ?? null) !== null);
  if (foreign !== undefined) throw badInput(`input.${foreign}`, `is not for a target of type ${type}`);
  return parse(input, known, rules);
}

/** Makes one attempt. No outcome repeats a secret. @throws only for a defect of the server */
export async function sendToTarget(
  type: TargetType,
  target: StoredTarget,
  message: Message,
  context: SendContext,
): Promise<Outcome> {
  const outcome = await kinds[type].send(target, message, context);
  return outcome.delivered
    ? { ...outcome, answer: secretless(outcome.answer, target.secrets) }
    : { ...outcome, reason: secretless(outcome.reason, target.secrets) };
}
