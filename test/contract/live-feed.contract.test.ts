import { afterEach, beforeEach, expect, it } from 'vitest';
import { LiveFeed } from '../../src/platform/live/live-feed.js';
import { createPubSub } from '../../src/platform/pubsub/create-pubsub.js';
import type { PubSub } from '../../src/platform/pubsub/pubsub.js';
import { Collector } from '../support/collector.js';
import { silentLog } from '../support/silent-log.js';
import { describeOnEachStore } from './stores.js';

/** Numbers in memory stand for the table. */
describeOnEachStore('a feed that is followed', (store) => {
  let rows: number[];
  let pubsub: PubSub;
  let feed: LiveFeed<number>;
  let heads: number;
  const giveUp = new Set<AbortController>();

  beforeEach(async () => {
    rows = [];
    heads = 0;
    pubsub = await createPubSub({ ...store().connection, log: silentLog });
    feed = new LiveFeed<number>({
      pubsub,
      topic: 'rows-added',
      head: async () => {
        heads += 1;
        return String(rows.length);
      },
      log: silentLog,
      now: () => performance.now(),
    });
  });
  afterEach(async () => {
    for (const follower of giveUp) follower.abort();
    giveUp.clear();
    await feed.stop();
    await pubsub.stop();
  });

  function follow(after: string | null = null): Collector<number | null> {
    const controller = new AbortController();
    giveUp.add(controller);
    const heard = new Collector<number | null>();
    const reading = feed.follow({
      key: 'all',
      after,
      heartbeatMs: 60_000,
      signal: controller.signal,
      read: async (place) => {
        const from = place === null ? rows.length : Number(place);
        const messages = rows.slice(from).map((item, index) => ({ cursor: String(from + index + 1), item }));
        return { messages, end: { cursor: String(rows.length), item: null }, hasMore: false };
      },
    });
    void (async () => {
      for await (const { item } of reading) heard.push(item);
    })();
    return heard;
  }

  it('is heard by everyone who follows, from another process', async () => {
    const other = await createPubSub({ ...store().connection, log: silentLog });
    const all = Array.from({ length: 10 }, () => follow());
    await Promise.all(all.map((heard) => heard.until(1)));
    rows.push(1);
    await other.publish('rows-added');
    for (const heard of all) expect(await heard.until(2)).toEqual([null, 1]);
    await other.stop();
  });

  it('heals after the connection that listens was cut', async () => {
    const heard = follow();
    await heard.until(1);
    await store().cutConnections();
    rows.push(1);
    expect(await heard.until(2)).toEqual([null, 1]);
    // It listens again: an answer to a call, and not to the clock, is a look within a tick of it.
    const other = await createPubSub({ ...store().connection, log: silentLog });
    rows.push(2);
    await other.publish('rows-added');
    expect(await heard.until(3)).toEqual([null, 1, 2]);
    await other.stop();
  });

  it('is heard without any call', async () => {
    const heard = follow();
    await heard.until(1);
    rows.push(1);
    expect(await heard.until(2)).toEqual([null, 1]);
  });

  it('asks nothing while nobody follows', async () => {
    const other = await createPubSub({ ...store().connection, log: silentLog });
    const fence = new Collector<string>();
    await pubsub.subscribe('fence', () => fence.push('fence'));
    await other.publish('rows-added');
    await other.publish('fence');
    await fence.until(1);
    expect(heads).toBe(0);
    await other.stop();
  });
});
