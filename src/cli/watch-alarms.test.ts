import { GraphQLError } from 'graphql';
import { expect, it } from 'vitest';
import { CrosstrailError } from '../platform/errors.js';
import { listAlarms } from './documents.js';
import type { ShownChange } from './shown-alarm.js';
import { watchAlarms } from './watch-alarms.js';

/* What is asked and shown, look by look. Own reckoning. */

const start = Date.parse('2026-11-22T12:30:59Z');
const pageOf = (alarms: readonly object[]) => ({ nodes: alarms, pageInfo: { hasNextPage: false, endCursor: null } });

function change(alarmName: string, more: Partial<ShownChange> = {}): ShownChange {
  return {
    id: alarmName,
    alarmName,
    accountIds: null,
    previousState: 'OK',
    state: 'ALARM',
    stateReason: 'why',
    timestamp: '2026-11-22T12:01:00.000Z',
    detectedAt: '2026-11-22T12:01:00.400Z',
    revision: 1,
    supersedes: null,
    ...more,
  };
}
const page = (endCursor: string, names: readonly string[] = [], hasMore = false) => ({
  endCursor,
  hasMore,
  changes: names.map((name) => change(name)),
});

/** Watches until there is no further answer of the feed. @param answers of the feed, one after the other */
async function watch(answers: readonly (object | Error)[], { interactive = false, json = false } = {}) {
  const asked: unknown[] = [];
  const lists: unknown[] = [];
  const shown = { out: [] as string[], err: [] as string[], frames: [] as string[][] };
  const left = [...answers];
  const ended = new AbortController();
  let looks = 0;
  const app = {
    async execute<Data>(document: string, variables: unknown) {
      if (document === listAlarms) {
        lists.push(variables);
        return { alarms: pageOf([]) } as Data;
      }
      asked.push(variables);
      const answer = left.shift();
      if (answer instanceof Error) throw answer;
      return { alarmFeed: answer } as Data;
    },
  };
  const watching = watchAlarms(app, {
    terminal: {
      interactive,
      width: 80,
      rows: 24,
      style: (_, text) => text,
      out: (line) => void shown.out.push(line),
      err: (line) => void shown.err.push(line),
      draw: (lines) => void shown.frames.push([...lines]),
    },
    filter: { states: ['ALARM'] },
    json,
    wait: async () => {
      looks += 1;
      if (left.length === 0) throw new Error('enough');
    },
    now: () => start + looks * 1000,
    signal: ended.signal,
  });
  const error = await watching.catch((reason: Error) => reason);
  return { asked, lists, looks, error: error.message, ...shown };
}

const filter = { states: ['ALARM'] };

it('a pipe gets a line a change from now on, behind the cursor, to the end of each look', async () => {
  const { asked, out, error } = await watch([page('1'), page('2', ['a', 'b'], true), page('3', ['c']), page('4')]);
  expect(asked).toEqual([
    { from: '2026-11-22T12:30:59.000Z', filter },
    { after: '1', filter },
    { after: '2', filter },
    { after: '3', filter },
  ]);
  expect(out).toEqual(['a', 'b', 'c'].map((name) => `2026-11-22T12:01:00.000Z\tevery\t${name}\tOK\tALARM\t-\twhy`));
  expect(error).toBe('enough');
});

it('marks are told in a pipe with whole times', async () => {
  const late = change('a', { revision: 2, detectedAt: '2026-11-22T12:20:00.000Z' });
  const { out } = await watch([{ ...page('1'), changes: [late] }]);
  expect(out[0]?.split('\t')[5]).toBe('corrected, known 2026-11-22T12:20:00.000Z');
});

it('--json is an object a line, on a terminal too', async () => {
  const { out, frames } = await watch([page('1', ['a', 'b'])], { json: true, interactive: true });
  expect(out.map((line) => JSON.parse(line))).toEqual([change('a'), change('b')]);
  expect(frames).toEqual([]);
});

it('after failures it goes on where it was, and says so once', async () => {
  const lost = () => Object.assign(new Error('connect'), { code: 'ECONNREFUSED', address: '127.0.0.1', port: 5432 });
  const { asked, out, err } = await watch([
    page('1', ['a']),
    new GraphQLError('connect', { originalError: lost() }),
    lost(),
    page('2', ['b']),
  ]);
  expect(asked.slice(1)).toEqual(Array(3).fill({ after: '1', filter }));
  expect(out.map((line) => line.split('\t')[2])).toEqual(['a', 'b']);
  expect(err).toEqual([
    expect.stringMatching(/^No answer since 12:31:00: Nothing answers at 127\.0\.0\.1:5432.*; trying again$/),
    'It answers again.',
  ]);
});

it('a failure between two pages repeats none', async () => {
  const { out } = await watch([page('1'), page('2', ['a'], true), new Error('lost'), page('3', ['b'])]);
  expect(out.map((line) => line.split('\t')[2])).toEqual(['a', 'b']);
});

it('where the cursor has expired, all that is kept is what was missed', async () => {
  const expired = new CrosstrailError('CURSOR_EXPIRED', 'after: too old');
  const { asked, err } = await watch([page('1'), expired, page('9')]);
  expect(asked.at(-1)).toEqual({ filter });
  expect(err[0]).toContain('after: too old');
});

it('what is wrong from the start ends it', async () => {
  const { error, looks } = await watch([new CrosstrailError('BAD_USER_INPUT', 'filter.accountIds: no'), page('1')]);
  expect([error, looks]).toEqual(['filter.accountIds: no', 0]);
});

it('a terminal shows the last hour, then each look, and its failures', async () => {
  const { asked, frames, out } = await watch([page('1', ['a']), page('2', ['b']), new Error('lost'), page('3')], {
    interactive: true,
  });
  expect(asked[0]).toEqual({ from: '2026-11-22T11:30:59.000Z', filter });
  const names = (lines: string[] = []) => lines.flatMap((line) => /^ {2}12:01:00 {2}(\w)/.exec(line)?.[1] ?? []);
  expect(frames.map((lines) => names(lines))).toEqual([['a'], ['b', 'a'], ['b', 'a'], ['b', 'a']]);
  expect(frames.map(([, second]) => second?.startsWith('No answer since 12:31:01: lost'))).toEqual([
    false,
    false,
    true,
    false,
  ]);
  expect(out).toEqual([]);
});

it('the list of alarms is read when something changed, and every ten looks', async () => {
  const quiet = (count: number) => Array.from({ length: count }, () => page('1'));
  const listed = async (answers: readonly object[]) => (await watch(answers, { interactive: true })).lists.length;
  expect(await listed(quiet(10))).toBe(1);
  expect(await listed(quiet(12))).toBe(2);
  expect(await listed([...quiet(2), page('2', ['a']), ...quiet(2)])).toBe(2);
});
