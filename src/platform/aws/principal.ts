/**
 * The principal that a trust policy names for an identity: of an assumed role, which speaks as
 * `arn:aws:sts::<account>:assumed-role/<name>/<session>`, the role itself. (That ARN leaves out the role's path; a hub
 * role with a path must be written by hand.)
 */
export function principalOf(identityArn: string): string {
  const match = /^arn:([^:]+):sts::(\d{12}):assumed-role\/([^/]+)\//.exec(identityArn);
  return match === null ? identityArn : `arn:${match[1]}:iam::${match[2]}:role/${match[3]}`;
}
