import { setTimeout as sleep } from 'node:timers/promises';
import { CrosstrailError } from '../../platform/errors.js';
import { bar, count, type Terminal } from '../terminal.js';
import type { GraphqlClient } from './client.js';

export const progressQuery = `query Progress($sourceIds: [ID!]!) {
  sources(filter: { ids: $sourceIds }) { nodes { filesPending filesFailed lastError } }
  logFiles(filter: { sourceIds: $sourceIds }, first: 1) { totalCount }
  events(first: 1) { totalCount }
}`;

interface ProgressData {
  sources: { nodes: { filesPending: number; filesFailed: number; lastError: string | null }[] };
  logFiles: { totalCount: number };
  events: { totalCount: number };
}

export interface Progress {
  readonly files: number;
  readonly filesFailed: number;
  readonly events: number;
}

/**
 * Shows how far the files of a source are, until all that were there at the start are ingested. At a terminal a bar
 * that moves; else a line for each quarter.
 *
 * @param expected how many files there are
 * @returns undefined when `signal` fired first
 * @throws CrosstrailError the source's error, where it cannot be read: waiting on would end nowhere
 */
export async function showProgress(
  terminal: Terminal,
  client: GraphqlClient,
  options: { sourceId: string; expected: number; signal: AbortSignal },
): Promise<Progress | undefined> {
  const { sourceId, expected, signal } = options;
  let shownQuarter = 0;
  while (!signal.aborted) {
    const { sources, logFiles, events } = await client.query<ProgressData>(progressQuery, { sourceIds: [sourceId] });
    const [source] = sources.nodes;
    const pending = source?.filesPending ?? 0;
    const done = Math.max(logFiles.totalCount - pending, 0);
    const share = expected === 0 ? 1 : Math.min(done / expected, 1);
    const text = `${count(done)} of ${count(expected)} files, ${count(events.totalCount)} events`;
    terminal.status(`Ingesting ${bar(share, 30)} ${text}`);
    if (pending === 0 && done >= expected) {
      terminal.status('');
      return { files: done, filesFailed: source?.filesFailed ?? 0, events: events.totalCount };
    }
    if (source?.lastError) {
      terminal.status('');
      throw new CrosstrailError('INTERNAL', `The files cannot be read: ${source.lastError}`);
    }
    if (!terminal.interactive && Math.floor(share * 4) > shownQuarter) {
      shownQuarter = Math.floor(share * 4);
      terminal.out(`Ingesting: ${text}`);
    }
    await sleep(500, undefined, { signal }).catch(() => undefined);
  }
  return undefined;
}
