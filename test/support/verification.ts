import { createHash } from 'node:crypto';
import { gunzipSync } from 'node:zlib';
import { foundLive, Grant, sortObject } from '../../src/sources/found-file.js';
import { ObjectNotFound } from '../../src/sources/object-store.port.js';
import type { Source } from '../../src/sources/source.entity.js';
import type { Collection } from './collection.js';

const { signal } = new AbortController();
const limits = { maxFiles: 100, maxBytes: 1e9, leaseSeconds: 60 };

/** What discovery would hand over, of the kinds that are wanted. */
export async function discoverAll(
  collection: Collection,
  source: Source,
  kinds: readonly ('collect' | 'digest')[] = ['collect', 'digest'],
): Promise<void> {
  const grant = new Grant(source);
  for await (const { objects } of collection.stores.open(source).list({ prefix: source.prefix, signal })) {
    const sorted = objects.map((object) => sortObject(object, grant, foundLive));
    const files = sorted.flatMap((item) => (item.kind === 'collect' ? [item.file] : []));
    const digests = sorted.flatMap((item) => (item.kind === 'digest' ? [item.digest] : []));
    if (kinds.includes('collect')) await collection.ledger.discovered(source, files);
    if (kinds.includes('digest')) await collection.digests.discovered(source, digests);
  }
}

/** Reads every due file as ingest does, as far as the ledger is concerned: no events are stored. */
export async function ingestAll(collection: Collection): Promise<void> {
  for (;;) {
    const { lease, files } = await collection.ledger.claim(limits);
    if (files.length === 0) return;
    for (const file of files) {
      const store = await collection.stores.forSource(file.sourceId);
      try {
        const chunks: Uint8Array[] = [];
        for await (const chunk of (await store.open(file.key, signal)).body) chunks.push(chunk);
        const result = { id: file.id, records: 1, events: 1, duplicates: 0, ...readingOf(Buffer.concat(chunks)) };
        await collection.database.transaction((sql) => collection.ledger.ingested(sql, lease, [result]));
      } catch (error) {
        if (!(error instanceof ObjectNotFound)) throw error;
        await collection.ledger.release(lease, [{ id: file.id, error: 'gone', gone: true }]);
      }
    }
  }
}

function readingOf(body: Buffer): { quarantined: string | null; sha256: Buffer | null } {
  try {
    const content = gunzipSync(body);
    const quarantined = content.toString().endsWith('}') ? null : 'not JSON';
    return { quarantined, sha256: createHash('sha256').update(content).digest() };
  } catch {
    return { quarantined: 'damaged', sha256: null };
  }
}

/** Verifies until nothing is due, as the job does. */
export async function verifyAll({ digestVerifier, provenSpans }: Collection): Promise<void> {
  for (;;) {
    const claimed = await digestVerifier.verifyDue(signal);
    const hasChanged = await provenSpans.settle();
    if (claimed === 0 && !hasChanged) return;
  }
}
