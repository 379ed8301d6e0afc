import { type AccountScope, covers } from '../access/scope.js';
import type { AwsIdentity } from '../platform/aws/aws-identity.js';
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

/** A role, the role on the way to it, and their external ids, as they are stored or changed. */
export interface IdentitySettings {
  readonly roleArn?: string | null | undefined;
  readonly externalId?: string | null | undefined;
  readonly viaRoleArn?: string | null | undefined;
  readonly viaExternalId?: string | null | undefined;
}

/**
 * An external id is sent to whoever assumes the role and to the account of the role, whose own CloudTrail shows it. A
 * change must not send one that the caller was never shown to an account of the caller's: of a role outside their reach.
 */
export function requireNothingDisclosed(
  path: string,
  change: IdentitySettings,
  known: IdentitySettings,
  scope: AccountScope,
): void {
  if (isFar(known.roleArn, scope)) {
    if (change.viaRoleArn && change.roleArn === undefined)
      throw badInput(`${path}.viaRoleArn`, 'name the role that it leads to as well: the one there is not yours');
    if (change.roleArn && change.externalId === undefined && known.externalId)
      throw badInput(`${path}.externalId`, 'goes with the role: name that of the new role, or null');
  }
  if (isFar(known.viaRoleArn, scope) && change.viaRoleArn && change.viaExternalId === undefined && known.viaExternalId)
    throw badInput(`${path}.viaExternalId`, 'goes with the role: name that of the new role, or null');
}

function isFar(roleArn: string | null | undefined, scope: AccountScope): boolean {
  const role = roleArn ? parseRoleArn(roleArn) : null;
  return role !== null && !covers(scope, role.accountId);
}

/** Settings for the audit log, which says of external ids only that they changed. */
export function withoutSecrets(settings: IdentitySettings): object {
  const { externalId, viaExternalId } = settings;
  const said = (id: string | null | undefined) => (id === undefined ? undefined : 'changed');
  return { ...settings, externalId: said(externalId), viaExternalId: said(viaExternalId) };
}

/** Who reads, as stored columns say it. */
export function identityOf(settings: {
  readonly roleArn: string | null;
  readonly externalId: string | null;
  readonly viaRoleArn: string | null;
  readonly viaExternalId: string | null;
}): AwsIdentity {
  const { roleArn, externalId, viaRoleArn, viaExternalId } = settings;
  const via = roleArn === null || viaRoleArn === null ? null : { roleArn: viaRoleArn, externalId: viaExternalId };
  return { roleArn, externalId, via };
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
