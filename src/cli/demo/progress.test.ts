import { expect, it } from 'vitest';
import type { Terminal } from '../terminal.js';
import { showProgress } from './progress.js';

const terminal = { interactive: false, out: () => undefined, status: () => undefined } as unknown as Terminal;

function progressOf(source: { filesPending: number; filesFailed: number; lastError: string | null }, files: number) {
  const answer = { sources: { nodes: [source] }, logFiles: { totalCount: files }, events: { totalCount: 7 } };
  const client = { url: '', query: async <Data>() => answer as Data };
  return showProgress(terminal, client, { sourceId: 's', expected: 2, signal: AbortSignal.timeout(5_000) });
}

it('ends once every file is ingested', async () => {
  expect(await progressOf({ filesPending: 0, filesFailed: 1, lastError: null }, 2)).toEqual({
    files: 2,
    filesFailed: 1,
    events: 7,
  });
});

it('ends with the error of a source that cannot be read', async () => {
  const reading = progressOf({ filesPending: 0, filesFailed: 0, lastError: 'no permission (EACCES)' }, 0);
  await expect(reading).rejects.toThrow('no permission (EACCES)');
});
