import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { recordingLog } from '../../../test/support/silent-log.js';
import { CrosstrailError } from '../errors.js';
import type { Handler } from '../pubsub/pubsub.js';
import { LiveFeed, type LiveMessage, type LivePage } from './live-feed.js';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** Numbers stand for the rows of a table, their count for its head and their index for a cursor. */
function world() {
  const rows: number[] = [];
  const heard = new Set<Handler>();
  const { log, lines } = recordingLog();
  const state = { reads: 0, heads: 0, failure: null as Error | null, headFailure: null as Error | null };
  const feed = new LiveFeed<number>({
    pubsub: {
      publish: async () => undefined,
      subscribe: async (_topic, handler) => {
        heard.add(handler);
        return async () => void heard.delete(handler);
      },
      ping: async () => undefined,
      stop: async () => undefined,
    },
    topic: 'rows',
    head: async () => {
      state.heads += 1;
      if (state.headFailure) throw state.headFailure;
      return String(rows.length);
    },
    log,
    now: () => Date.now(),
  });
  async function read(after: string | null): Promise<LivePage<number>> {
    state.reads += 1;
    if (state.failure) throw state.failure;
    const from = after === null ? rows.length : Number(after);
    const items = rows.slice(from, from + 10);
    return {
      messages: items.map((item, index) => ({ cursor: String(from + index + 1), item })),
      end: { cursor: String(from + items.length), item: null },
      hasMore: from + items.length < rows.length,
    };
  }
  function follow(options: { after?: string | null; heartbeatMs?: number } = {}) {
    const giveUp = new AbortController();
    const seen: LiveMessage<number>[] = [];
    const { after = null, heartbeatMs = 30_000 } = options;
    const ended = (async () => {
      for await (const message of feed.follow({ key: 'all', after, heartbeatMs, signal: giveUp.signal, read })) {
        seen.push(message);
      }
    })();
    return {
      seen,
      ended,
      stop: () => giveUp.abort(),
      items: () => seen.flatMap(({ item }) => item ?? []),
    };
  }
  const tell = (payload: string | undefined) => {
    for (const handler of heard) handler(payload);
  };
  return { rows, feed, follow, tell, state, heard, lines };
}

const soon = () => vi.advanceTimersByTimeAsync(0);

describe('a follower', () => {
  it('first hears the cursor of the end, then what comes', async () => {
    const { rows, follow, tell } = world();
    rows.push(1, 2);
    const one = follow();
    await soon();
    expect(one.seen).toEqual([{ cursor: '2', item: null }]);
    rows.push(3);
    tell('');
    await soon();
    expect(one.seen.slice(1)).toEqual([{ cursor: '3', item: 3 }]);
  });

  it.each([
    ['a call', ''],
    ['a gap in which calls may have been lost', undefined],
  ])('hears at once after %s', async (_what, payload) => {
    const { rows, follow, tell } = world();
    const one = follow();
    await vi.advanceTimersByTimeAsync(1_300);
    rows.push(1);
    tell(payload);
    await soon();
    expect(one.items()).toEqual([1]);
  });

  it('hears within a second where the call was lost', async () => {
    const { rows, follow } = world();
    const one = follow();
    await soon();
    rows.push(1);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(one.items()).toEqual([1]);
  });

  it('gets what it missed, in bounded pages, and then goes live without a gap or a repeat', async () => {
    const { rows, follow, tell } = world();
    rows.push(...Array.from({ length: 35 }, (_, index) => index));
    const one = follow({ after: '5' });
    await soon();
    rows.push(35);
    tell('');
    await soon();
    expect(one.items()).toEqual(Array.from({ length: 31 }, (_, index) => index + 5));
  });

  it('misses nothing that is stored while it reads', async () => {
    const { rows, follow, tell } = world();
    const one = follow();
    for (let item = 1; item <= 50; item += 1) {
      rows.push(item);
      tell('');
      if (item % 7 === 0) await soon();
    }
    await soon();
    // Where it began is where its first read was, before any of them.
    expect(one.items()).toEqual(rows);
  });

  it('takes the next page only when it has passed on the one before', async () => {
    const { rows, feed, state } = world();
    rows.push(...Array.from({ length: 100 }, (_, index) => index));
    const reading = feed.follow({
      key: 'all',
      after: '0',
      heartbeatMs: 1_000,
      signal: new AbortController().signal,
      read: async (after) => {
        state.reads += 1;
        const from = Number(after);
        const messages = rows.slice(from, from + 10).map((item, index) => ({ cursor: String(from + index + 1), item }));
        return { messages, end: { cursor: String(from + 10), item: null }, hasMore: true };
      },
    });
    for (let taken = 0; taken < 10; taken += 1) await reading.next();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(state.reads).toBe(1);
    await reading.next();
    expect(state.reads).toBe(2);
    await reading.return();
  });
});

