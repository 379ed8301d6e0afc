import { principalOf } from '../platform/aws/principal.js';
import {
  hubPolicy,
  type PolicyDocument,
  partitionOf,
  readBucketPolicy,
  readQueuePolicy,
  tellQueuePolicy,
  trustPolicy,
} from './policies.js';
import type { Terminal } from './terminal.js';

/** What was just connected. */
export interface Connection {
  readonly roleArn?: string | undefined;
  readonly externalId?: string | undefined;
  /** The role on the way, which assumes that one. */
  readonly viaRoleArn?: string | undefined;
  readonly viaExternalId?: string | undefined;
  /** Of the role, where it reads no bucket. */
  readonly permissions?: PolicyDocument | undefined;
  readonly bucket?: string | undefined;
  readonly prefix?: string | undefined;
  readonly queueArn?: string | undefined;
}

/**
 * Prints the policies to paste.
 *
 * @param hubIdentity the ARN that Crosstrail speaks as, or null where it has no credentials yet
 */
export function showPolicies(terminal: Terminal, connection: Connection, hubIdentity: string | null): void {
  const { roleArn, externalId, viaRoleArn, viaExternalId, bucket, prefix, queueArn, permissions } = connection;
  const partition = partitionOf(roleArn);
  const hub =
    hubIdentity === null ? `arn:${partition}:iam::<HUB_ACCOUNT_ID>:role/<HUB_ROLE>` : principalOf(hubIdentity);
  if (roleArn === undefined) return;
  if (externalId !== undefined) {
    show(terminal, `Trust policy of ${roleArn}`, trustPolicy(viaRoleArn ?? hub, externalId));
  }
  if (bucket !== undefined) {
    show(terminal, `Permissions of ${roleArn}`, readBucketPolicy({ bucket, prefix, partition }));
    if (queueArn !== undefined) {
      show(terminal, `And to read the queue`, readQueuePolicy(queueArn));
      show(terminal, `Access policy of ${queueArn}, where S3 tells it`, tellQueuePolicy(queueArn, bucket));
    }
  }
  if (permissions !== undefined) show(terminal, `Permissions of ${roleArn}`, permissions);
  if (viaRoleArn !== undefined) {
    if (viaExternalId !== undefined) show(terminal, `Trust policy of ${viaRoleArn}`, trustPolicy(hub, viaExternalId));
    show(terminal, `Permissions of ${viaRoleArn}`, hubPolicy(roleArn));
  }
  show(terminal, `Permissions of the hub, ${hub}`, hubPolicy(viaRoleArn ?? roleArn));
  if (hubIdentity === null) {
    terminal.err(
      '\nNo AWS credentials were found here, so put in the ARN of the identity that Crosstrail will run as.',
    );
  }
}

function show(terminal: Terminal, title: string, policy: PolicyDocument): void {
  terminal.out(`\n${terminal.style('bold', title)}`);
  terminal.out(JSON.stringify(policy, null, 2));
}
