/** The kinds of policies that take part in AWS's decision, as its messages call them. */
const policyKinds = {
  'identity-based policy': 'identity',
  'resource-based policy': 'resource',
  'service control policy': 'scp',
  'resource control policy': 'rcp',
  'permissions boundary': 'boundary',
  'session policy': 'session',
  'vpc endpoint policy': 'endpoint',
} as const;
export type PolicyKind = (typeof policyKinds)[keyof typeof policyKinds];

/** What AWS's refusal says of itself; what it does not say is null. */
export interface Denial {
  /** The action that is missing, as IAM spells it: `kms:Decrypt` where S3 could not read an encrypted object. */
  readonly action: string;
  /** The ARN that it was refused on. */
  readonly resource: string | null;
  /** The ARN of whoever was refused. */
  readonly principal: string | null;
  /** The kind of policy that denies it, or that does not allow it. */
  readonly policy: PolicyKind | null;
  /** The ARN of the policy that denies it. */
  readonly policyArn: string | null;
  /** Some policy says Deny: no statement that allows can change that. */
  readonly isExplicit: boolean;
}

/**
 * Reads AWS's message. Its form (IAM's guide, "Troubleshoot access denied error messages") is
 * `User: <principal> is not authorized to perform: <action> on resource: <resource>` and then
 * `because no <kind> allows the <action> action` or `with an explicit deny in a <kind>[: <ARN of the policy>]`.
 * Services leave parts of it out, and some say nothing at all.
 *
 * @param call the action that was tried, as IAM spells it
 */
export function parseDenial(call: string, message: string): Denial {
  const [, principal] = /User: (arn:\S+) is not authorized/.exec(message) ?? [];
  const [, action = actionBehind(call, message)] =
    /not authorized to perform:? ([a-z0-9-]+:[A-Za-z*]+)/.exec(message) ?? [];
  const [, resource] = /\bon resource:? "?(arn:[^\s"]+)/.exec(message) ?? [];
  const [, denying] = /explicit deny in an? (.+)$/i.exec(message) ?? [];
  const [, policyArn] = /^[^:]+: (arn:\S+)/.exec(denying ?? '') ?? [];
  const [, implicitKind] = /because no ([a-z -]+?) allows/i.exec(message) ?? [];
  return {
    // SQS writes its actions in small letters.
    action: action.toLowerCase() === call.toLowerCase() ? call : action,
    resource: resource?.replace(/[.,;]+$/, '') ?? null,
    principal: principal ?? null,
    policy: kindOf(denying ?? implicitKind),
    policyArn: policyArn?.replace(/[.,;]+$/, '') ?? null,
    isExplicit: denying !== undefined,
  };
}

/** KMS once answered, by way of S3, without naming action or key. */
function actionBehind(call: string, message: string): string {
  return /^The ciphertext refers to a customer master key/.test(message) ? 'kms:Decrypt' : call;
}

function kindOf(words: string | undefined): PolicyKind | null {
  const text = words?.toLowerCase() ?? '';
  const found = Object.entries(policyKinds).find(([name]) => text.startsWith(name.replace(/ policy$/, '')));
  return found?.[1] ?? null;
}

const advice: Readonly<Record<PolicyKind, { allow: string; deny: string }>> = {
  identity: {
    allow: 'allow it in a policy of the role',
    deny: 'a policy of the role denies it: take that statement away',
  },
  resource: {
    allow: 'allow it in the policy of the resource (bucket, key, queue, or the trust policy of a role)',
    deny: 'the policy of the resource (bucket, key, queue, or the trust policy of a role) denies it: take that away',
  },
  scp: {
    allow: 'no service control policy of the organisation allows it: whoever manages the organisation must',
    deny: 'a service control policy of the organisation denies it, which no policy of the role can change',
  },
  rcp: {
    allow: 'no resource control policy of the organisation allows it: whoever manages the organisation must',
    deny: 'a resource control policy of the organisation denies it, which no policy of the role can change',
  },
  boundary: {
    allow: "the role's permissions boundary must allow it too",
    deny: "the role's permissions boundary denies it",
  },
  session: { allow: 'the session policy must allow it too', deny: 'the session policy denies it' },
  endpoint: {
    allow: 'the policy of the VPC endpoint on the way must allow it too',
    deny: 'the policy of the VPC endpoint on the way denies it',
  },
};

/** What to do about it, in words. Without a word of AWS's, the policy of the role is the first place to look. */
export function adviceFor({ action, policy, policyArn, isExplicit }: Denial): string {
  const which = policyArn === null ? '' : ` (${policyArn})`;
  if (policy === null) return isExplicit ? `some policy denies ${action}${which}` : `allow ${action} in its policies`;
  const words = isExplicit ? advice[policy].deny : advice[policy].allow;
  return `${action}: ${words}${which}`;
}

/** Whether a statement in the role's own policy, or in that of the resource, can help at all. */
export function isAllowable({ isExplicit, policy }: Denial): boolean {
  return !isExplicit && (policy === null || policy === 'identity' || policy === 'resource');
}
