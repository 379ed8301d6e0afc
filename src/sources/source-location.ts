import { realpath, stat } from 'node:fs/promises';
import { isAbsolute } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type AccountScope, coversAll } from '../access/scope.js';
import {
  type IdentitySettings,
  parseExternalId,
  parseRegion,
  parseRole,
  requireNothingDisclosed,
} from '../accounts/aws-identity.inputs.js';
import { parseRoleArn, partitionOfRegion } from '../platform/aws/partition.js';
import { badInput } from '../platform/errors.js';
import { parsePrefix } from './prefix.inputs.js';
import { parseQueueUrl } from './queue-url.js';
import type { Source, SourceType } from './source.entity.js';
import type { SourceInput, UpdateSourceInput } from './source.inputs.js';

/** A source as it is stored. */
export interface SourceSettings {
  readonly type: SourceType;
  readonly endpoint: string;
  readonly bucketName: string;
  /** Empty, or ending with a slash. */
  readonly prefix: string;
  readonly region: string | null;
  /** Of S3_NOTIFICATIONS. */
  readonly queueUrl: string | null;
  readonly roleArn: string | null;
  readonly externalId: string | null;
  readonly viaRoleArn: string | null;
  readonly viaExternalId: string | null;
  readonly accountIds: readonly string[];
  readonly discoverAccounts: boolean;
}

/** The account whose role and id stand in for what a source leaves out. */
export interface Owner {
  readonly accountId: string;
  readonly roleArn: string | null;
}

export interface LocationContext {
  readonly scope: AccountScope;
  readonly owner: Owner | null;
  /** `AWS_ENDPOINT_URL` */
  readonly endpointUrl: string | null;
  /** `AWS_REGION`, whose partition a source without role and region lies in. */
  readonly defaultRegion: string;
}

const maxAccounts = 10_000;
const directoryEndpoint = 'file:';
const everyAccountOnly = 'takes a token for every account';

/** Reads what a client asks to connect. @throws BAD_USER_INPUT naming the argument by its path below `path` */
export async function parseSource(path: string, input: SourceInput, context: LocationContext): Promise<SourceSettings> {
  requireSupported(`${path}.type`, input.type);
  refuse(path, input, input.type === 'DIRECTORY' ? s3Only : directoryOnly);
  if (input.type !== 'S3_NOTIFICATIONS') refuse(path, input, ['queueUrl']);
  const accounts = parseAccounts(path, input, context);
  const prefix = parsePrefix(`${path}.prefix`, input.prefix ?? '');
  if (input.type === 'DIRECTORY') {
    const bucketName = await parseDirectory(`${path}.path`, input.path, context.scope);
    const nobody = { region: null, queueUrl: null, roleArn: null, externalId: null, ...noVia };
    return { type: input.type, endpoint: directoryEndpoint, bucketName, prefix, ...nobody, ...accounts };
  }
  const roleArn = parseRole(`${path}.roleArn`, input.roleArn ?? null, context.scope);
  const assumed = roleArn ?? context.owner?.roleArn ?? null;
  requireIdentity(`${path}.roleArn`, assumed, context.scope);
  const queue =
    input.type === 'S3_NOTIFICATIONS' ? parseQueueUrl(`${path}.queueUrl`, input.queueUrl, context.endpointUrl) : null;
  // S3 tells queues of its bucket's region only: where nothing else is said, the bucket is there.
  const region = input.region ? parseRegion(`${path}.region`, input.region) : (queue?.region ?? null);
  return {
    type: input.type,
    endpoint: context.endpointUrl ?? `s3:${partitionOf(assumed, region ?? context.defaultRegion)}`,
    bucketName: parseBucket(`${path}.bucket`, input.bucket),
    prefix,
    region,
    queueUrl: queue?.url ?? null,
    roleArn,
    externalId: parseExternalId(`${path}.externalId`, input.externalId ?? null),
    viaRoleArn: parseVia(`${path}.viaRoleArn`, input.viaRoleArn ?? null, roleArn !== null, context.scope),
    viaExternalId: parseExternalId(`${path}.viaExternalId`, input.viaExternalId ?? null),
    ...accounts,
  };
}

/** Changes to the identity of an S3 source; a directory has none. */
export function parseIdentityChange(
  input: UpdateSourceInput,
  known: Pick<Source, 'type' | 'ownerAccountId'> & IdentitySettings,
  scope: AccountScope,
) {
  if (known.type === 'DIRECTORY') refuse('input', input, identityOnly);
  if (input.roleArn === null) requireIdentity('input.roleArn', null, scope);
  // A source of an account may have its role from there: then the way to it comes from there as well.
  const hasRole =
    input.roleArn === undefined ? !!known.roleArn && known.ownerAccountId === null : input.roleArn !== null;
  const change = {
    region: input.region ? parseRegion('input.region', input.region) : input.region,
    roleArn: parseRole('input.roleArn', input.roleArn, scope),
    externalId: parseExternalId('input.externalId', input.externalId),
    viaRoleArn: parseVia('input.viaRoleArn', input.viaRoleArn, hasRole, scope),
    viaExternalId: parseExternalId('input.viaExternalId', input.viaExternalId),
  };
  requireNothingDisclosed('input', change, known, scope);
  return change;
}

