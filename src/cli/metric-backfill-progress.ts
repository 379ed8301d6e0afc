import { CrosstrailError } from '../platform/errors.js';
import type { CliApp } from './app.js';
import { type FollowOptions, noWorker } from './backfill-progress.js';
import { showMetricBackfills } from './documents.js';
import { counted } from './terminal.js';

/** A run of a metric filter over stored events, as the API shows it. */
export interface ShownMetricBackfill {
  readonly id: string;
  readonly state: 'RUNNING' | 'DONE' | 'CANCELLED';
  /** 0 to 1. */
  readonly progress: number;
  readonly events: number;
  readonly matched: number;
  readonly error: string | null;
}

/** Where there is no terminal, a line for so many looks. */
const looksPerLine = 15;
/** A worker writes down how far it came every second or so. */
const unmovedMs = 60_000;

/**
 * Shows how far a run of a filter is until it has ended; then returns it.
 *
 * @throws CrosstrailError NOT_FOUND where the filter was deleted, or counts something else by now
 */
export async function followMetricBackfill(
  app: Pick<CliApp, 'execute'>,
  name: string,
  id: string,
  { terminal, wait, now }: FollowOptions,
): Promise<ShownMetricBackfill> {
  let moved = { line: '', at: now() };
  let isWarned = false;
  for (let looks = 0; ; looks += 1) {
    const backfill = await fetchMetricBackfill(app, name, id);
    const line = metricBackfillLine(backfill);
    if (line !== moved.line) moved = { line, at: now() };
    const hasEnded = backfill.state !== 'RUNNING';
    if (terminal.interactive) terminal.status(line);
    else if (looks % looksPerLine === 0 || hasEnded) terminal.err(line);
    const isStuck = backfill.error === null && now() - moved.at > unmovedMs;
    const isNews = hasEnded || (isStuck && !isWarned);
    if (isNews && terminal.interactive) terminal.err('');
    if (hasEnded) return backfill;
    if (isNews) {
      terminal.err(noWorker);
      isWarned = true;
    }
    await wait();
  }
}

async function fetchMetricBackfill(
  app: Pick<CliApp, 'execute'>,
  name: string,
  id: string,
): Promise<ShownMetricBackfill> {
  const { metricFilter } = await app.execute<{ metricFilter: { backfills: ShownMetricBackfill[] } | null }>(
    showMetricBackfills,
    { name },
  );
  const backfill = metricFilter?.backfills.find((one) => one.id === id);
  if (backfill === undefined) {
    throw new CrosstrailError('NOT_FOUND', `metric filter "${name}" was changed or deleted, and the backfill with it`);
  }
  return backfill;
}

/** `RUNNING  42 %, 12,345 events looked at, 17 matched` */
export function metricBackfillLine({ state, progress, events, matched, error }: ShownMetricBackfill): string {
  const line = `${state}  ${percent(progress)}, ${counted(events, 'event')} looked at, ${matched.toLocaleString('en-US')} matched`;
  return error === null ? line : `${line}; waits to try again: ${error}`;
}

/** Of what is not finished never 100 %. */
export function percent(share: number): string {
  return `${Math.floor(100 * share)} %`;
}
