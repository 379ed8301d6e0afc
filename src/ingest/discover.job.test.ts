import { expect, it } from 'vitest';
import { Gate } from '../../test/support/collector.js';
import { silentLog } from '../../test/support/silent-log.js';
import { createDiscoverSourceJob, type DiscoverDeps } from './discover.job.js';

/** A directory whose scan lasts until its signal aborts. */
function discovery() {
  const scanning = new Gate();
  const stopping = new AbortController();
  let scans = 0;
  const deps = {
    database: {
      transaction: (work: (transaction: object) => unknown) => work({ query: async () => [{ taken: true }] }),
    },
    sources: { find: async (_: unknown, id: string) => ({ id, type: 'DIRECTORY' }) },
    directoryDiscovery: {
      scan: (_: unknown, signal: AbortSignal) => {
        scans += 1;
        scanning.open();
        return new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
      },
    },
    stopping: stopping.signal,
  } as unknown as DiscoverDeps;
  const run = (signal = new AbortController().signal) =>
    createDiscoverSourceJob(deps).handle({ sourceId: 's' }, { signal, log: silentLog, attempt: 1 });
  return { run, stopping, scanning, scans: () => scans };
}

it('a pass ends as soon as the process is told to stop, and no other begins', async () => {
  const { run, stopping, scanning, scans } = discovery();
  const passed = run();
  await scanning.opened;
  stopping.abort();
  await passed;
  await run();
  expect(scans()).toBe(1);
});

it('a pass ends with its job, too', async () => {
  const { run, scanning } = discovery();
  const job = new AbortController();
  const passed = run(job.signal);
  await scanning.opened;
  job.abort();
  await passed;
});
