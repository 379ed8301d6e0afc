import { ListPublicKeysCommand } from '@aws-sdk/client-cloudtrail';
import type { Caller } from '../access/context.js';
import type { AccountService } from '../accounts/account.service.js';
import { identityOf } from '../accounts/aws-identity.inputs.js';
import { dayMs } from '../lib/time.js';
import {
  allow,
  allowDecrypt,
  type CheckedCall,
  type CheckStep,
  roleSteps,
  runSteps,
} from '../platform/aws/access-check.js';
import { upstreamError } from '../platform/aws/aws-error.js';
import type { AwsIdentity, AwsSessions } from '../platform/aws/aws-sessions.js';
import { parseRoleArn, partitionOfRegion } from '../platform/aws/partition.js';
import { CrosstrailError, notFound } from '../platform/errors.js';
import type { CheckResult } from '../platform/graphql/check.entity.js';
import { queueChecks } from './notification-queues/sqs.js';
import type { ObjectStore } from './object-store.port.js';
import type { SourceObjectStores } from './object-stores/object-stores.js';
import { type SampleFiles, sampleFiles } from './sample-files.js';
import type { Source } from './source.entity.js';
import type { SourceService } from './source.service.js';

export interface SourceCheckDeps {
  readonly accounts: AccountService;
  readonly sources: SourceService;
  readonly stores: Pick<SourceObjectStores, 'open'>;
  readonly aws: AwsSessions;
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
    const checks = await runSteps(this.roleStepsOf(identityOf(account)));
    const sources = await this.deps.sources.byAccount(caller.accounts, [accountId]);
    for (const source of sources.get(accountId) ?? []) checks.push(...(await runSteps(this.stepsOf(source))));
    return resultOf(checks);
  }

  private stepsOf(source: Source): CheckStep[] {
    const signal = AbortSignal.timeout(timeoutMs);
    const store = this.deps.stores.open(source);
    if (source.type === 'DIRECTORY') return directorySteps(source, store, signal);
    const queue = queueChecks(this.deps.aws, source, signal).map(
      ({ call, statement, run, resource }): CheckStep => ({
        call,
        resource,
        run,
        statement: (denial) => (isKms(denial) ? allowDecrypt(denial, 'sqs') : statement(denial.action)),
      }),
    );
    return [
      ...this.roleStepsOf(identityOf(source)),
      ...queue,
      ...bucketSteps(source, store, signal),
      this.publicKeys(source, signal),
    ];
  }

  private roleStepsOf(identity: AwsIdentity): CheckStep[] {
    return roleSteps(identity, (asked) => this.deps.aws.assume(asked));
  }

  /** Asked with the source's own identity, and where that may not, with the hub's: as it is done for digests. */
  private publicKeys(source: Source, signal: AbortSignal): CheckStep {
    const { aws } = this.deps;
    const call = 'cloudtrail:ListPublicKeys';
    const region = source.region ?? aws.regionFor(identityOf(source));
    const ask = async (identity: AwsIdentity) => {
      const command = new ListPublicKeysCommand({ StartTime: new Date(Date.now() - dayMs), EndTime: new Date() });
      try {
        await aws.cloudTrail(identity, region).send(command, { abortSignal: signal });
      } catch (error) {
        throw error instanceof CrosstrailError ? error : upstreamError(call, region, error);
      }
    };
    return {
      call,
      resource: '*',
      statement: (denial) => allow(denial.action, '*'),
      without: 'log files are collected, but digests cannot prove that they are complete and unchanged',
      run: async () => {
        await ask(identityOf(source)).catch(async (refused: unknown) => {
          if (source.roleArn === null) throw refused;
          await ask({ roleArn: null, externalId: null }).catch(() => {
            throw refused;
          });
        });
        return null;
      },
    };
  }
}

/** Listing, and reading one log file and one digest, which another key may encrypt. */
function bucketSteps(source: Source, store: ObjectStore, signal: AbortSignal): CheckStep[] {
  const bucket = bucketArn(source);
  const prefix = `${source.prefix}AWSLogs/`;
  let found: SampleFiles | null = null;
  const list: CheckStep = {
    call: 's3:ListBucket',
    resource: `${bucket}/${prefix}`,
    statement: (denial) => allow(denial.action, bucket, { StringLike: { 's3:prefix': `${prefix}*` } }),
    run: async () => {
      found = await sampleFiles(source, store, signal);
      return null;
    },
  };
  const get = (kind: keyof SampleFiles, noun: string, without?: string): CheckStep => ({
    call: 's3:GetObject',
    resource: `${bucket}/${prefix}*`,
    statement: (denial) => (isKms(denial) ? allowDecrypt(denial, 's3') : allow(denial.action, `${bucket}/${prefix}*`)),
    ...(without === undefined ? {} : { without }),
    run: async () => {
      if (found === null) return `not tried on a ${noun}: they could not be listed`;
      const key = found[kind];
      if (key === null) return `not tried: there is no ${noun} yet`;
      await readFirstBytes(await store.open(key, signal));
      return null;
    },
  });
  return [list, get('logFile', 'log file'), get('digest', 'digest file', 'log files cannot be verified')];
}

function directorySteps(source: Source, store: ObjectStore, signal: AbortSignal): CheckStep[] {
  const resource = `${source.bucketName}/${source.prefix}`;
  let found: SampleFiles | null = null;
  const list = async () => {
    found = await sampleFiles(source, store, signal);
    return null;
  };
  const read = async () => {
    const key = found?.logFile ?? null;
    if (key === null) return 'not tried: there is no log file yet';
    await readFirstBytes(await store.open(key, signal));
    return null;
  };
  const statement = () => null;
  return [
    { call: 'list', resource, statement, run: list },
    { call: 'read', resource, statement, run: read },
  ];
}

function resultOf(checks: CheckedCall[]): CheckResult {
  return { ok: checks.every((check) => check.ok !== false), checks };
}

async function readFirstBytes({ body }: { body: AsyncIterable<Uint8Array> }): Promise<void> {
  for await (const bytes of body) if (bytes.length > 0) return;
}

function isKms({ action }: { action: string }): boolean {
  return action.startsWith('kms:');
}

function bucketArn(source: Source): string {
  const role = source.roleArn === null ? null : parseRoleArn(source.roleArn);
  const partition = role?.partition ?? partitionOfRegion(source.region ?? 'us-east-1');
  return `arn:${partition}:s3:::${source.bucketName}`;
}
