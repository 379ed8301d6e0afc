import { parseLogKey } from '../formats/cloudtrail/log-key.js';
import { parseDigestKey } from '../formats/digest/digest-key.js';
import { CrosstrailError } from '../platform/errors.js';
import { isKindFolder, isOrganizationFolder } from './listing-plan.js';
import type { ObjectStore } from './object-store.port.js';
import type { Source } from './source.entity.js';

/** A key of each kind, null where none was come upon. */
export interface SampleFiles {
  logFile: string | null;
  digest: string | null;
}

/** Accounts whose folders are looked into: one that is new may have no files yet. */
const accountsAtMost = 3;

/**
 * Finds a log file and a digest of a source in a few listings, each of one page: a look at the bucket, for a check.
 *
 * @throws the refusal where nothing of the source may be listed
 */
export async function sampleFiles(source: Source, store: ObjectStore, signal: AbortSignal): Promise<SampleFiles> {
  const found: SampleFiles = { logFile: null, digest: null };
  const firstPage = async (prefix: string, isFolders: boolean) => {
    const delimiter = isFolders ? ({ delimiter: '/' } as const) : {};
    for await (const page of store.list({ prefix, signal, ...delimiter })) return page;
    return { objects: [], prefixes: [] };
  };
  const foldersOf = async (prefix: string) => (await firstPage(prefix, true)).prefixes;
  for (const root of (await accountFolders(source, foldersOf)).slice(0, accountsAtMost)) {
    for (const kind of (await foldersOf(root)).filter(isKindFolder)) {
      for (const { key } of (await firstPage(kind, false)).objects) {
        if (parseLogKey(key) !== null) found.logFile ??= key;
        else if (parseDigestKey(key) !== null) found.digest ??= key;
      }
    }
  }
  return found;
}

/** Those of the source's accounts, as far as they are known, before any other. */
async function accountFolders(source: Source, foldersOf: (prefix: string) => Promise<readonly string[]>) {
  const top = `${source.prefix}AWSLogs/`;
  const known = source.accountIds.slice(0, accountsAtMost).map((accountId) => `${top}${accountId}/`);
  try {
    const folders = await foldersOf(top);
    const organizations = folders.filter(isOrganizationFolder).slice(0, accountsAtMost);
    const below = await Promise.all(organizations.map(foldersOf));
    const all = [...folders.filter((folder) => !isOrganizationFolder(folder)), ...below.flat()];
    const own = all.filter((folder) => source.accountIds.some((accountId) => folder.endsWith(`/${accountId}/`)));
    return own.length > 0 ? own : all;
  } catch (error) {
    // A policy may let the role list the folders of its accounts only: those names are known.
    if (!(error instanceof CrosstrailError) || source.discoverAccounts || known.length === 0) throw error;
    const [first = ''] = known;
    await foldersOf(first).catch(() => {
      throw error;
    });
    return known;
  }
}
