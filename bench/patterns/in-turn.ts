/** Work that is measured again and again. */
export interface Repeated {
  /** How many things a pass goes through. */
  readonly things: number;
  /** What was measured: seconds for each thing, a figure for each run. */
  readonly seconds: number[];
  /** @returns a number that only the work can give */
  pass(): number;
}

const runSeconds = 0.3;

/** Takes the subjects in turn, so that a slower minute of the machine is one for all; the first turn is to warm up. */
export function measureInTurn(subjects: readonly Repeated[], runs: number): void {
  for (let run = 0; run <= runs; run++) {
    for (const subject of subjects) {
      const taken = secondsOf(subject);
      if (run > 0) subject.seconds.push(taken);
    }
  }
}

function secondsOf(subject: Repeated): number {
  const start = performance.now();
  let result = 0;
  let taken = 0;
  while (performance.now() - start < runSeconds * 1000) {
    result += subject.pass();
    taken += subject.things;
  }
  if (result < 0) throw new Error('unreachable: keeps the work from being left out');
  return (performance.now() - start) / 1000 / taken;
}
