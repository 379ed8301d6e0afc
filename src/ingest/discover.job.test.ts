import { expect, it } from 'vitest';
import { Gate } from '../../test/support/collector.js';
import { silentLog } from '../../test/support/silent-log.js';
import { createDiscoverSourceJob, type DiscoverDeps } from './discover.job.js';

/** Directories whose scan lasts until its signal aborts; those whose id begins with `failing` failed before. */
function discovery() {
  const scanning = new Gate();
  const stopping = new AbortController();
  let scans = 0;
  const deps = {
    database: {
      transaction: (work: (transaction: object) => unknown) => work({ query: async () => [{ taken: true }] }),
    },
    sources: {
      find: async (_: unknown, id: string) => ({
        id,
        type: 'DIRECTORY',
        ownError: id.startsWith('failing') ? 'no answer' : null,
      }),
    },
    directoryDiscovery: {
      scan: (_: unknown, signal: AbortSignal) => {
        scans += 1;
        scanning.open();
        return new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
      },
    },
    stopping: stopping.signal,
  } as unknown as DiscoverDeps;
  const job = createDiscoverSourceJob(deps);
  const run = (signal = new AbortController().signal, sourceId = 's') =>
    job.handle({ sourceId }, { signal, log: silentLog, attempt: 1 });
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

it('sources that do not answer take half of the workers at most: the others are looked through', async () => {
  const { run, stopping, scans } = discovery();
  const { signal } = new AbortController();
  const passed = ['failing-a', 'failing-b', 'failing-c', 'good'].map((id) => run(signal, id));
  await passed[2];
  await new Promise((resolve) => setImmediate(resolve));
  expect(scans()).toBe(3);
  stopping.abort();
  await Promise.all(passed);
});
