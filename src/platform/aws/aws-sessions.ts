import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { S3Client } from '@aws-sdk/client-s3';
import { AssumeRoleCommand, GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { fromNodeProviderChain } from '@aws-sdk/credential-providers';
import { AssumedRoles, type AwsCredentials, type RoleSession } from './assumed-roles.js';
import { awsProblem, upstreamError } from './aws-error.js';
import { parseRoleArn, regionInPartition } from './partition.js';

/** Who calls AWS: an assumed role, or without one the hub identity that Crosstrail itself runs as. */
export interface AwsIdentity {
  readonly roleArn: string | null;
  readonly externalId: string | null;
}

export interface AwsSessionsOptions {
  /** `AWS_ENDPOINT_URL`: every service is called there instead. */
  readonly endpointUrl?: string | undefined;
  /** `AWS_REGION`: where STS is called, and buckets without a region of their own. */
  readonly region?: string | undefined;
  /** Names the role sessions `crosstrail-<installation>`, which the accounts see in their own CloudTrail. */
  readonly installation?: string | undefined;
  /** Replaces the SDK's default chain (environment, profiles, container, instance). */
  readonly hubCredentials?: () => Promise<AwsCredentials>;
  readonly now?: () => number;
  /** Milliseconds without a byte after which a call fails. */
  readonly socketTimeoutMs?: number;
}

export interface AwsSessions {
  /** The client of a bucket; one for each identity and region, kept. */
  s3(identity: AwsIdentity, region: string | null): S3Client;
  /** Makes sure of the credentials. @throws UPSTREAM_AWS when the role cannot be assumed */
  assume(identity: AwsIdentity): Promise<void>;
  /** The ARN of the hub identity, as STS has it: what roles must trust. Null without credentials. @throws UPSTREAM_AWS */
  hubArn(): Promise<string | null>;
  /** `AWS_ENDPOINT_URL` as given, else null. */
  readonly endpointUrl: string | null;
  /** Where a bucket without a region is called. */
  regionFor(identity: AwsIdentity): string;
  stop(): void;
}

const hubIdentity: AwsIdentity = { roleArn: null, externalId: null };

/** Sockets to one host: the listings and downloads of all workers of a process together. */
const maxSockets = 64;
const maxClients = 1000;

export function createAwsSessions(options: AwsSessionsOptions = {}): AwsSessions {
  const agents = {
    httpAgent: new HttpAgent({ keepAlive: true, maxSockets }),
    httpsAgent: new HttpsAgent({ keepAlive: true, maxSockets }),
  };
  // Shared by all clients, so that the bound on sockets is one bound.
  const shared = {
    maxAttempts: 4,
    retryMode: 'standard',
    requestHandler: { ...agents, connectionTimeout: 5000, socketTimeout: options.socketTimeoutMs ?? 60_000 },
    ...(options.endpointUrl === undefined ? {} : { endpoint: options.endpointUrl }),
  };
  const hub = options.hubCredentials ?? fromNodeProviderChain();
  const sessionName = `crosstrail-${options.installation ?? 'hub'}`.replace(/[^\w+=,.@-]/g, '-').slice(0, 64);
  const stsClients = new Map<string, STSClient>();
  const s3Clients = new Map<string, S3Client>();

  const regionFor = ({ roleArn }: AwsIdentity): string => {
    const partition = roleArn === null ? undefined : parseRoleArn(roleArn)?.partition;
    return partition === undefined ? (options.region ?? 'us-east-1') : regionInPartition(partition, options.region);
  };

  const hubSts = (region: string): STSClient =>
    kept(stsClients, region, () => new STSClient({ ...shared, region, credentials: hub }));

  const assume = async (session: RoleSession): Promise<AwsCredentials> => {
    try {
      const command = new AssumeRoleCommand({
        RoleArn: session.roleArn,
        RoleSessionName: session.sessionName,
        ...(session.externalId === null ? {} : { ExternalId: session.externalId }),
      });
      const region = regionFor(session);
      return credentialsOf((await hubSts(region).send(command)).Credentials);
    } catch (error) {
      throw upstreamError('sts:AssumeRole', session.roleArn, error);
    }
  };
  const roles = new AssumedRoles(assume, options.now ?? Date.now);

  const credentials = ({ roleArn, externalId }: AwsIdentity): (() => Promise<AwsCredentials>) =>
    roleArn === null ? hub : () => roles.credentials({ roleArn, externalId, sessionName });

  return {
    endpointUrl: options.endpointUrl ?? null,
    regionFor,
    s3: (identity, region) =>
      kept(
        s3Clients,
        JSON.stringify([identity.roleArn, identity.externalId, region]),
        () =>
          new S3Client({
            ...shared,
            region: region ?? regionFor(identity),
            credentials: credentials(identity),
            followRegionRedirects: true,
            forcePathStyle: options.endpointUrl !== undefined,
            // The gzip's own checksum covers the content; S3's would hold the whole object back on some servers.
            responseChecksumValidation: 'WHEN_REQUIRED',
          }),
      ),
    assume: async (identity) => {
      await credentials(identity)();
    },
    hubArn: async () => {
      try {
        const answer = await hubSts(regionFor(hubIdentity)).send(new GetCallerIdentityCommand({}));
        return answer.Arn ?? null;
      } catch (error) {
        if (awsProblem('sts:GetCallerIdentity', error).code === 'CredentialsProviderError') return null;
        throw upstreamError('sts:GetCallerIdentity', 'the hub identity', error);
      }
    },
    stop: () => {
      agents.httpAgent.destroy();
      agents.httpsAgent.destroy();
    },
  };
}

function credentialsOf(
  answer:
    | {
        AccessKeyId?: string | undefined;
        SecretAccessKey?: string | undefined;
        SessionToken?: string | undefined;
        Expiration?: Date | undefined;
      }
    | undefined,
): AwsCredentials {
  const { AccessKeyId, SecretAccessKey, SessionToken, Expiration } = answer ?? {};
  if (!AccessKeyId || !SecretAccessKey) throw new Error('STS answered without credentials');
  return {
    accessKeyId: AccessKeyId,
    secretAccessKey: SecretAccessKey,
    ...(SessionToken === undefined ? {} : { sessionToken: SessionToken }),
    ...(Expiration === undefined ? {} : { expiration: Expiration }),
  };
}

/** The client under the key; the oldest goes when there are too many (they share the sockets, so nothing is cut). */
function kept<T>(clients: Map<string, T>, key: string, make: () => T): T {
  const known = clients.get(key);
  if (known !== undefined) return known;
  const oldest = clients.keys().next().value;
  if (clients.size >= maxClients && oldest !== undefined) clients.delete(oldest);
  const made = make();
  clients.set(key, made);
  return made;
}
