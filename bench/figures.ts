/** One line of a benchmark's answer: a figure, what it was held against, and their ratio. */
export interface Figure {
  readonly name: string;
  readonly value: string;
  readonly against?: { readonly name: string; readonly value: string; readonly ratio: number; readonly goal?: number };
}

export interface Benchmark {
  readonly name: string;
  readonly description: string;
  run(options: BenchmarkOptions): AsyncIterable<Figure>;
}

export interface BenchmarkOptions {
  /** 1 is the size that the goals speak of. */
  readonly scale: number;
  /** Runs of each thing measured, taken in turn. */
  readonly runs: number;
  note(line: string): void;
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1
    ? (sorted[middle] as number)
    : ((sorted[middle - 1] as number) + (sorted[middle] as number)) / 2;
}

export function formatFigure({ name, value, against }: Figure): string {
  if (!against) return `${name}: ${value}`;
  const goal = against.goal === undefined ? '' : `, goal ${against.goal}`;
  return `${name}: ${value} = ${against.ratio.toFixed(2)} of ${against.name} (${against.value}${goal})`;
}

export function rate(count: number, seconds: number): string {
  return `${Math.round(count / seconds).toLocaleString('en')} events/s`;
}
