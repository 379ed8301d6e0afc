import { isRegion } from '../platform/aws/partition.js';
import { CrosstrailError } from '../platform/errors.js';
import type { RegionFolder } from './listing.store.js';
import { accountOfRoot, isDigestFolder, isKindFolder, isOrganizationFolder } from './listing-plan.js';
import type { S3Pass } from './s3-pass.js';

/** The folders of accounts under `AWSLogs/` and `AWSLogs/o-…/`, by account. */
export async function accountRoots(pass: S3Pass): Promise<Map<string, string[]>> {
  const { prefix, discoverAccounts, accountIds } = pass.source;
  const top = `${prefix}AWSLogs/`;
  const roots = new Map<string, string[]>();
  const add = (folder: string) => {
    const accountId = accountOfRoot(folder);
    if (accountId !== null) roots.set(accountId, [...(roots.get(accountId) ?? []), folder]);
  };
  try {
    for (const folder of await pass.folders(top)) {
      if (isOrganizationFolder(folder)) for (const below of await pass.folders(folder)) add(below);
      else add(folder);
    }
  } catch (error) {
    // A policy may let the role list the folders of its accounts only: those names are known.
    if (!isDenied(error) || discoverAccounts || accountIds.length === 0) throw error;
    for (const accountId of accountIds) add(`${top}${accountId}/`);
  }
  return roots;
}

/** The folders of an account below which there is one folder a day, of each kind and region. */
export async function regionFoldersOf(
  pass: S3Pass,
  accountId: string,
  roots: readonly string[],
): Promise<RegionFolder[]> {
  const found: RegionFolder[] = [];
  for (const root of roots) {
    for (const kind of (await pass.folders(root)).filter(isKindFolder)) {
      for (const prefix of await pass.folders(kind)) {
        const awsRegion = prefix.slice(kind.length, -1);
        if (isRegion(awsRegion)) found.push({ prefix, accountId, awsRegion, isDigest: isDigestFolder(prefix) });
      }
    }
  }
  return found;
}

function isDenied(error: unknown): boolean {
  return error instanceof CrosstrailError && /^(AccessDenied|403|Forbidden)/.test(String(error.details.awsCode));
}
