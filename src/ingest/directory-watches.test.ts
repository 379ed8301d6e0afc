import { expect, it } from 'vitest';
import { Gate } from '../../test/support/collector.js';
import { silentLog } from '../../test/support/silent-log.js';
import { DirectoryWatches, type DirectoryWatchesDeps } from './directory-watches.js';

it('stops though a watch begins just then', async () => {
  const asked = new Gate();
  const answer = new Gate();
  const watching = new Set<AbortSignal>();
  const deps = {
    sources: {
      list: async () => {
        asked.open();
        await answer.opened;
        return [{ id: 's', type: 'DIRECTORY' }];
      },
    },
    discovery: {
      watch: async (_: unknown, signal: AbortSignal) => {
        watching.add(signal);
        return { ended: new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve())) };
      },
      scan: async () => undefined,
    },
    log: silentLog,
  } as unknown as DirectoryWatchesDeps;
  const watches = new DirectoryWatches(deps);
  void watches.sync();
  await asked.opened;
  const stopped = watches.stop();
  answer.open();
  await stopped;
  expect([...watching].filter(({ aborted }) => !aborted)).toEqual([]);
});
