import type { AccountScope } from '../access/scope.js';
import { badInput } from '../platform/errors.js';
import type { AccountSettingsInput } from './account.inputs.js';
import { parseExternalId, parseRegion, parseRole } from './aws-identity.inputs.js';

/** The settings of an account as they are stored; undefined leaves one unchanged. */
export interface AccountSettings {
  readonly name: string | null | undefined;
  readonly roleArn: string | null | undefined;
  readonly externalId: string | null | undefined;
  readonly viaRoleArn: string | null | undefined;
  readonly viaExternalId: string | null | undefined;
  readonly regions: readonly string[] | undefined;
  readonly tags: Readonly<Record<string, string>> | undefined;
  readonly retentionDays: number | null | undefined;
}

const maxRegions = 100;
const maxTags = 50;
const maxTagKey = 128;
const maxTagValue = 256;
const maxName = 128;
const maxRetentionDays = 36_500;

/** Reads what a client set. @throws BAD_USER_INPUT naming the argument by its path below `path` */
export function parseAccountSettings(path: string, input: AccountSettingsInput, scope: AccountScope): AccountSettings {
  return {
    name: parseName(`${path}.name`, input.name),
    roleArn: parseRole(`${path}.roleArn`, input.roleArn, scope),
    externalId: parseExternalId(`${path}.externalId`, input.externalId),
    viaRoleArn: parseRole(`${path}.viaRoleArn`, input.viaRoleArn, scope),
    viaExternalId: parseExternalId(`${path}.viaExternalId`, input.viaExternalId),
    regions: input.regions === undefined ? undefined : parseRegions(`${path}.regions`, input.regions ?? []),
    tags: input.tags === undefined ? undefined : parseTags(`${path}.tags`, input.tags ?? {}),
    retentionDays: parseRetention(`${path}.retentionDays`, input.retentionDays),
  };
}

function parseName(argument: string, name: string | null | undefined): string | null | undefined {
  if (name === null || name === undefined) return name;
  const trimmed = name.trim();
  if (trimmed === '' || trimmed.length > maxName || /\p{Cc}/u.test(trimmed)) {
    throw badInput(argument, `must be 1 to ${maxName} characters without control characters`);
  }
  return trimmed;
}

function parseRegions(argument: string, regions: readonly string[]): string[] {
  if (regions.length > maxRegions) throw badInput(argument, `has ${regions.length} regions; ${maxRegions} is the most`);
  return [...new Set(regions.map((region, index) => parseRegion(`${argument}[${index}]`, region)))].sort();
}

function parseRetention(argument: string, days: number | null | undefined): number | null | undefined {
  if (days === null || days === undefined) return days;
  if (days >= 1 && days <= maxRetentionDays) return days;
  throw badInput(argument, `must be 1 to ${maxRetentionDays} days, or null for the setting of the installation`);
}

function parseTags(argument: string, tags: unknown): Record<string, string> {
  if (typeof tags !== 'object' || tags === null || Array.isArray(tags)) {
    throw badInput(argument, 'must be an object of strings, such as { "team": "payments" }');
  }
  const entries = Object.entries(tags);
  if (entries.length > maxTags) throw badInput(argument, `has ${entries.length} tags; ${maxTags} is the most`);
  return Object.fromEntries(
    entries.map(([key, value]) => [parseTagKey(argument, key), parseTagValue(argument, key, value)]),
  );
}

function parseTagKey(argument: string, key: string): string {
  if (key === '' || key.length > maxTagKey || key.includes('\0')) {
    throw badInput(argument, `has a key that is empty, or longer than ${maxTagKey} characters`);
  }
  return key;
}

function parseTagValue(argument: string, key: string, value: unknown): string {
  if (typeof value !== 'string' || value.length > maxTagValue || value.includes('\0')) {
    throw badInput(`${argument}.${key}`, `must be a string of at most ${maxTagValue} characters`);
  }
  return value;
}
