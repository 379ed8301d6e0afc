import { hubPolicy, type PolicyDocument, partitionOf, principalOf, readBucketPolicy, trustPolicy } from './policies.js';
import type { Terminal } from './terminal.js';

/** What was just connected. */
export interface Connection {
  readonly roleArn?: string | undefined;
  readonly externalId?: string | undefined;
  readonly bucket?: string | undefined;
  readonly prefix?: string | undefined;
}

/**
 * Prints the policies to paste.
 *
 * @param hubIdentity the ARN that Crosstrail speaks as, or null where it has no credentials yet
 */
export function showPolicies(terminal: Terminal, connection: Connection, hubIdentity: string | null): void {
  const { roleArn, externalId, bucket, prefix } = connection;
  const partition = partitionOf(roleArn);
  const hub =
    hubIdentity === null ? `arn:${partition}:iam::<HUB_ACCOUNT_ID>:role/<HUB_ROLE>` : principalOf(hubIdentity);
  if (roleArn === undefined) return;
  if (externalId !== undefined) {
    show(terminal, `Trust policy of ${roleArn}`, trustPolicy(hub, externalId));
  }
  if (bucket !== undefined) {
    show(terminal, `Permissions of ${roleArn}`, readBucketPolicy({ bucket, prefix, partition }));
  }
  show(terminal, `Permissions of the hub, ${hub}`, hubPolicy(roleArn));
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
