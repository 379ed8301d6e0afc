import { CrosstrailError } from '../platform/errors.js';
import { alarmScreen } from './alarm-screen.js';
import type { CliApp } from './app.js';
import { listAlarms, readAlarmFeed } from './documents.js';
import { allNodes } from './pages.js';
import { changeColumns, type ShownAlarm, type ShownChange, shortTime } from './shown-alarm.js';
import { explainSystemError } from './system-error.js';
import { type Terminal, tableLines } from './terminal.js';

export interface WatchOptions {
  readonly terminal: Pick<Terminal, 'interactive' | 'width' | 'rows' | 'style' | 'out' | 'err' | 'draw'>;
  /** The `AlarmFilter` of the API: of the alarms that are shown, and of their changes. */
  readonly filter: Readonly<Record<string, unknown>>;
  /** Print a JSON object a change, also on a terminal. */
  readonly json: boolean;
  /** Resolves when it is time for the next look, a second later; rejects when nobody looks any more. */
  readonly wait: () => Promise<unknown>;
  /** Milliseconds since 1970 UTC. */
  readonly now: () => number;
  /** Nothing is shown any more once it has aborted. */
  readonly signal: AbortSignal;
}

interface FeedPage {
  readonly changes: readonly ShownChange[];
  readonly endCursor: string;
  readonly hasMore: boolean;
}

/** What changed so long before is on the screen from the start. */
const lookBackMs = 3_600_000;
/** More than any terminal shows. */
const mostChanges = 200;
/** Alarms that are put, deleted or told another reason make no change: the list is read anew after so many looks. */
const looksPerList = 10;

/** Where what is read is shown. */
interface View {
  /** Changes from so long ago are shown as well, in milliseconds. */
  readonly lookBackMs: number;
  /** @param changes the oldest first */
  add(changes: readonly ShownChange[]): void;
  /** Ends a look. @param lost what failed, or null */
  end(lost: string | null): void;
  /** Reads what is shown beside changes. */
  look?(): Promise<void>;
}

/**
 * Shows alarms and what changes of them, until `wait` rejects: on a terminal a screen that is drawn anew each look, else
 * a line a change. Changes are read behind a cursor, so that none is missed or shown twice, whatever fails in between.
 *
 * @throws what the first look throws; later ones are tried again
 */
export async function watchAlarms(app: Pick<CliApp, 'execute'>, options: WatchOptions): Promise<never> {
  const { terminal, filter, json, wait, now, signal } = options;
  const view: View = terminal.interactive && !json ? new Screen(app, options) : new Lines(options);
  const start = new Date(now() - view.lookBackMs).toISOString();
  let place: Readonly<Record<string, unknown>> = { from: start };
  let lostAt: string | null = null;
  for (let looks = 0; ; looks += 1) {
    try {
      let page: FeedPage;
      do {
        page = await readPage(app, { ...place, filter });
        signal.throwIfAborted();
        place = { after: page.endCursor };
        view.add(page.changes);
      } while (page.hasMore);
      await view.look?.();
      signal.throwIfAborted();
      lostAt = null;
      view.end(null);
    } catch (error) {
      if (looks === 0 || signal.aborted) throw error;
      // What is left is all behind the place that is gone.
      if (isExpired(error)) place = {};
      lostAt ??= new Date(now()).toISOString();
      view.end(`No answer since ${shortTime(lostAt, now())}: ${reasonOf(error)}; trying again`);
    }
    await wait();
  }
}

async function readPage(app: Pick<CliApp, 'execute'>, variables: Readonly<Record<string, unknown>>): Promise<FeedPage> {
  return (await app.execute<{ alarmFeed: FeedPage }>(readAlarmFeed, variables)).alarmFeed;
}

/** A line a change, and one when the answers stop and begin again. */
class Lines implements View {
  readonly lookBackMs = 0;
  #isLost = false;

  constructor(private readonly options: WatchOptions) {}

  add(changes: readonly ShownChange[]): void {
    const { terminal, json } = this.options;
    const lines = json
      ? changes.map((change) => JSON.stringify(change))
      : tableLines({ interactive: false }, changeColumns, changes);
    for (const line of lines) terminal.out(line);
  }

  end(lost: string | null): void {
    const { terminal } = this.options;
    if (lost !== null && !this.#isLost) terminal.err(lost);
    if (lost === null && this.#isLost) terminal.err('It answers again.');
    this.#isLost = lost !== null;
  }
}

/** What is drawn on a terminal. */
class Screen implements View {
  readonly lookBackMs = lookBackMs;
  #alarms: readonly ShownAlarm[] = [];
  #changes: readonly ShownChange[] = [];
  #looksUntilList = 0;

  constructor(
    private readonly app: Pick<CliApp, 'execute'>,
    private readonly options: WatchOptions,
  ) {}

  add(changes: readonly ShownChange[]): void {
    if (changes.length === 0) return;
    this.#changes = [...changes.toReversed(), ...this.#changes].slice(0, mostChanges);
    this.#looksUntilList = 0;
  }

  end(lost: string | null): void {
    const { terminal, now } = this.options;
    terminal.draw(alarmScreen(terminal, { alarms: this.#alarms, changes: this.#changes, notice: lost }, now()));
  }

  async look(): Promise<void> {
    this.#looksUntilList -= 1;
    if (this.#looksUntilList >= 0) return;
    this.#alarms = await allNodes<ShownAlarm>(this.app, listAlarms, 'alarms', { filter: this.options.filter });
    this.#looksUntilList = looksPerList;
  }
}

function isExpired(error: unknown): boolean {
  return error instanceof CrosstrailError && error.code === 'CURSOR_EXPIRED';
}

/** Of what GraphQL carries, what was thrown. */
function reasonOf(error: unknown): string {
  const thrown = error instanceof Error && 'originalError' in error ? (error.originalError ?? error) : error;
  return explainSystemError(thrown) ?? (thrown instanceof Error ? thrown.message : String(thrown));
}
