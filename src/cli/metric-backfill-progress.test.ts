import { expect, it } from 'vitest';
import { followMetricBackfill, metricBackfillLine, type ShownMetricBackfill } from './metric-backfill-progress.js';

const shown = (given: Partial<ShownMetricBackfill> = {}): ShownMetricBackfill => ({
  id: '7',
  state: 'RUNNING',
  progress: 0.5,
  events: 12_345,
  matched: 1,
  error: null,
  ...given,
});

it.each([
  [shown(), 'RUNNING  50 %, 12,345 events looked at, 1 matched'],
  [shown({ progress: 0.9999, events: 1 }), 'RUNNING  99 %, 1 event looked at, 1 matched'],
  [shown({ state: 'DONE', progress: 1, matched: 1234 }), 'DONE  100 %, 12,345 events looked at, 1,234 matched'],
  [shown({ error: 'no room' }), 'RUNNING  50 %, 12,345 events looked at, 1 matched; waits to try again: no room'],
])('shows how far a run is, in one line', (backfill, line) => {
  expect(metricBackfillLine(backfill)).toBe(line);
});

/** Follows a run that looks as it is told at each look, two seconds apart by a clock of its own. */
async function follow(look: (looks: number) => object | null, interactive = false) {
  let now = 0;
  let looks = 0;
  const said = { status: 0, err: [] as string[] };
  const app = { execute: async <Data>() => ({ metricFilter: look((looks += 1)) }) as Data };
  const terminal = {
    interactive,
    status: () => void (said.status += 1),
    err: (text: string) => void said.err.push(text),
  };
  const ended = await followMetricBackfill(app, 'errors', '7', {
    terminal,
    wait: async () => void (now += 2000),
    now: () => now,
  });
  return { ...said, ended };
}

it('redraws one line on a terminal, and writes one now and then elsewhere', async () => {
  const look = (looks: number) => ({
    backfills: [shown({ id: '8' }), shown({ events: looks, state: looks === 31 ? 'DONE' : 'RUNNING' })],
  });
  expect(await follow(look, true)).toMatchObject({ status: 31, err: [''], ended: { id: '7', state: 'DONE' } });
  const { status, err } = await follow(look);
  expect([status, err.length]).toEqual([0, 3]);
});

it('says once that no worker is at it when nothing moved for a minute, unless the run says why it rests', async () => {
  const hints = async (looks: number, error: string | null, moves = false) => {
    const { err } = await follow((at) => ({
      backfills: [shown({ error, events: moves ? at : 5, state: at === looks ? 'CANCELLED' : 'RUNNING' })],
    }));
    return err.filter((line) => line.startsWith('No worker')).length;
  };
  expect([await hints(31, null), await hints(100, null)]).toEqual([0, 1]);
  expect([await hints(100, 'no room'), await hints(100, null, true)]).toEqual([0, 0]);
});

it.each([
  ['deleted', null],
  ['changed to count something else', { backfills: [] }],
])('a filter that is %s meanwhile ends it', async (_, metricFilter) => {
  await expect(follow(() => metricFilter)).rejects.toThrow('metric filter "errors" was changed or deleted');
});
