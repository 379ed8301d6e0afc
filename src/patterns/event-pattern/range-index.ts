export interface NumberRange<T> {
  /** Negative infinity where there is no lower end. */
  readonly low: number;
  readonly high: number;
  readonly payload: T;
}

interface RangeNode<T> {
  readonly center: number;
  /** Ranges that hold the center, once by their lower ends rising and once by their upper ends falling. */
  readonly byLow: readonly NumberRange<T>[];
  readonly byHigh: readonly NumberRange<T>[];
  readonly below: RangeNode<T> | null;
  readonly above: RangeNode<T> | null;
}

/** Finds the ranges, ends included, that hold a number, in the time of a search and of what is found: an interval tree. */
export class RangeIndex<T> {
  readonly #root: RangeNode<T> | null;

  constructor(ranges: readonly NumberRange<T>[]) {
    this.#root = build(ranges);
  }

  find(value: number, found: (payload: T) => void): void {
    let node = this.#root;
    while (node !== null) {
      if (value <= node.center) {
        for (const { low, payload } of node.byLow) {
          if (low > value) break;
          found(payload);
        }
        node = node.below;
      } else {
        for (const { high, payload } of node.byHigh) {
          if (high < value) break;
          found(payload);
        }
        node = node.above;
      }
    }
  }
}

/** Halves the ends at each level, so the depth is their number's logarithm. */
function build<T>(ranges: readonly NumberRange<T>[]): RangeNode<T> | null {
  if (ranges.length === 0) return null;
  const ends = ranges.flatMap(({ low, high }) => [low, high]).sort((a, b) => a - b);
  const center = ends[ends.length >> 1] as number;
  const inside = ranges.filter(({ low, high }) => low <= center && center <= high);
  return {
    center,
    byLow: [...inside].sort((a, b) => a.low - b.low),
    byHigh: [...inside].sort((a, b) => b.high - a.high),
    below: build(ranges.filter(({ high }) => high < center)),
    above: build(ranges.filter(({ low }) => low > center)),
  };
}
