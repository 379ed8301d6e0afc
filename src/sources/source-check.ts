import type { Caller } from '../access/context.js';
import type { AccountService } from '../accounts/account.service.js';
import { awsProblem } from '../platform/aws/aws-error.js';
import type { AwsIdentity, AwsSessions } from '../platform/aws/aws-sessions.js';
import { parseRoleArn, partitionOfRegion } from '../platform/aws/partition.js';
import { CrosstrailError, notFound } from '../platform/errors.js';
import { identityOf, type SourceObjectStores } from './object-stores/object-stores.js';
import type { Source } from './source.entity.js';
import type { SourceService } from './source.service.js';
import type { Check, CheckResult } from './source-check.entity.js';

export interface SourceCheckDeps {
  readonly accounts: AccountService;
  readonly sources: SourceService;
  readonly stores: SourceObjectStores;
  readonly aws: AwsSessions;
}

interface Step {
  readonly call: string;
  /** What allows it, given the action that is missing. */
  readonly statement: (action: string) => object | null;
  /** Null where it worked, else why it could not be tried. */
  readonly run: () => Promise<string | null>;
}

/** A check answers a person who waits for it. */
const timeoutMs = 30_000;

/** Tries, one call after the other, what collecting needs. */
export class SourceCheck {
  constructor(private readonly deps: SourceCheckDeps) {}

  /** @throws NOT_FOUND outside the caller's reach */
  async source(caller: Caller, id: string): Promise<CheckResult> {
    const source = await this.deps.sources.find(caller.accounts, id);
    if (source === null) throw notFound(`source ${id}`);
    return resultOf(await runSteps(this.stepsOf(source)));
  }

  /** The account's own role, then those of its sources that the caller may see. @throws NOT_FOUND out of reach */
  async account(caller: Caller, accountId: string): Promise<CheckResult> {
    const account = await this.deps.accounts.find(caller.accounts, accountId);
    if (account === null) throw notFound(`account ${accountId}`);
    const checks: Check[] = [];
    if (account.roleArn !== null) {
      checks.push(...(await runSteps(this.roleSteps({ roleArn: account.roleArn, externalId: account.externalId }))));
    }
    const sources = await this.deps.sources.byAccount(caller.accounts, [accountId]);
    for (const source of sources.get(accountId) ?? []) checks.push(...(await runSteps(this.stepsOf(source))));
    return resultOf(checks);
  }

  private stepsOf(source: Source): Step[] {
    const store = this.deps.stores.open(source);
    const prefix = `${source.prefix}AWSLogs/`;
    const signal = AbortSignal.timeout(timeoutMs);
    const isDirectory = source.type === 'DIRECTORY';
    const arn = isDirectory ? '' : bucketArn(source);
    let key: string | null = null;
    const list: Step = {
      call: isDirectory ? 'list' : 's3:ListBucket',
      statement: (action) => (isDirectory ? null : allow(action, arn)),
      run: async () => {
        key = await firstKey(store.list({ prefix, signal }));
        return null;
      },
    };
    const get: Step = {
      call: isDirectory ? 'read' : 's3:GetObject',
      statement: (action) =>
        isDirectory ? null : allow(action, action.startsWith('kms:') ? '*' : `${arn}/${prefix}*`),
      run: async () => {
        if (key === null) return 'not tried: there is no object yet';
        await readFirstBytes(await store.open(key, signal));
        return null;
      },
    };
    return [...(isDirectory ? [] : this.roleSteps(identityOf(source))), list, get];
  }

  private roleSteps(identity: AwsIdentity): Step[] {
    if (identity.roleArn === null) return [];
    const { roleArn, externalId } = identity;
    const condition =
      externalId === null ? {} : { Condition: { StringEquals: { 'sts:ExternalId': '<the external id given here>' } } };
    // For the trust policy of the role. The identity is the operator's to tell, and an external id is never shown.
    const statement = () => ({
      Effect: 'Allow',
      Principal: { AWS: "<the ARN of Crosstrail's own identity>" },
      Action: 'sts:AssumeRole',
      ...condition,
    });
    const run = async () => {
      await this.deps.aws.assume({ roleArn, externalId });
      return null;
    };
    return [{ call: 'sts:AssumeRole', statement, run }];
  }
}

async function runSteps(steps: readonly Step[]): Promise<Check[]> {
  const checks: Check[] = [];
  for (const step of steps) {
    const check = await runStep(step);
    checks.push(check);
    if (check.ok === false) break;
  }
  return checks;
}

async function runStep({ call, run, statement }: Step): Promise<Check> {
  try {
    const untried = await run();
    const ok = untried === null ? true : null;
    return { call, ok, error: untried, missingPermission: null, policyStatement: null };
  } catch (error) {
    const known = error instanceof CrosstrailError || isSystemError(error);
    if (!known) throw error;
    const { missingPermission } = awsProblem(call, error instanceof CrosstrailError ? error.cause : error);
    const allowed = missingPermission === null ? null : statement(missingPermission);
    const policyStatement = allowed === null ? null : JSON.stringify(allowed);
    return { call, ok: false, error: (error as Error).message, missingPermission, policyStatement };
  }
}

function resultOf(checks: Check[]): CheckResult {
  return { ok: checks.every((check) => check.ok !== false), checks };
}

async function firstKey(pages: AsyncIterable<{ objects: readonly { key: string }[] }>): Promise<string | null> {
  for await (const page of pages) {
    const [object] = page.objects;
    if (object !== undefined) return object.key;
  }
  return null;
}

async function readFirstBytes({ body }: { body: AsyncIterable<Uint8Array> }): Promise<void> {
  for await (const bytes of body) if (bytes.length > 0) return;
}

function allow(action: string, resource: string): object {
  return { Effect: 'Allow', Action: action, Resource: resource };
}

function bucketArn(source: Source): string {
  const role = source.roleArn === null ? null : parseRoleArn(source.roleArn);
  const partition = role?.partition ?? partitionOfRegion(source.region ?? 'us-east-1');
  return `arn:${partition}:s3:::${source.bucketName}`;
}

function isSystemError(error: unknown): boolean {
  return error instanceof Error && 'syscall' in error;
}
