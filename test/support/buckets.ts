import { gunzipSync, gzipSync } from 'node:zlib';
import { type GeneratedFile, generateLogFiles } from '../../src/demo/generator/log-files.js';
import { hourMs } from '../../src/lib/time.js';
import { ask } from './app.js';
import { noon } from './events.js';
import { eventually } from './eventually.js';

/** Files of everyday work, delivered in the hours before noon; the same each time. */
export function generatedBucket(options: { files: number; recordsPerFile: number; accounts?: number }) {
  const { files, recordsPerFile, accounts = 2 } = options;
  const shape = { files, recordsPerFile, accounts, regions: 2, from: noon - 4 * hourMs, to: noon - hourMs };
  return [...generateLogFiles({ seed: 'end to end', ...shape })];
}

/** The records of an intact generated file, each as it is written there. */
export function recordsOf({ body }: Pick<GeneratedFile, 'body'>): string[] {
  const { Records } = JSON.parse(gunzipSync(body).toString()) as { Records: object[] };
  return Records.map((record) => JSON.stringify(record));
}

export function logFileOf(key: string, records: readonly string[]): { key: string; body: Buffer } {
  return { key, body: gzipSync(`{"Records":[${records.join(',')}]}`) };
}

/** Connects a directory, for the accounts given or for all that turn up in it. */
export async function connectDirectory(url: string, path: string, accountIds?: readonly string[]): Promise<string> {
  const input = { type: 'DIRECTORY', path, ...(accountIds ? { accountIds } : { discoverAccounts: true }) };
  const { createSource } = await ask<{ createSource: { source: { id: string } } }>(
    url,
    'mutation ($input: SourceInput!) { createSource(input: $input) { source { id } } }',
    { input },
  );
  return createSource.source.id;
}

/** Waits until so many log files are known and none of them waits or is being read. */
export async function allRead(url: string, files: number, seconds = 60): Promise<void> {
  // One count: of two that were asked for together, one may be of before a file was found and the other of after.
  const query = '{ read: logFiles(filter: { states: [INGESTED, QUARANTINED, MISSING] }) { totalCount } }';
  await eventually(
    () => ask<{ read: { totalCount: number } }>(url, query),
    ({ read }) => read.totalCount === files,
    { seconds },
  );
}

interface Page<T> {
  readonly nodes: T[];
  readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null };
}

/** Every item of a list, over all its pages. */
export async function everyNode<T>(url: string, list: 'events' | 'logFiles' | 'accounts', fields: string) {
  const query = `query ($after: String) {
    ${list}(first: 500, after: $after) { nodes { ${fields} } pageInfo { hasNextPage endCursor } }
  }`;
  const nodes: T[] = [];
  for (let after: string | null = null; ; ) {
    const page: Page<T> | undefined = (await ask<Record<string, Page<T>>>(url, query, { after }))[list];
    nodes.push(...(page?.nodes ?? []));
    if (!page?.pageInfo.hasNextPage) return nodes;
    after = page.pageInfo.endCursor;
  }
}

/** Every event in the order of arrival, as a follower of the feed sees them. */
export async function everyFeedEvent<T>(url: string, fields: string): Promise<T[]> {
  type Feed = { eventFeed: { events: T[]; endCursor: string; hasMore: boolean } };
  const query = `query ($after: String) {
    eventFeed(first: 700, after: $after) { events { ${fields} } endCursor hasMore }
  }`;
  const events: T[] = [];
  for (let after: string | null = null; ; ) {
    const { eventFeed }: Feed = await ask<Feed>(url, query, { after });
    events.push(...eventFeed.events);
    if (!eventFeed.hasMore) return events;
    after = eventFeed.endCursor;
  }
}

/** How many events the hourly counts know of. */
export async function countedEvents(url: string): Promise<number> {
  const { eventCounts } = await ask<{ eventCounts: { count: number }[] }>(
    url,
    '{ eventCounts(groupBy: []) { count } }',
  );
  return eventCounts[0]?.count ?? 0;
}
