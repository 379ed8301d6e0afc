import type { SummedRow } from './data-point.store.js';
import { ValueSketch } from './value-sketch.js';

/** The values of rows that were put together. Only where all of them are known. */
export function sketchOf({
  distributions,
  evenValues,
  evenCounts,
}: Pick<SummedRow, 'distributions' | 'evenValues' | 'evenCounts'>): ValueSketch {
  const sketches = (distributions ?? []).map((bytes) => ValueSketch.decode(bytes));
  return ValueSketch.merge([...sketches, ValueSketch.of(evenValues ?? [], evenCounts ?? [])]);
}
