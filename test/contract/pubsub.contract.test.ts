import { afterEach, expect, it } from 'vitest';
import { createPubSub } from '../../src/platform/pubsub/create-pubsub.js';
import type { PubSub } from '../../src/platform/pubsub/pubsub.js';
import { Collector } from '../support/collector.js';
import { recordingLog, silentLog } from '../support/silent-log.js';
import { describeOnEachStore } from './stores.js';

type Heard = string | undefined;

describeOnEachStore('pubsub', (store) => {
  const opened: PubSub[] = [];
  const open = async (log = silentLog) => {
    const pubsub = await createPubSub({ ...store().connection, log });
    opened.push(pubsub);
    return pubsub;
  };
  const listen = async (pubsub: PubSub, topic: string) => {
    const heard = new Collector<Heard>();
    const unsubscribe = await pubsub.subscribe(topic, (payload) => heard.push(payload));
    return { heard, unsubscribe };
  };
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((pubsub) => pubsub.stop()));
  });

  it('reaches every subscriber in every process, in order', async () => {
    const [one, two] = [await open(), await open()];
    const everyone = await Promise.all([listen(one, 'ingested'), listen(one, 'ingested'), listen(two, 'ingested')]);
    await one.publish('ingested', '1');
    await one.publish('ingested', '2');
    for (const { heard } of everyone) expect(await heard.until(2)).toEqual(['1', '2']);
  });

  it('delivers a call without a payload as an empty one', async () => {
    const pubsub = await open();
    const { heard } = await listen(pubsub, 'wake');
    await pubsub.publish('wake');
    expect(await heard.until(1)).toEqual(['']);
  });

  it('reaches only those who listen to the topic', async () => {
    const pubsub = await open();
    const [a, b] = [await listen(pubsub, 'topic.a'), await listen(pubsub, 'topic.b')];
    await pubsub.publish('topic.a', 'for a');
    await pubsub.publish('topic.b', 'for b');
    expect(await b.heard.until(1)).toEqual(['for b']);
    expect(a.heard.items).toEqual(['for a']);
  });

  it('stops delivering after unsubscribing, and to that one only', async () => {
    const pubsub = await open();
    const [leaving, staying] = [await listen(pubsub, 'wake'), await listen(pubsub, 'wake')];
    await leaving.unsubscribe();
    await pubsub.publish('wake', '1');
    await staying.heard.until(1);
    await staying.unsubscribe();
    await pubsub.publish('wake', '2');
    // Messages of one connection arrive in order: once this one is here, '2' would have been.
    const fence = await listen(pubsub, 'fence');
    await pubsub.publish('fence');
    await fence.heard.until(1);
    expect(leaving.heard.items).toEqual([]);
    expect(staying.heard.items).toEqual(['1']);
  });

  it('keeps one failing subscriber from disturbing the others', async () => {
    const { log, lines } = recordingLog();
    const pubsub = await open(log);
    await pubsub.subscribe('wake', () => {
      throw new Error('broken subscriber');
    });
    const { heard } = await listen(pubsub, 'wake');
    await pubsub.publish('wake', '1');
    expect(await heard.until(1)).toEqual(['1']);
    expect(lines.items).toContainEqual(expect.objectContaining({ level: 50, msg: 'a subscriber failed' }));
  });

  it('heals after its connection was cut, and tells subscribers that they may have missed something', async () => {
    const { log, lines } = recordingLog();
    const pubsub = await open(log);
    const { heard } = await listen(pubsub, 'wake');
    await store().cutConnections();
    expect(await heard.until(1)).toEqual([undefined]);
    const other = await open();
    await other.publish('wake', 'after');
    expect(await heard.until(2)).toEqual([undefined, 'after']);
    expect(lines.items.filter(({ level }) => level >= 40)).toHaveLength(1);
  });

  it.each([['Ingested'], ['a b'], ['"; DROP TABLE x; --'], ['x'.repeat(60)], ['']])(
    'refuses the topic %j',
    async (topic) => {
      const pubsub = await open();
      await expect(pubsub.publish(topic)).rejects.toThrow('not a topic');
      await expect(pubsub.subscribe(topic, () => undefined)).rejects.toThrow('not a topic');
    },
  );

  it('carries 4,096 bytes and refuses more', async () => {
    const pubsub = await open();
    const { heard } = await listen(pubsub, 'wake');
    const largest = 'é'.repeat(2_048);
    await pubsub.publish('wake', largest);
    expect(await heard.until(1)).toEqual([largest]);
    await expect(pubsub.publish('wake', `${largest}x`)).rejects.toThrow('4097 bytes is over 4096');
  });

  it('refuses to publish once stopped', async () => {
    const pubsub = await open();
    await pubsub.ping();
    await pubsub.stop();
    await expect(pubsub.ping()).rejects.toThrow();
    await expect(pubsub.publish('wake')).rejects.toThrow();
  });
});