describe('heartbeats', () => {
  it('come at least as often as asked, with the cursor alone, and after an item a whole interval later', async () => {
    const { rows, follow, tell } = world();
    const one = follow({ heartbeatMs: 5_000 });
    const times: number[] = [];
    const start = Date.now();
    for (let at = 0; at < 16_000; at += 250) {
      const before = one.seen.length;
      if (at === 7_000) {
        rows.push(1);
        tell('');
      }
      await vi.advanceTimersByTimeAsync(250);
      if (one.seen.length > before) times.push(Date.now() - start);
    }
    const gaps = times.map((time, index) => time - (times[index - 1] ?? 0));
    expect(Math.max(...gaps)).toBeLessThanOrEqual(5_000);
    expect(one.seen.map(({ item }) => item)).toEqual([null, null, 1, null]);
    expect(one.seen.map(({ cursor }) => cursor)).toEqual(['0', '0', '1', '1']);
  });

  it('heal what neither a call nor a look told of', async () => {
    const { rows, follow, state } = world();
    const one = follow({ heartbeatMs: 5_000 });
    await soon();
    state.headFailure = new Error('no answer');
    rows.push(1);
    await vi.advanceTimersByTimeAsync(5_000);
    expect(one.items()).toEqual([1]);
  });

  it('move the cursor over what the filter leaves out', async () => {
    const { feed, follow } = world();
    const one = feed.follow({
      key: 'none',
      after: '1',
      heartbeatMs: 1_000,
      signal: new AbortController().signal,
      read: async (after) => ({ messages: [], end: { cursor: `${after}0`, item: null }, hasMore: false }),
    });
    expect((await one.next()).value).toEqual({ cursor: '10', item: null });
    follow().stop();
    await one.return();
  });
});

