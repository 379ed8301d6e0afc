/** Bits of a braille character by row and column of its dots; the characters begin at U+2800 with no dot. */
const dotBits = [
  [0x01, 0x08],
  [0x02, 0x10],
  [0x04, 0x20],
  [0x40, 0x80],
] as const;

const firstBraille = 0x2800;

export const dotsPerColumn = 2;
export const dotsPerRow = 4;

/** One character of a canvas: its dots, and the layer that drew the last of them. */
export interface Cell {
  readonly character: string;
  /** Null where nothing was drawn. */
  readonly layer: number | null;
}

/** A grid of characters that are drawn on by dots, counted from the lower left corner. */
export class PlotCanvas {
  readonly #dots: Uint8Array;
  readonly #layers: (number | null)[];

  constructor(
    readonly columns: number,
    readonly rows: number,
  ) {
    this.#dots = new Uint8Array(columns * rows);
    this.#layers = Array<number | null>(columns * rows).fill(null);
  }

  /** From the top. */
  row(row: number): Cell[] {
    const start = row * this.columns;
    return Array.from({ length: this.columns }, (_, column) => ({
      character: this.#character(start + column),
      layer: this.#layers[start + column] ?? null,
    }));
  }

  dot(x: number, y: number, layer: number): void {
    const fromTop = this.rows * dotsPerRow - 1 - y;
    const at = Math.floor(fromTop / dotsPerRow) * this.columns + Math.floor(x / dotsPerColumn);
    const bit = dotBits[fromTop % dotsPerRow]?.[x % dotsPerColumn] ?? 0;
    this.#dots[at] = (this.#dots[at] ?? 0) | bit;
    this.#layers[at] = layer;
  }

  /** A dot for each step of the longer side, both ends included. */
  line(from: readonly [x: number, y: number], to: readonly [x: number, y: number], layer: number): void {
    const [width, height] = [to[0] - from[0], to[1] - from[1]];
    const steps = Math.max(Math.abs(width), Math.abs(height), 1);
    for (let step = 0; step <= steps; step++) {
      const share = step / steps;
      this.dot(Math.round(from[0] + share * width), Math.round(from[1] + share * height), layer);
    }
  }

  #character(at: number): string {
    const dots = this.#dots[at] ?? 0;
    return dots === 0 ? ' ' : String.fromCodePoint(firstBraille + dots);
  }
}
