import { AssumeRoleCommand, type AssumeRoleResponse, GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { fromNodeProviderChain } from '@aws-sdk/credential-providers';
import { kept } from '../../lib/kept.js';
import { AssumedRoles, type AwsCredentials, type RoleSession } from './assumed-roles.js';
import { awsProblem, upstreamError } from './aws-error.js';
import type { AwsIdentity } from './aws-identity.js';

import { parseRoleArn, regionInPartition } from './partition.js';
import { renewal, renewalStep } from './renewal.js';

export interface HubOptions {
  /** What every client of the SDK is made with. */
  readonly client: { readonly endpoint?: string; readonly maxAttempts: number; readonly requestHandler: object };
  readonly region: string | undefined;
  readonly sessionName: string;
  /** Replaces the SDK's default chain (environment, profiles, container, instance). */
  readonly hubCredentials: (() => Promise<AwsCredentials>) | undefined;
  readonly now: () => number;
}

type Provider = () => Promise<AwsCredentials>;

/** The identity that Crosstrail runs as, and all that it becomes: every call to STS. */
export class Hub {
  private readonly roles: AssumedRoles;
  private readonly own: Provider;
  private readonly clients = new Map<string, STSClient>();

  constructor(private readonly options: HubOptions) {
    this.own = options.hubCredentials ?? fromNodeProviderChain();
    this.roles = new AssumedRoles((session) => this.assume(session), options.now);
  }

  /** In the partition of the role, the configured region where that lies in it. */
  regionFor({ roleArn }: Pick<AwsIdentity, 'roleArn'>): string {
    const { region } = this.options;
    const partition = roleArn === null ? undefined : parseRoleArn(roleArn)?.partition;
    return partition === undefined ? (region ?? 'us-east-1') : regionInPartition(partition, region);
  }

  /** Makes sure of the credentials. @throws UPSTREAM_AWS */
  async credentials(identity: AwsIdentity): Promise<AwsCredentials> {
    return this.providerOf(this.sessionOf(identity))();
  }

  /** What a client takes to speak as the identity: its credentials, and what renews them when AWS refuses them. */
  as(identity: AwsIdentity): { credentials: Provider; renewal: ReturnType<typeof renewal> } {
    const session = this.sessionOf(identity);
    return { credentials: this.providerOf(session), renewal: renewal(this.roles, session) };
  }

  /** The ARN of the hub itself, as STS has it; null without credentials. @throws UPSTREAM_AWS */
  async arn(): Promise<string | null> {
    try {
      const sts = this.sts(this.regionFor({ roleArn: null }), null);
      return (await sts.send(new GetCallerIdentityCommand({}))).Arn ?? null;
    } catch (error) {
      if (awsProblem('sts:GetCallerIdentity', error).code === 'CredentialsProviderError') return null;
      throw upstreamError('sts:GetCallerIdentity', 'the hub identity', error);
    }
  }

  private sessionOf({ roleArn, externalId, via }: AwsIdentity): RoleSession | null {
    if (roleArn === null) return null;
    const { sessionName } = this.options;
    return { roleArn, externalId, sessionName, ...(via ? { via: { ...via, sessionName } } : {}) };
  }

  /** `memoized` keeps the SDK from holding credentials beside ours, which it would do until the end they once had. */
  private providerOf(session: RoleSession | null): Provider {
    if (session === null) return this.own;
    return Object.assign(() => this.roles.credentials(session), { memoized: true });
  }

  /**
   * For as long as STS gives when nothing is said: an hour, which is also the most for a role that another role assumes
   * (https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles.html, "Role chaining").
   */
  private async assume(session: RoleSession): Promise<AwsCredentials> {
    try {
      const command = new AssumeRoleCommand({
        RoleArn: session.roleArn,
        RoleSessionName: session.sessionName,
        ...(session.externalId === null ? {} : { ExternalId: session.externalId }),
      });
      const sts = this.sts(this.regionFor(session), session.via ?? null);
      return credentialsOf(await sts.send(command));
    } catch (error) {
      throw upstreamError('sts:AssumeRole', session.roleArn, error);
    }
  }

  private sts(region: string, caller: RoleSession | null): STSClient {
    return kept(this.clients, JSON.stringify([region, caller]), () => {
      const client = new STSClient({ ...this.options.client, region, credentials: this.providerOf(caller) });
      client.middlewareStack.add(renewal(this.roles, caller), renewalStep);
      return client;
    });
  }
}

function credentialsOf({ Credentials }: AssumeRoleResponse): AwsCredentials {
  const { AccessKeyId, SecretAccessKey, SessionToken, Expiration } = Credentials ?? {};
  if (!AccessKeyId || !SecretAccessKey) throw new Error('STS answered without credentials');
  return {
    accessKeyId: AccessKeyId,
    secretAccessKey: SecretAccessKey,
    ...(SessionToken === undefined ? {} : { sessionToken: SessionToken }),
    ...(Expiration === undefined ? {} : { expiration: Expiration }),
  };
}
