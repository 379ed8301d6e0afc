import { type AccountScope, covers } from '../access/scope.js';
import { isRegion, parseRoleArn } from '../platform/aws/partition.js';
import { badInput } from '../platform/errors.js';

/**
 * A role that the caller may have assumed. Whoever may only see some accounts cannot make the hub assume a role of
 * another: it would read on behalf of somebody who cannot (the confused deputy).
 */
export function parseRole<T extends string | null | undefined>(argument: string, arn: T, scope: AccountScope): T {
  if (arn === null || arn === undefined) return arn;
  const role = parseRoleArn(arn);
  if (role === null) throw badInput(argument, 'is no ARN of an IAM role: arn:aws:iam::<account>:role/<name>');
  if (!covers(scope, role.accountId))
    throw badInput(argument, 'is a role of an account that this token does not cover');
  return arn;
}

/** What STS takes: 2 to 1224 characters of `\w+=,.@:/-`. */
export function parseExternalId<T extends string | null | undefined>(argument: string, externalId: T): T {
  if (externalId === null || externalId === undefined) return externalId;
  if (!/^[\w+=,.@:/-]{2,1224}$/.test(externalId)) {
    throw badInput(argument, 'must be 2 to 1224 letters, digits or characters of _+=,.@:/-');
  }
  return externalId;
}

export function parseRegion(argument: string, region: string): string {
  if (!isRegion(region)) throw badInput(argument, 'is no name of an AWS region, such as eu-central-1');
  return region;
}
