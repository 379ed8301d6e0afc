import { type Figure, median } from '../figures.js';

/** What is timed, and what it is held against: another of the same list. */
export interface Timed {
  readonly name: string;
  readonly against?: string;
  run(): Promise<unknown>;
}

/** Times all of them in turn, after one turn to warm up; the medians count. */
export async function timedFigures(all: readonly Timed[], runs: number): Promise<Figure[]> {
  const times = new Map(all.map(({ name }) => [name, [] as number[]]));
  for (let run = 0; run <= runs; run++) {
    for (const { name, run: work } of all) {
      const started = performance.now();
      await work();
      if (run > 0) times.get(name)?.push(performance.now() - started);
    }
  }
  const millisecondsOf = (name: string) => median(times.get(name) ?? []);
  const shown = (milliseconds: number) => `${milliseconds.toFixed(1)} ms`;
  return all.map(({ name, against }) => {
    const own = millisecondsOf(name);
    if (against === undefined) return { name, value: shown(own) };
    const other = millisecondsOf(against);
    return { name, value: shown(own), against: { name: against, value: shown(other), ratio: own / other } };
  });
}
