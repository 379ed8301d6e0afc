import { describe, expect, it } from 'vitest';
import { deferred } from '../../../test/support/deferred.js';
import type { EffectiveSegment, EffectMaker, EffectsPart } from '../../events/segment.port.js';
import type { FromThread, ToThread } from './messages.js';
import { ThreadBatch } from './thread-batch.js';
import { ThreadDecoder } from './thread-decoder.js';

/*
 * Both ends of the protocol, on one thread: messages are cloned, and their memory taken, as between two threads
 * (structuredClone does what postMessage does). Truth of the parts: 16 MB, the limit of a segment.
 */

const mb = 1024 * 1024;
const file = { id: '1', accountId: '111111111111', awsRegion: 'eu-west-1', deliveredAt: Date.UTC(2026, 10, 20, 12) };
const idOf = (number: number) => `00000000-0000-4000-8000-${String(number).padStart(12, '0')}`;
const numberOf = (eventId: string) => Number(eventId.slice(-12));

/** A log file of so many records, the last one first. */
async function* logFile(records: number): AsyncGenerator<Uint8Array> {
  const texts = Array.from({ length: records }, (_, number) => {
    const eventTime = `2026-11-20T11:59:${String(number % 60).padStart(2, '0')}Z`;
    return `{"eventID":"${idOf(number)}","eventTime":"${eventTime}","eventSource":"s3.amazonaws.com"}`;
  });
  yield Buffer.from(`{"Records":[${texts.reverse().join(',')}]}`);
}

function open(effectOf: EffectMaker['effectOf'], write: (segment: EffectiveSegment) => Promise<void>) {
  const asked: ToThread['type'][] = [];
  const decoded = { id: '1', expectsDuplicates: true, filterVersion: '1', ingestionTime: '' };
  const thread = new ThreadBatch(1, decoded, { effectOf, gather: (effects) => effects }, (message, transfer) => {
    const sent: FromThread = structuredClone(message, { transfer });
    setImmediate(() => decoder.take(sent));
  });
  const decoder: ThreadDecoder = new ThreadDecoder({
    batch: 1,
    write: async (segment) => {
      await write(segment);
      return { expectsDuplicates: true };
    },
    post: (message, transfer) => {
      asked.push(message.type);
      const sent: ToThread = structuredClone(message, { transfer });
      setImmediate(() => thread.take(sent));
    },
    onClosed: () => undefined,
  });
  return { decoder, asked };
}

const sized =
  (bytes: number): EffectMaker['effectOf'] =>
  ({ eventId }) =>
    ({ bytes, eventId }) as ReturnType<EffectMaker['effectOf']>;
const everyPlace = ({ keys: { count } }: EffectiveSegment) => Uint32Array.from({ length: count }, (_, place) => place);
const numbersOf = ({ effects }: EffectsPart) =>
  ((effects ?? []) as unknown as { eventId: string }[]).map(({ eventId }) => numberOf(eventId));

/** Takes everything of a segment for new. */
async function allParts(segment: EffectiveSegment, store: (part: EffectsPart) => void): Promise<void> {
  let part: EffectsPart = segment.encoded ?? (await segment.encode({ fresh: everyPlace(segment), keptOrdinals: [] }));
  store(part);
  while (part.left.length > 0) {
    part = await segment.effectsOf(part.left);
    store(part);
  }
}

describe('effects of new events where duplicates were expected', () => {
  it.each([
    ['in parts of two', 8, 5, [[0, 1], [2, 3], [4]]],
    ['one by one', 40, 3, [[0], [1], [2]]],
    ['all at once', 1, 5, [[0, 1, 2, 3, 4]]],
  ])('come over from the thread %s', async (_name, size, records, expected) => {
    const stored: number[][] = [];
    const { decoder, asked } = open(sized(size * mb), (segment) =>
      allParts(segment, (part) => stored.push(numbersOf(part))),
    );
    await decoder.read(file, logFile(records));
    await decoder.finish();
    await decoder.close();
    expect(stored).toEqual(expected);
    // Each part after the first is asked for by itself.
    expect(asked.filter((type) => type === 'makeEffects')).toHaveLength(expected.length - 1);
  });

  it('are made when the part before them is stored, and not before', async () => {
    const order: string[] = [];
    const effectOf: EffectMaker['effectOf'] = (cause) => {
      order.push(`made ${numberOf(cause.eventId)}`);
      return sized(16 * mb)(cause);
    };
    const { decoder } = open(effectOf, (segment) =>
      allParts(segment, (part) => order.push(`stored ${numbersOf(part)}`)),
    );
    await decoder.read(file, logFile(3));
    await decoder.finish();
    await decoder.close();
    // The one that is too much for a part is made again for the next.
    expect(order).toEqual(['made 0', 'made 1', 'stored 0', 'made 1', 'made 2', 'stored 1', 'made 2', 'stored 2']);
  });

  it('come segment by segment, each event once', async () => {
    const stored: number[] = [];
    const { decoder } = open(sized(1.5 * mb), (segment) =>
      allParts(segment, (part) => stored.push(...numbersOf(part))),
    );
    // A full segment, of 8,192 records, and a second one.
    const some = 8192 + 50;
    await decoder.read(file, logFile(some));
    await decoder.finish();
    await decoder.close();
    expect(stored).toHaveLength(some);
    expect(new Set(stored).size).toBe(some);
  });
});

describe('whoever waits for effects learns that they will not come', () => {
  it('because making them fails', async () => {
    let made = 0;
    const effectOf: EffectMaker['effectOf'] = (cause) => {
      made += 1;
      if (made === 3) throw new Error('a pattern broke');
      return sized(16 * mb)(cause);
    };
    const stored: number[][] = [];
    const { decoder } = open(effectOf, (segment) => allParts(segment, (part) => stored.push(numbersOf(part))));
    await decoder.read(file, logFile(3));
    await expect(decoder.finish()).rejects.toThrow('a pattern broke');
    await decoder.close();
    expect(stored).toEqual([[0]]);
  });

  it('because the batch is given up', async () => {
    const { promise: asked, resolve } = deferred();
    let failure: unknown;
    const { decoder } = open(sized(16 * mb), async (segment) => {
      const { left } = await segment.encode({ fresh: everyPlace(segment), keptOrdinals: [] });
      const next = segment.effectsOf(left);
      resolve();
      failure = await next.catch((error: unknown) => error);
      throw failure;
    });
    await decoder.read(file, logFile(3));
    const finished = decoder.finish();
    finished.catch(() => undefined);
    await asked;
    await decoder.close();
    expect(failure).toEqual(new Error('the batch was given up'));
    await expect(finished).rejects.toThrow('the batch was given up');
  });
});
