import { createHash } from 'node:crypto';
import type { AwsIdentity } from '../../platform/aws/aws-identity.js';
import { isRegion, parseRoleArn, partitionOfRegion } from '../../platform/aws/partition.js';
import { badInput } from '../../platform/errors.js';
import type { Message, Outcome, SendContext, StoredTarget, TargetInputFields, TargetRules } from '../target-kind.js';
import { awsFailure } from './failures.js';

export interface AwsSettings {
  readonly arn: string;
  /** Null: Crosstrail's own identity. */
  readonly roleArn: string | null;
}

export interface AwsSecrets {
  readonly externalId: string | null;
}

/** What ARNs of a service look like behind the account. */
export interface ResourceForm {
  /** As ARNs name it: `sns`. */
  readonly service: string;
  readonly resource: RegExp;
  /** Of a resource, for whoever gave a wrong one: `arn:aws:sns:eu-west-1:111122223333:alerts`. */
  readonly example: string;
}

export interface ResourceArn {
  readonly partition: string;
  readonly accountId: string;
}

export const awsFields = ['arn', 'roleArn', 'externalId'] as const satisfies readonly (keyof TargetInputFields)[];

/** Reads what all targets in AWS have: a resource, and who sends to it. @throws BAD_USER_INPUT */
export function parseAwsTarget(
  { arn, roleArn, externalId }: TargetInputFields,
  known: StoredTarget<AwsSettings, AwsSecrets> | null,
  { requireRole }: TargetRules,
  form: ResourceForm,
): { settings: AwsSettings; secrets: AwsSecrets; parsed: ResourceArn } {
  const resource = arn === undefined ? known?.settings.arn : arn;
  if (!resource) throw badInput('input.arn', `is missing: ${form.example}`);
  const parsed = parseArn(resource, form);
  const role = (roleArn === undefined ? known?.settings.roleArn : roleArn) || null;
  if (role !== null && parseRoleArn(role)?.partition !== parsed.partition) {
    throw badInput('input.roleArn', `is no ARN of a role in the partition ${parsed.partition}`);
  }
  requireRole('input.roleArn', role);
  const isOtherRole = known !== null && known.settings.roleArn !== role;
  const kept = isOtherRole ? null : (known?.secrets.externalId ?? null);
  const id = (externalId === undefined ? kept : externalId) || null;
  if (id !== null && !/^[\w+=,.@:/-]{2,1224}$/.test(id)) throw badInput('input.externalId', 'is no external id of IAM');
  if (id !== null && role === null) throw badInput('input.externalId', 'goes with a role: give roleArn too');
  return { settings: { arn: resource, roleArn: role }, secrets: { externalId: id }, parsed };
}

/** @throws BAD_USER_INPUT */
function parseArn(arn: string, { service, resource: form, example }: ResourceForm): ResourceArn {
  const [, partition = '', of, region = '', accountId = '', resource = ''] =
    /^arn:(aws[a-z-]*):([a-z]+):([a-z0-9-]+):(\d{12}):([\x21-\x7e]{1,1024})$/.exec(arn) ?? [];
  const isPlace = isRegion(region) && partitionOfRegion(region) === partition;
  if (of === service && isPlace && form.test(resource)) return { partition, accountId };
  throw badInput('input.arn', `must have the form ${example}`);
}

/** Of an ARN that was read before. */
export function regionOf({ arn }: AwsSettings): string {
  return arn.split(':')[3] ?? '';
}

export function identityOf({ settings, secrets }: StoredTarget<AwsSettings, AwsSecrets>): AwsIdentity {
  return { roleArn: settings.roleArn, externalId: secrets.externalId };
}

/**
 * Makes a call and says what became of it.
 *
 * @param action as IAM spells it
 * @param send returns what it was answered with
 */
export async function sendToAws(
  action: string,
  { signal }: SendContext,
  send: (options: { abortSignal: AbortSignal }) => Promise<string>,
): Promise<Outcome> {
  try {
    return { delivered: true, answer: await send({ abortSignal: signal }) };
  } catch (error) {
    return awsFailure(action, error, signal);
  }
}

/** What topics and queues that end in `.fifo` want to know; others are told nothing of it. */
export function fifoFields({ arn }: AwsSettings, { id, group }: Message) {
  return arn.endsWith('.fifo') ? { MessageGroupId: keyOf(group, 128), MessageDeduplicationId: id } : {};
}

/** A key of at most `most` printable characters: the text itself, or a hash of one that is no such key. */
export function keyOf(text: string, most: number): string {
  const isKey = text.length <= most && /^[\x21-\x7e]+$/.test(text);
  return isKey ? text : createHash('sha256').update(text).digest('hex');
}
