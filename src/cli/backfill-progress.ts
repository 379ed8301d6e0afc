import { CrosstrailError } from '../platform/errors.js';
import type { CliApp } from './app.js';
import { showBackfill } from './documents.js';
import { count, counted, type Terminal } from './terminal.js';

/** A backfill as the API shows it. */
export interface ShownBackfill {
  readonly id: string;
  readonly state: 'RUNNING' | 'PAUSED' | 'DONE';
  readonly accountIds: readonly string[];
  readonly regions: readonly string[] | null;
  readonly from: string;
  readonly to: string;
  readonly workedAt: string | null;
  readonly eta: string | null;
  readonly errors: readonly { accountId: string; error: string; retryAt: string | null }[];
  readonly progress: {
    readonly folders: number;
    readonly foldersListed: number;
    readonly files: number;
    readonly bytes: number;
    readonly filesPending: number;
    readonly filesIngested: number;
    readonly events: number;
    readonly bytesPerSecond: number | null;
  };
}

export interface FollowOptions {
  readonly terminal: Pick<Terminal, 'interactive' | 'status' | 'err'>;
  /** Resolves when it is time for the next look, two seconds later. */
  readonly wait: () => Promise<unknown>;
  readonly now: () => number;
}

/** Where there is no terminal, a line for so many looks. */
const looksPerLine = 15;
/** A worker is at each running backfill every ten seconds. */
const unworkedMs = 60_000;

/** Shows how far a backfill is until it is done or paused; then returns it. */
export async function followBackfill(
  app: Pick<CliApp, 'execute'>,
  id: string,
  { terminal, wait, now }: FollowOptions,
): Promise<ShownBackfill> {
  const start = now();
  let isWarned = false;
  for (let looks = 0; ; looks += 1) {
    const backfill = await fetchBackfill(app, id);
    const line = progressLine(backfill, now());
    if (terminal.interactive) terminal.status(line);
    else if (looks % looksPerLine === 0 || backfill.state !== 'RUNNING') terminal.err(line);
    if (backfill.state !== 'RUNNING') {
      if (terminal.interactive) terminal.err('');
      return backfill;
    }
    const lastWork = backfill.workedAt === null ? start : Date.parse(backfill.workedAt);
    if (!isWarned && now() - lastWork > unworkedMs) {
      if (terminal.interactive) terminal.err('');
      terminal.err(noWorker);
      isWarned = true;
    }
    await wait();
  }
}

export const noWorker =
  'No worker is at it, so nothing moves: `crosstrail start` or `crosstrail worker` must run on the same database.';

export async function fetchBackfill(app: Pick<CliApp, 'execute'>, id: string): Promise<ShownBackfill> {
  const { backfill } = await app.execute<{ backfill: ShownBackfill | null }>(showBackfill, { id });
  if (backfill === null)
    throw new CrosstrailError('NOT_FOUND', `backfill ${id} does not exist; \`backfill list\` has them`);
  return backfill;
}

/** `RUNNING  30 of 120 folders, 412 files (18.2 MB), 300 read, 12,345 events, 1.2 MB/s, 4 min left` */
export function progressLine({ state, progress, eta }: ShownBackfill, now: number): string {
  const { folders, foldersListed, files, bytes, filesPending, filesIngested, events, bytesPerSecond } = progress;
  const parts = [
    `${count(foldersListed)} of ${counted(folders, 'folder')}`,
    `${counted(files, 'file')} (${size(bytes)})`,
    `${count(filesIngested)} read${filesPending === 0 ? '' : `, ${count(filesPending)} waiting`}`,
    counted(events, 'event'),
    ...(state === 'RUNNING' && bytesPerSecond !== null ? [`${size(bytesPerSecond)}/s`] : []),
    ...(eta === null ? [] : [`${duration(Date.parse(eta) - now)} left`]),
  ];
  return `${state}  ${parts.join(', ')}`;
}

function size(bytes: number): string {
  const units = ['B', 'KB', 'MB', 'GB', 'TB'];
  const power = bytes < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log10(bytes) / 3));
  return `${(bytes / 1000 ** power).toFixed(power === 0 ? 0 : 1)} ${units[power]}`;
}

function duration(ms: number): string {
  const minutes = Math.ceil(Math.max(0, ms) / 60_000);
  if (minutes < 2) return `${Math.ceil(Math.max(0, ms) / 1000)} s`;
  return minutes < 120 ? `${minutes} min` : `${Math.ceil(minutes / 60)} h`;
}
