import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { CloudTrailClient } from '@aws-sdk/client-cloudtrail';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { FirehoseClient } from '@aws-sdk/client-firehose';
import { KinesisClient } from '@aws-sdk/client-kinesis';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { OrganizationsClient } from '@aws-sdk/client-organizations';
import { S3Client } from '@aws-sdk/client-s3';
import { SNSClient } from '@aws-sdk/client-sns';
import { SQSClient } from '@aws-sdk/client-sqs';
import { kept } from '../../lib/kept.js';
import type { AwsCredentials } from './assumed-roles.js';
import type { AwsIdentity } from './aws-identity.js';
import { Hub } from './hub.js';

import { renewalStep } from './renewal.js';

export type { AwsIdentity } from './aws-identity.js';

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
  /** Milliseconds without a byte after which a call fails; a long poll of SQS may last its own wait beyond that. */
  readonly socketTimeoutMs?: number;
}

export interface AwsSessions {
  /**
   * The client of a bucket, kept for each identity, region and owner. The SDK stops retrying when too many calls of one
   * client failed: owners, such as sources, that share an identity do not share that.
   */
  s3(identity: AwsIdentity, region: string | null, owner?: string): S3Client;
  /** The client of the queues of a region; kept. Its sockets are its own: long polls hold them for 20 s. */
  sqs(identity: AwsIdentity, region: string): SQSClient;
  /** For the public keys of digests, which each region has of its own; kept. */
  cloudTrail(identity: AwsIdentity, region: string): CloudTrailClient;
  /** Organizations answers in one region of a partition; kept. */
  organizations(identity: AwsIdentity): OrganizationsClient;
  /** For what is sent to targets. */
  readonly sends: AwsSends;
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

type ClientIn<Client> = (identity: AwsIdentity, region: string) => Client;

/** Clients that make each call once, since whoever sends tries again by a plan of its own; kept. */
export interface AwsSends {
  readonly sns: ClientIn<SNSClient>;
  /** On the sockets of all calls, not those of long polls. Queues are called in the region, whatever their URL says. */
  readonly sqs: ClientIn<SQSClient>;
  readonly eventBridge: ClientIn<EventBridgeClient>;
  readonly lambda: ClientIn<LambdaClient>;
  readonly kinesis: ClientIn<KinesisClient>;
  readonly firehose: ClientIn<FirehoseClient>;
}

/**
 * Sockets to one host. Not the bound that holds day by day: calls are bounded by source, so that a source which does not
 * answer cannot take the sockets of another behind the same host.
 */
const maxSockets = 1024;
const longPollMs = 20_000;

export function createAwsSessions(options: AwsSessionsOptions = {}): AwsSessions {
  const sockets = openSockets(options.socketTimeoutMs ?? 15_000);
  const hub = new Hub({
    client: { ...clientDefaults(options), requestHandler: sockets.calls },
    region: options.region,
    sessionName: `crosstrail-${options.installation ?? 'hub'}`.replace(/[^\w+=,.@-]/g, '-').slice(0, 64),
    hubCredentials: options.hubCredentials,
    now: options.now ?? Date.now,
  });
  const clients = createClients(options, hub, sockets);
  return {
    ...clients,
    endpointUrl: options.endpointUrl ?? null,
    regionFor: (identity) => hub.regionFor(identity),
    assume: async (identity) => void (await hub.credentials(identity)),
    hubArn: () => hub.arn(),
    stop: () => sockets.close(),
  };
}

type Sockets = ReturnType<typeof openSockets>;

/** Shared by all clients, but for those of SQS. */
function openSockets(timeoutMs: number) {
  const open = (socketTimeout: number) => ({
    httpAgent: new HttpAgent({ keepAlive: true, maxSockets }),
    httpsAgent: new HttpsAgent({ keepAlive: true, maxSockets }),
    connectionTimeout: 5000,
    socketTimeout,
  });
  const calls = open(timeoutMs);
  const polls = open(timeoutMs + longPollMs);
  const close = () => {
    for (const agent of [calls.httpAgent, calls.httpsAgent, polls.httpAgent, polls.httpsAgent]) agent.destroy();
  };
  return { calls, polls, close };
}

function clientDefaults({ endpointUrl }: AwsSessionsOptions) {
  return { maxAttempts: 4, retryMode: 'standard', ...(endpointUrl === undefined ? {} : { endpoint: endpointUrl }) };
}

/** A client for each service: adding one is a line. */
function createClients(
  options: AwsSessionsOptions,
  hub: Hub,
  { calls, polls }: Sockets,
): Pick<AwsSessions, 's3' | 'sqs' | 'cloudTrail' | 'organizations' | 'sends'> {
  const client = <C extends Renewable>(make: (config: ClientConfig) => C) => {
    const clients = new Map<string, C>();
    return (identity: AwsIdentity, region: string, owner = '') =>
      kept(clients, keyOf(identity, region, owner), () => {
        const { credentials, renewal } = hub.as(identity);
        const made = make({ ...clientDefaults(options), requestHandler: calls, region, credentials });
        made.middlewareStack.add(renewal, renewalStep);
        return made;
      });
  };
  const s3 = client((config) => new S3Client({ ...config, ...s3Config(options) }));
  const organizations = client((config) => new OrganizationsClient(config));
  return {
    s3: (identity, region, owner) => s3(identity, region ?? hub.regionFor(identity), owner),
    sqs: client((config) => new SQSClient({ ...config, requestHandler: polls })),
    cloudTrail: client((config) => new CloudTrailClient(config)),
    organizations: (identity) => organizations(identity, hub.regionFor(identity)),
    sends: {
      sns: client((config) => new SNSClient({ ...config, ...once })),
      sqs: client((config) => new SQSClient({ ...config, ...once, useQueueUrlAsEndpoint: false })),
      eventBridge: client((config) => new EventBridgeClient({ ...config, ...once })),
      lambda: client((config) => new LambdaClient({ ...config, ...once })),
      kinesis: client((config) => new KinesisClient({ ...config, ...once, requestHandler: http1(config) })),
      firehose: client((config) => new FirehoseClient({ ...config, ...once })),
    },
  };
}

const once = { maxAttempts: 1 };

/**
 * The client of Kinesis alone would make an HTTP/2 handler of what it is given, which knows nothing of our sockets and
 * their timeouts, and does not reach a server in AWS's place. What the other clients make speaks HTTP/1.1, as AWS does.
 */
function http1(config: ClientConfig) {
  return new FirehoseClient(config).config.requestHandler;
}

type ClientConfig = ReturnType<typeof clientDefaults> & {
  readonly requestHandler: Sockets['calls'];
  readonly region: string;
  readonly credentials: ReturnType<Hub['as']>['credentials'];
};

/** What all clients of the SDK have in common. */
interface Renewable {
  readonly middlewareStack: { add(middleware: ReturnType<Hub['as']>['renewal'], options: typeof renewalStep): void };
}

function keyOf({ roleArn, externalId, via }: AwsIdentity, ...rest: readonly string[]): string {
  return JSON.stringify([roleArn, externalId, via?.roleArn, via?.externalId, ...rest]);
}

function s3Config({ endpointUrl }: AwsSessionsOptions) {
  return {
    followRegionRedirects: true,
    forcePathStyle: endpointUrl !== undefined,
    // The gzip's own checksum covers the content; S3's would hold the whole object back on some servers.
    responseChecksumValidation: 'WHEN_REQUIRED',
  } as const;
}
