import { CrosstrailError } from '../errors.js';
import { type Denial, isAllowable } from './access-denied.js';
import { awsProblem } from './aws-error.js';
import type { AwsIdentity } from './aws-identity.js';
import { principalOf } from './principal.js';

/** One call that is to be tried. */
export interface CheckStep {
  /** The action, as IAM spells it. */
  readonly call: string;
  /** What it is tried on, as a policy names it. */
  readonly resource: string;
  /** The statement that allows it. Not asked where no statement could. */
  readonly statement: (denial: Denial) => object | null;
  /** Null where it worked, else why it could not be tried. */
  readonly run: () => Promise<string | null>;
  /** Collecting goes on without it: what is then lost, in words. */
  readonly without?: string;
}

/** How one call went; as `Check` in GraphQL. */
export interface CheckedCall {
  readonly call: string;
  readonly resource: string;
  readonly ok: boolean | null;
  readonly error: string | null;
  readonly missingPermission: string | null;
  readonly policyStatement: string | null;
}

export function allow(action: string, resource: string, condition?: object): object {
  return { Effect: 'Allow', Action: action, Resource: resource, ...(condition ? { Condition: condition } : {}) };
}

/** Decrypting what S3 or SQS encrypted: with the key that AWS named, else with any, by way of that service only. */
export function allowDecrypt({ action, resource }: Denial, service: 's3' | 'sqs'): object {
  if (resource !== null) return allow(action, resource);
  return allow(action, '*', { StringLike: { 'kms:ViaService': `${service}.*` } });
}

/** Assuming a role, and the role on the way to it before. */
export function roleSteps(identity: AwsIdentity, assume: (identity: AwsIdentity) => Promise<unknown>): CheckStep[] {
  const { roleArn, externalId, via } = identity;
  if (roleArn === null) return [];
  const step = (own: AwsIdentity & { roleArn: string }, caller: string | null): CheckStep => ({
    call: 'sts:AssumeRole',
    resource: own.roleArn,
    statement: (denial) => trustStatement(denial, own, caller),
    run: async () => {
      await assume(own);
      return null;
    },
  });
  const last = step({ roleArn, externalId, via: via ?? null }, via?.roleArn ?? null);
  return via ? [step({ ...via, via: null }, null), last] : [last];
}

/**
 * What allows a role to be assumed: a statement of its trust policy, unless AWS says that it is the caller who lacks the
 * permission. The hub's own ARN is told only where AWS's refusal has told it already, and an external id never.
 */
function trustStatement(denial: Denial, own: AwsIdentity & { roleArn: string }, caller: string | null): object {
  if (denial.policy === 'identity') return allow('sts:AssumeRole', own.roleArn);
  const told = denial.principal === null ? null : principalOf(denial.principal);
  const condition =
    own.externalId === null
      ? {}
      : { Condition: { StringEquals: { 'sts:ExternalId': '<the external id given here>' } } };
  return {
    Effect: 'Allow',
    Principal: { AWS: caller ?? told ?? "<the ARN of Crosstrail's own identity>" },
    Action: 'sts:AssumeRole',
    ...condition,
  };
}

/** Tries each call in turn. One that fails does not end it, but for a role: nothing else could be called without. */
export async function runSteps(steps: readonly CheckStep[]): Promise<CheckedCall[]> {
  const checked: CheckedCall[] = [];
  for (const step of steps) {
    const result = await runStep(step);
    checked.push(result);
    if (result.ok === false && step.call === 'sts:AssumeRole') break;
  }
  return checked;
}

async function runStep(step: CheckStep): Promise<CheckedCall> {
  const { call, resource, run } = step;
  try {
    const untried = await run();
    const ok = untried === null ? true : null;
    return { call, resource, ok, error: untried, missingPermission: null, policyStatement: null };
  } catch (error) {
    if (isLate(error)) return { call, resource, ...failureOf(step, new Error(`${call} was not answered in time`)) };
    if (!(error instanceof CrosstrailError) && !isSystemError(error)) throw error;
    return { call, resource, ...failureOf(step, error) };
  }
}

function failureOf({ call, statement, without }: CheckStep, error: Error) {
  const { denial, missingPermission } = awsProblem(call, error instanceof CrosstrailError ? error.cause : error);
  const allowed = denial !== null && isAllowable(denial) ? statement(denial) : null;
  return {
    ok: without === undefined ? false : null,
    error: without === undefined ? error.message : `${error.message}. Without it ${without}`,
    missingPermission,
    policyStatement: allowed === null ? null : JSON.stringify(allowed),
  };
}

/** The check has taken as long as a person waits. */
function isLate(error: unknown): boolean {
  return error instanceof Error && (error.name === 'AbortError' || error.name === 'TimeoutError');
}

function isSystemError(error: unknown): error is Error {
  return error instanceof Error && 'syscall' in error;
}
