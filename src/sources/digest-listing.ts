import { digestKind, parseDigestKey } from '../formats/digest/digest-key.js';
import type { ListedDigest } from './digest-walk.js';
import { isOrganizationFolder } from './listing-plan.js';
import type { ChainName } from './log-validation.store.js';
import type { ObjectStore } from './object-store.port.js';
import type { Source } from './source.entity.js';

/** The digests of one chain that are named within a span of time, oldest first. */
export interface ListedChain extends Omit<ChainName, 'bucketId'> {
  readonly digests: ListedDigest[];
}

/**
 * Lists the folders of digests of an account: one listing a region, from the first day on.
 *
 * @param named from the first to the last time in a name, milliseconds since 1970 UTC
 */
export async function listDigests(
  store: ObjectStore,
  source: Pick<Source, 'prefix'>,
  request: { readonly accountId: string; readonly region: string | null },
  named: { readonly from: number; readonly to: number },
  signal: AbortSignal,
): Promise<ListedChain[]> {
  const chains = new Map<string, ListedChain>();
  for (const folder of await regionFolders(store, source.prefix, request, signal)) {
    for await (const key of keysFrom(store, folder, named, signal)) {
      const digest = parseDigestKey(key);
      if (digest === null || digest.namedAt < named.from || digest.namedAt > named.to) continue;
      const { accountId, awsRegion, trail, homeRegion, isBackfill, namedAt } = digest;
      const chain = { accountId, awsRegion, trail, homeRegion, isBackfill };
      const name = JSON.stringify([folder, chain]);
      const known = chains.get(name) ?? { ...chain, digests: [] };
      known.digests.push({ key, namedAt });
      chains.set(name, known);
    }
  }
  for (const { digests } of chains.values()) digests.sort((a, b) => a.namedAt - b.namedAt);
  return [...chains.values()];
}

/** `…/CloudTrail-Digest/<region>/` of the account, under its own folder and under those of organisations. */
async function regionFolders(
  store: ObjectStore,
  prefix: string,
  { accountId, region }: { readonly accountId: string; readonly region: string | null },
  signal: AbortSignal,
): Promise<string[]> {
  const top = `${prefix}AWSLogs/`;
  // A policy may let the role list the folders of its accounts only; what fails there too is told.
  const above = await foldersOf(store, top, signal).catch(() => []);
  signal.throwIfAborted();
  const roots = [top, ...above.filter(isOrganizationFolder)];
  const found: string[] = [];
  for (const root of roots) {
    const regions = await foldersOf(store, `${root}${accountId}/${digestKind}/`, signal);
    found.push(...regions.filter((folder) => region === null || folder.endsWith(`/${region}/`)));
  }
  return found;
}

async function foldersOf(store: ObjectStore, prefix: string, signal: AbortSignal): Promise<string[]> {
  const found: string[] = [];
  for await (const page of store.list({ prefix, delimiter: '/', signal })) found.push(...page.prefixes);
  return found;
}

/** Day folders sort by their days, and end the listing. */
async function* keysFrom(
  store: ObjectStore,
  folder: string,
  { from, to }: { readonly from: number; readonly to: number },
  signal: AbortSignal,
): AsyncGenerator<string> {
  const last = `${folder}${dayPath(to)}/`;
  // The name of a folder sorts before all that lies in it.
  for await (const page of store.list({ prefix: folder, startAfter: `${folder}${dayPath(from)}`, signal })) {
    for (const { key } of page.objects) {
      if (key > last && !key.startsWith(last)) return;
      yield key;
    }
  }
}

function dayPath(time: number): string {
  return new Date(time).toISOString().slice(0, 10).replaceAll('-', '/');
}
