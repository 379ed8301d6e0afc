import { expect, it } from 'vitest';
import { followBackfill, progressLine, type ShownBackfill } from './backfill-progress.js';

const noon = Date.parse('2026-11-20T12:00:00Z');
const shown = (
  given: Partial<ShownBackfill> = {},
  progress: Partial<ShownBackfill['progress']> = {},
): ShownBackfill => ({
  id: 'b1',
  state: 'RUNNING',
  accountIds: [],
  regions: null,
  from: '',
  to: '',
  workedAt: null,
  eta: null,
  errors: [],
  progress: {
    folders: 1200,
    foldersListed: 30,
    files: 1,
    bytes: 999,
    filesPending: 0,
    filesIngested: 0,
    events: 0,
    bytesPerSecond: null,
    ...progress,
  },
  ...given,
});

it.each([
  [shown(), 'RUNNING  30 of 1,200 folders, 1 file (999 B), 0 read, 0 events'],
  [
    shown({ eta: '2026-11-20T12:01:59Z' }, { filesPending: 7, bytesPerSecond: 1_250_000, bytes: 5_000_000_000 }),
    'RUNNING  30 of 1,200 folders, 1 file (5.0 GB), 0 read, 7 waiting, 0 events, 1.3 MB/s, 2 min left',
  ],
  [shown({ eta: '2026-11-20T11:00:00Z' }), 'RUNNING  30 of 1,200 folders, 1 file (999 B), 0 read, 0 events, 0 s left'],
  [
    shown({ eta: '2026-11-21T12:00:00Z', state: 'RUNNING' }),
    'RUNNING  30 of 1,200 folders, 1 file (999 B), 0 read, 0 events, 24 h left',
  ],
  [shown({ state: 'PAUSED' }, { bytesPerSecond: 5 }), 'PAUSED  30 of 1,200 folders, 1 file (999 B), 0 read, 0 events'],
])('shows how far a backfill is, in one line', (backfill, line) => {
  expect(progressLine(backfill, noon)).toBe(line);
});

/** Follows a backfill whose state is `DONE` at the given look; a look every two seconds, by a clock of its own. */
async function follow(looks: number, interactive: boolean, workedAt: string | null = null) {
  let now = noon;
  let asked = 0;
  const said = { status: 0, err: [] as string[] };
  const app = {
    execute: async <Data>() => {
      asked += 1;
      return { backfill: shown({ workedAt, state: asked === looks ? 'DONE' : 'RUNNING' }) } as Data;
    },
  };
  const ended = await followBackfill(app, 'b1', {
    terminal: {
      interactive,
      status: () => void (said.status += 1),
      err: (text) => void said.err.push(text),
    },
    wait: async () => void (now += 2000),
    now: () => now,
  });
  expect(ended.state).toBe('DONE');
  return said;
}

it('redraws one line on a terminal, and writes one now and then elsewhere', async () => {
  const workedAt = '2099-01-01T00:00:00Z';
  expect((await follow(31, true, workedAt)).status).toBe(31);
  const { status, err } = await follow(31, false, workedAt);
  expect([status, err.length]).toEqual([0, 3]);
});

it('says once, after a minute, that no worker is at it', async () => {
  const hints = async (looks: number) =>
    (await follow(looks, false)).err.filter((line) => line.startsWith('No worker')).length;
  expect([await hints(31), await hints(100)]).toEqual([0, 1]);
});

it('a backfill that is not there is told as such', async () => {
  const app = { execute: async <Data>() => ({ backfill: null }) as Data };
  const options = { terminal: { interactive: false, status: () => undefined, err: () => undefined } };
  const following = followBackfill(app, 'b2', { ...options, wait: async () => undefined, now: () => noon });
  await expect(following).rejects.toMatchObject({ code: 'NOT_FOUND' });
});
