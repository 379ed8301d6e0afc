import { appendFileSync } from 'node:fs';

/**
 * Places where a test may kill this process, freeze it, or make a step fail, to see that nothing is lost by it. Each is
 * named after the step that it follows. None does anything unless it was armed at the start (`CROSSTRAIL_FAILPOINT`).
 */
export const failpoints = [
  'discover.listed',
  'discover.written',
  'notifications.received',
  'notifications.written',
  'backfill.listed',
  'ingest.claimed',
  'ingest.fetched',
  'ingest.half-written',
  'ingest.before-commit',
  'ingest.after-commit',
  'digests.verified',
  'counts.compacting',
  'deliveries.claimed',
  'deliveries.sent',
  'schedules.before-commit',
  'metric-backfill.before-commit',
  'metric-backfill.after-commit',
  'alarms.before-commit',
  'alarms.after-commit',
] as const;
export type Failpoint = (typeof failpoints)[number];

/** As by `kill -9`; as by `kill -STOP`, until someone sends SIGCONT; or the step fails, once. */
const modes = ['kill', 'freeze', 'throw'] as const;

/** What happens at a failpoint when it is reached for the `after`-th time. */
export interface ArmedFailpoint {
  readonly name: Failpoint;
  readonly mode: (typeof modes)[number];
  readonly after: number;
  /** Where a line is written before, which outlives the process: it proves that the point was hit. */
  readonly proof: string;
}

/** Reads `name:mode:after:proof-file`; null for anything else. */
export function parseFailpoint(text: string): ArmedFailpoint | null {
  const [, point, how, after, proof] = /^([a-z.-]+):([a-z]+):([1-9][0-9]{0,8}):(.+)$/.exec(text) ?? [];
  const name = failpoints.find((one) => one === point);
  const mode = modes.find((one) => one === how);
  return name && mode && proof ? { name, mode, after: Number(after), proof } : null;
}

let armed: { point: ArmedFailpoint; left: number } | undefined;

export function armFailpoint(point: ArmedFailpoint): void {
  armed = { point, left: point.after };
}

export function failpoint(name: Failpoint): void {
  if (armed === undefined || armed.point.name !== name) return;
  armed.left -= 1;
  if (armed.left !== 0) return;
  const { mode, proof } = armed.point;
  appendFileSync(proof, `${name}\n`);
  if (mode === 'throw') throw new Error(`the failpoint ${name} was armed to fail`);
  process.kill(process.pid, mode === 'kill' ? 'SIGKILL' : 'SIGSTOP');
}
