const gramLength = 3;
const maxStride = 4;

/** Leaps over what no literal can begin in: of several bytes, three are looked at, which any literal there must have. */
export class LiteralSkipper {
  /** Not zero where a literal has bytes of this hash among its first. */
  readonly #grams = new Uint8Array(1 << 16);
  /** How many bytes a look covers; 0 where a literal is too short for that, and two bytes are looked at everywhere. */
  readonly #stride: number;

  constructor(texts: readonly Buffer[]) {
    const least = Math.min(...texts.map(({ length }) => length));
    this.#stride = Math.max(0, Math.min(maxStride, least - gramLength + 1));
    for (const text of texts) {
      if (this.#stride === 0) this.#noteBeginning(text);
      for (let at = 0; at < this.#stride; at++) this.#grams[gramAt(text, at)] = 1;
    }
  }

  /** Where a literal may begin at the earliest; the length of the text if nowhere. */
  skip(bytes: Uint8Array, from: number): number {
    const stride = this.#stride;
    const grams = this.#grams;
    if (stride === 0) return this.#skipSlowly(bytes, from);
    const last = bytes.length - gramLength;
    for (let at = from + stride - 1; at <= last; at += stride) {
      if (grams[gramAt(bytes, at)] !== 0) return at - stride + 1;
    }
    // Behind the last look there is no room for the shortest literal.
    return bytes.length;
  }

  #skipSlowly(bytes: Uint8Array, from: number): number {
    const grams = this.#grams;
    const last = bytes.length - 1;
    let at = from;
    while (at < last && grams[((bytes[at] as number) << 8) | (bytes[at + 1] as number)] === 0) at++;
    return at;
  }

  #noteBeginning(text: Buffer): void {
    const [first = 0, second] = text;
    if (second === undefined) this.#grams.fill(1, first << 8, (first + 1) << 8);
    else this.#grams[(first << 8) | second] = 1;
  }
}

function gramAt(bytes: Uint8Array, at: number): number {
  return (((bytes[at] as number) << 8) ^ ((bytes[at + 1] as number) << 4) ^ ((bytes[at + 2] as number) * 37)) & 0xffff;
}