describe('many followers', () => {
  it('of one filter cost one read a change, and idle ones one query a second', async () => {
    const { rows, follow, tell, state } = world();
    const all = Array.from({ length: 1_000 }, () => follow());
    await soon();
    expect(state.reads).toBe(1);
    await vi.advanceTimersByTimeAsync(10_000);
    // The first look finds another head than none, and wakes.
    expect(state.reads).toBe(2);
    expect(state.heads).toBe(10);
    rows.push(1);
    tell('');
    await vi.advanceTimersByTimeAsync(10);
    expect(state.reads).toBe(3);
    expect(all.every((one) => one.items().length === 1)).toBe(true);
    // One object for all: what is made of it can be shared as well.
    expect(new Set(all.map(({ seen }) => seen.at(-1))).size).toBe(1);
  });

  it('leave nothing behind when they have gone', async () => {
    const { follow, state } = world();
    const all = Array.from({ length: 10 }, () => follow());
    await soon();
    for (const one of all) one.stop();
    await Promise.all(all.map(({ ended }) => ended));
    const { heads } = state;
    await vi.advanceTimersByTimeAsync(60_000);
    expect(state.heads).toBe(heads);
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe('many who catch up with what fits none of them', () => {
  /** A page of theirs takes a tenth of a second, and there is always more. */
  function crowd(feed: LiveFeed<number>, count: number) {
    const all = Array.from({ length: count }, (_, index) => {
      const giveUp = new AbortController();
      const seen: LiveMessage<number>[] = [];
      const read = async (after: string | null): Promise<LivePage<number>> => {
        await new Promise((resolve) => setTimeout(resolve, 100));
        return { messages: [], end: { cursor: String(Number(after) + 1), item: null }, hasMore: true };
      };
      const ended = (async () => {
        const { signal } = giveUp;
        for await (const message of feed.follow({ key: `${index}`, after: '0', heartbeatMs: 5_000, signal, read })) {
          seen.push(message);
        }
      })();
      return { seen, ended, giveUp };
    });
    const stop = () => {
      for (const { giveUp } of all) giveUp.abort();
    };
    return { all, stop };
  }

  it('keep nobody from hearing at once what happens now', async () => {
    const { rows, feed, follow, tell } = world();
    const { all, stop } = crowd(feed, 100);
    const one = follow({ heartbeatMs: 1_000 });
    await soon();
    expect(one.seen).toHaveLength(1);
    for (let item = 1; item <= 20; item += 1) {
      rows.push(item);
      tell('');
      await soon();
      expect(one.items()).toHaveLength(item);
      await vi.advanceTimersByTimeAsync(3_000);
    }
    const heartbeats = one.seen.filter(({ item }) => item === null);
    expect(heartbeats.length).toBeGreaterThan(20);
    stop();
    await vi.advanceTimersByTimeAsync(100);
    await Promise.all(all.map(({ ended }) => ended));
    one.stop();
  });

  it('hear their own heartbeats, and all come forward', async () => {
    const { feed } = world();
    const { all, stop } = crowd(feed, 1_000);
    await vi.advanceTimersByTimeAsync(1_000);
    for (const { seen } of all) expect(seen).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(60_000);
    for (const { seen } of all) expect(seen.length).toBeGreaterThanOrEqual(12);
    for (const { seen } of all) expect(Number(seen.at(-1)?.cursor)).toBeGreaterThanOrEqual(1);
    stop();
    await vi.advanceTimersByTimeAsync(100);
  });

  it('are let go at once, also while they wait', async () => {
    const { feed } = world();
    const { all, stop } = crowd(feed, 100);
    await soon();
    stop();
    await Promise.all(all.map(({ ended }) => ended));
    expect(vi.getTimerCount()).toBe(2);
  });
});

describe('a failure', () => {
  it('of the table ends nothing: heartbeats go on, and it is read again', async () => {
    const { rows, follow, tell, state, lines } = world();
    const one = follow({ heartbeatMs: 5_000 });
    await soon();
    state.failure = new Error('connection refused');
    state.headFailure = state.failure;
    rows.push(1);
    tell('');
    await vi.advanceTimersByTimeAsync(10_000);
    expect(one.seen.length).toBeGreaterThanOrEqual(2);
    expect(one.items()).toEqual([]);
    expect(lines.items.filter(({ level }) => level >= 40)).toHaveLength(1);
    state.failure = null;
    state.headFailure = null;
    await vi.advanceTimersByTimeAsync(2_000);
    expect(one.items()).toEqual([1]);
  });

  it('that is meant for the client ends it', async () => {
    const { follow, state } = world();
    state.failure = new CrosstrailError('CURSOR_EXPIRED', 'gone');
    const one = follow({ after: '0' });
    await expect(one.ended).rejects.toThrow('gone');
  });

  it('to listen is made up for by looking', async () => {
    const { rows, follow, heard } = world();
    const one = follow();
    await soon();
    heard.clear();
    rows.push(1);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(one.items()).toEqual([1]);
  });
});
