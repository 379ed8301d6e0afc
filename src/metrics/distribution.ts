import type { SummedRow } from './data-point.store.js';
import { ValueSketch } from './value-sketch.js';

type Parts = Pick<SummedRow, 'distributions' | 'evens'>;

/** The values of rows that were put together. Only where all of them are known. */
export function sketchOf({ distributions, evens }: Parts): ValueSketch {
  const sketches = [...sketchesIn(distributions)];
  const [only, ...others] = sketches;
  if (only !== undefined && others.length === 0 && evens === null) return only;
  const even = new ValueSketch();
  for (let at = 0; evens !== null && at < evens.length; at += 16)
    even.add(evens.readDoubleBE(at), evens.readDoubleBE(at + 8));
  return ValueSketch.merge([...sketches, even]);
}

/** Sketches one after the other, each behind its length. */
function* sketchesIn(bytes: Buffer | null): Generator<ValueSketch> {
  for (let at = 0; bytes !== null && at < bytes.length; ) {
    const end = at + 4 + bytes.readInt32BE(at);
    yield ValueSketch.decode(bytes.subarray(at + 4, end));
    at = end;
  }
}
