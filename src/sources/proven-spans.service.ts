import { changedSpans, provenSpans } from '../formats/digest/chain-spans.js';
import { parseDigestKey } from '../formats/digest/digest-key.js';
import type { Database, Sql } from '../platform/database/database.js';
import * as store from './proven-span.store.js';

/** Changes of one transaction: each chain among them costs some statements. */
const changesAtOnce = 500;

/** Keeps what is proven in step with the digests and the files that they name. */
export class ProvenSpans {
  constructor(private readonly database: Database) {}

  /**
   * Works out anew what changed.
   *
   * @returns false when nothing had changed
   */
  async settle(): Promise<boolean> {
    return this.database.transaction(async (sql) => {
      const { taken, digests } = await store.takeChanges(sql, changesAtOnce);
      const chains = new Map<string, store.ChangedDigest[]>();
      for (const digest of digests) chains.set(digest.chainId, [...(chains.get(digest.chainId) ?? []), digest]);
      await store.lockChains(sql, [...chains.keys()]);
      await store.countProven(
        sql,
        digests.map(({ id }) => id),
      );
      const looked: string[] = [];
      for (const [chainId, changed] of chains) looked.push(...(await settleChain(sql, chainId, changed)));
      await store.addExpected(sql, expected(await store.missingPrevious(sql, looked)));
      return taken > 0;
    });
  }
}

/** @returns the ids of the digests that were looked at: the one after the changed ones is among them */
async function settleChain(sql: Sql, chainId: string, changed: readonly store.ChangedDigest[]): Promise<string[]> {
  const times = changed.map(({ namedAt }) => namedAt.getTime());
  const part = await store.chainPart(sql, chainId, new Date(Math.min(...times)), new Date(Math.max(...times)));
  const stored = await store.storedSpans(sql, chainId);
  const change = changedSpans(stored, part) ?? {
    remove: stored,
    add: provenSpans(await store.chainDigests(sql, chainId)),
  };
  if (change.remove.length + change.add.length > 0) await store.replaceSpans(sql, chainId, change.remove, change.add);
  return [...part.digests, ...(part.after ? [part.after] : [])].map(({ id }) => id);
}

/** Leaves out what is no digest of the same chain: CloudTrail names no other. */
function expected(missing: readonly store.MissingPrevious[]): store.ExpectedDigest[] {
  return missing.flatMap((digest) => {
    const key = parseDigestKey(digest.previousKey);
    if (key === null) return [];
    const names = ['accountId', 'awsRegion', 'trail', 'homeRegion', 'isBackfill'] as const;
    if (names.some((name) => key[name] !== digest[name])) return [];
    const folders = digest.previousKey.split('/');
    const regionPrefix = `${folders.slice(0, -4).join('/')}/`;
    return [{ ...digest, namedAt: key.namedAt, regionPrefix, day: folders.slice(-4, -1).join('-') }];
  });
}
