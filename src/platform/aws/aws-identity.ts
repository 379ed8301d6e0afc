/** Who calls AWS: an assumed role, or without one the hub identity that Crosstrail itself runs as. */
export interface AwsIdentity {
  readonly roleArn: string | null;
  readonly externalId: string | null;
  /** A role on the way: the hub assumes it, and it assumes the role. */
  readonly via?: ViaRole | null;
}

export interface ViaRole {
  readonly roleArn: string;
  readonly externalId: string | null;
}