function parseVia<T extends string | null | undefined>(
  argument: string,
  arn: T,
  hasRole: boolean,
  scope: AccountScope,
): T {
  if (arn && !hasRole) throw badInput(argument, 'name the role that it leads to as well, in roleArn');
  return parseRole(argument, arn, scope);
}

/** The accounts that a source may speak for: a token can lend only what it has. */
export function parseAccounts(
  path: string,
  input: Pick<SourceInput, 'accountIds' | 'discoverAccounts'>,
  { scope, owner }: Pick<LocationContext, 'scope' | 'owner'>,
): { accountIds: readonly string[]; discoverAccounts: boolean } {
  const discoverAccounts = input.discoverAccounts ?? false;
  if (discoverAccounts && scope.accountIds !== null) throw badInput(`${path}.discoverAccounts`, everyAccountOnly);
  const accountIds = [...new Set(input.accountIds ?? (owner === null ? [] : [owner.accountId]))].sort();
  if (accountIds.length > maxAccounts) {
    throw badInput(`${path}.accountIds`, `has ${accountIds.length} accounts; ${maxAccounts} is the most`);
  }
  if (!coversAll(scope, accountIds)) {
    throw badInput(`${path}.accountIds`, 'has an account that this token is not granted');
  }
  if (accountIds.length === 0 && !discoverAccounts) {
    throw badInput(`${path}.accountIds`, 'name the accounts it may speak for, or set discoverAccounts');
  }
  return { accountIds, discoverAccounts };
}

export function locationOf(endpoint: string, bucketName: string, prefix: string): string {
  return endpoint === directoryEndpoint
    ? `${pathToFileURL(bucketName)}${prefix && `/${prefix}`}`
    : `s3://${bucketName}/${prefix}`;
}

const noVia = { viaRoleArn: null, viaExternalId: null };
const identityOnly = ['region', 'roleArn', 'externalId', 'viaRoleArn', 'viaExternalId'] as const;
const s3Only = ['bucket', ...identityOnly] as const;
const directoryOnly = ['path'] as const;

function requireSupported(argument: string, type: SourceType): void {
  if (type !== 'CLOUDWATCH') return;
  throw badInput(argument, `${type} is not supported yet; use S3_LISTING, S3_NOTIFICATIONS or DIRECTORY`);
}

function refuse<T extends object>(path: string, input: T, names: readonly (keyof T & string)[]): void {
  const name = names.find((candidate) => input[candidate] !== null && input[candidate] !== undefined);
  if (name !== undefined) throw badInput(`${path}.${name}`, 'does not belong to a source of this type');
}

/** Without a role, the hub identity reads: it may reach buckets of accounts that the caller may not. */
function requireIdentity(argument: string, roleArn: string | null, scope: AccountScope): void {
  if (roleArn !== null || scope.accountIds === null) return;
  throw badInput(
    argument,
    `name a role of an account that this token is granted; reading without one ${everyAccountOnly}`,
  );
}

function partitionOf(roleArn: string | null, region: string): string {
  return (roleArn === null ? null : parseRoleArn(roleArn)?.partition) ?? partitionOfRegion(region);
}

/** The rules of S3 for names of buckets, older ones with capitals and underscores included. */
function parseBucket(argument: string, bucket: string | null | undefined): string {
  if (!bucket) throw badInput(argument, 'name the bucket');
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]{1,253}[A-Za-z0-9]$/.test(bucket) || bucket.includes('..')) {
    throw badInput(argument, 'is no name of an S3 bucket (without s3:// and without a path)');
  }
  return bucket;
}

/** The server's files are its operator's: a token that may not see every account may not point at them either. */
async function parseDirectory(argument: string, path: string | null | undefined, scope: AccountScope): Promise<string> {
  if (scope.accountIds !== null) throw badInput(argument, `a directory of the server ${everyAccountOnly}`);
  if (!path) throw badInput(argument, 'name the directory');
  if (!isAbsolute(path) || path.length > 4096 || path.includes('\0'))
    throw badInput(argument, 'must be an absolute path');
  const real = await realpath(path).catch(() => null);
  if (real === null || !(await stat(real)).isDirectory()) {
    throw badInput(argument, `there is no directory ${path} on the server, or it cannot be entered`);
  }
  return real;
}
