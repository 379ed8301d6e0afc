import { styleText } from 'node:util';

type Style = Parameters<typeof styleText>[0];

/** What a command writes with. Data goes to `out`, everything said about it to `err`, so that pipes get data only. */
export interface Terminal {
  /** Whether `out` is a terminal: tables are then aligned and titled, else one tab-separated line a row. */
  readonly interactive: boolean;
  /** Characters of a line of text: at most 100. */
  readonly columns: number;
  /** Characters of a line of the terminal, for what is drawn. */
  readonly width: number;
  /** Lines of the terminal, for what is drawn. */
  readonly rows: number;
  out(text: string): void;
  err(text: string): void;
  /** Writes over the line written last by `status`; only where `interactive`. */
  status(text: string): void;
  /** The same beside data that goes to `out`: on `err`, and only where that is a terminal. */
  progress(text: string): void;
  /** Fills the terminal with lines, in place of those drawn before: at most `rows`, longer ones are cut off. Only where `interactive`. */
  draw(lines: readonly string[]): void;
  /** Shows again what stood there before the first `draw`. */
  endDrawing(): void;
  style(style: Style, text: string): string;
}

const clearLine = '\r\u001b[2K';

/** Of xterm, which all terminals of today follow: the alternate screen, without a cursor and without wrapping of lines. */
const drawing = { begin: '\u001b[?1049h\u001b[?25l\u001b[?7l', end: '\u001b[?7h\u001b[?25h\u001b[?1049l' };
const [toTop, clearRestOfLine, clearBelow] = ['\u001b[H', '\u001b[K', '\u001b[J'];

export function createTerminal(stdout: NodeJS.WriteStream, stderr: NodeJS.WriteStream): Terminal {
  const interactive = stdout.isTTY === true;
  let hasProgress = false;
  let isDrawing = false;
  const clearProgress = () => {
    if (hasProgress) stderr.write(clearLine);
    hasProgress = false;
  };
  return {
    interactive,
    columns: Math.min(stdout.columns ?? 100, 100),
    // A pseudo-terminal that was never told its size says 0. Asked anew each time: windows are made larger and smaller.
    get width() {
      return stdout.columns || 100;
    },
    get rows() {
      return stdout.rows || 24;
    },
    out: (text) => {
      clearProgress();
      stdout.write(`${text}\n`);
    },
    err: (text) => {
      clearProgress();
      stderr.write(`${text}\n`);
    },
    status: (text) => {
      if (interactive) stdout.write(`${clearLine}${text}`);
    },
    progress: (text) => {
      if (stderr.isTTY !== true) return;
      stderr.write(`${clearLine}${text}`);
      hasProgress = text !== '';
    },
    draw: (lines) => {
      if (!interactive) return;
      const begin = isDrawing ? '' : drawing.begin;
      isDrawing = true;
      // What is cleared is what the lines leave over: nothing flickers.
      stdout.write(`${begin}${toTop}${lines.map((line) => line + clearRestOfLine).join('\n')}${clearBelow}`);
    },
    endDrawing: () => {
      if (isDrawing) stdout.write(drawing.end);
      isDrawing = false;
    },
    style: (style, text) => (interactive && stdout.hasColors() ? styleText(style, text) : text),
  };
}

export interface Column<Row> {
  readonly title: string;
  readonly value: (row: Row) => string | number | null | undefined;
}

/** The lines of a table; what is missing shows as `-`. */
export function tableLines<Row>(
  terminal: Pick<Terminal, 'interactive'>,
  columns: readonly Column<Row>[],
  rows: readonly Row[],
): string[] {
  const cells = rows.map((row) => columns.map(({ value }) => oneLine(value(row) ?? '-')));
  if (!terminal.interactive) return cells.map((line) => line.join('\t'));
  const lines = [columns.map(({ title }) => title.toUpperCase()), ...cells];
  const widths = columns.map((_, index) => Math.max(...lines.map((line) => line[index]?.length ?? 0)));
  return lines.map((line) =>
    line
      .map((cell, index) => cell.padEnd(widths[index] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}

/** Names come from people and from AWS: a line break or an escape sequence in one must not reach the terminal. */
export function oneLine(value: string | number): string {
  return String(value).replace(/\p{Cc}+/gu, ' ');
}

/** `[████████░░░░░░░░]` */
export function bar(share: number, width: number): string {
  const filled = Math.round(Math.min(Math.max(share, 0), 1) * width);
  return `[${'█'.repeat(filled)}${'░'.repeat(width - filled)}]`;
}

/** 12,345 */
export function count(value: number): string {
  return value.toLocaleString('en-US');
}

/** `12,345 events`, `1 file` */
export function counted(value: number, noun: string): string {
  return `${count(value)} ${noun}${value === 1 ? '' : 's'}`;
}
