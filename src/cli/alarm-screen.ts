import { type FittedColumn, fittedRows } from './fitted-table.js';
import {
  accountsText,
  byUrgency,
  marksOf,
  type ShownAlarm,
  type ShownChange,
  shortTime,
  shownStates,
  styleOfState,
} from './shown-alarm.js';
import { counted, oneLine, type Terminal } from './terminal.js';

/** What `alarms watch` knows. */
export interface Watched {
  readonly alarms: readonly ShownAlarm[];
  /** The newest first. */
  readonly changes: readonly ShownChange[];
  /** What is wrong with the watching itself, or null. */
  readonly notice: string | null;
}

type Canvas = Pick<Terminal, 'width' | 'rows' | 'style'>;

/** Narrower than this, changes say neither their account nor the state before. */
const wideColumns = 100;
const indent = '  ';
/** So many changes stand there, however low the terminal. */
const leastChanges = 3;

/**
 * The states of alarms, and below them what has changed last.
 *
 * @param now milliseconds since 1970 UTC
 * @returns at most as many lines as the terminal has
 */
export function alarmScreen(terminal: Canvas, { alarms, changes, notice }: Watched, now: number): string[] {
  const time = new Date(now).toISOString().slice(11, 19);
  const head = [
    terminal.style('bold', `${counted(alarms.length, 'alarm')} at ${time} UTC`),
    ...(notice === null ? [] : [terminal.style('red', oneLine(notice))]),
  ];
  const shown = changes.slice(0, Math.max(leastChanges, Math.floor(terminal.rows / 3)));
  const foot = shown.length === 0 ? [] : ['', terminal.style('bold', 'Changes'), ...changeLines(terminal, shown, now)];
  const table = stateLines(terminal, alarms, now, terminal.rows - head.length - foot.length);
  return [...head, ...table, ...foot].slice(0, terminal.rows);
}

/** @param most lines */
function stateLines(terminal: Canvas, alarms: readonly ShownAlarm[], now: number, most: number): string[] {
  if (alarms.length === 0) return ['There are no such alarms.'];
  const sorted = byUrgency(alarms);
  const states = shownStates.filter((state) => sorted.some((alarm) => alarm.state === state));
  const fits = sorted.length + states.length <= most;
  // The last line then says how many are left out. Each state that is begun takes a line of its own.
  const shown: ShownAlarm[] = [];
  let left = fits ? most : most - 1;
  for (const alarm of sorted) {
    left -= alarm.state === shown.at(-1)?.state ? 1 : 2;
    if (left < 0) break;
    shown.push(alarm);
  }
  const rows = fittedRows(inner(terminal), alarmColumns(now), shown);
  const lines = states.flatMap((state) => {
    const ofState = rows.filter((_, index) => shown[index]?.state === state);
    if (ofState.length === 0) return [];
    const count = sorted.filter((alarm) => alarm.state === state).length;
    return [terminal.style(styleOfState(state), `${state} ${count}`), ...ofState.map((row) => indent + row)];
  });
  return fits ? lines : [...lines, `… ${sorted.length - shown.length} more`];
}

function alarmColumns(now: number): FittedColumn<ShownAlarm>[] {
  return [
    { title: 'since', value: ({ stateTransitionedAt }) => shortTime(stateTransitionedAt, now) },
    { title: 'account', value: ({ accountIds }) => accountsText(accountIds) },
    { title: 'alarm', value: ({ name }) => name, yields: true },
    { title: 'reason', value: ({ stateReason }) => stateReason },
  ];
}

function changeLines(terminal: Canvas, changes: readonly ShownChange[], now: number): string[] {
  const isWide = terminal.width >= wideColumns;
  const account = { title: 'account', value: ({ accountIds }: ShownChange) => accountsText(accountIds) };
  const columns: FittedColumn<ShownChange>[] = [
    { title: 'time', value: ({ timestamp }) => shortTime(timestamp, now) },
    ...(isWide ? [account] : []),
    { title: 'alarm', value: ({ alarmName }) => alarmName, yields: true },
    {
      title: 'change',
      value: (change) => whatChanged(change, isWide, now),
      style: ({ state }) => styleOfState(state),
    },
    { title: 'reason', value: ({ stateReason }) => stateReason },
  ];
  return fittedRows(inner(terminal), columns, changes).map((row) => indent + row);
}

/** `OK → ALARM (corrected, known 12:30:59)` */
function whatChanged(change: ShownChange, isWide: boolean, now: number): string {
  const { previousState, state } = change;
  const marks = marksOf(change, (time) => shortTime(time, now));
  const from = previousState === state ? '' : isWide ? `${previousState} → ` : '→ ';
  return `${from}${state}${marks === '' ? '' : ` (${marks})`}`;
}

function inner(terminal: Canvas): Pick<Terminal, 'width' | 'style'> {
  return {
    width: terminal.width - indent.length,
    style: (style, text) => terminal.style(style, text),
  };
}
