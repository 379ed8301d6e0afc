import { type Column, oneLine, type Terminal, tableLines } from './terminal.js';

/** A column of a table that fits the terminal. */
export interface FittedColumn<Row> extends Column<Row> {
  readonly style?: (row: Row) => Style | undefined;
  /** Is cut where a line would be too long. The last column is cut before it, and left out where little would be left of it. */
  readonly yields?: boolean;
}

type Style = Parameters<Terminal['style']>[0];

const gap = 2;
/** Of the last column: less of it tells nothing. */
const leastRest = 20;
/** What may be cut keeps as much beside the last column. */
const leastYielding = 16;
/** And as much where other columns could be cut in its place. */
const leastCut = 8;

/** The lines of a table: on a terminal cut to its width, else whole and one tab-separated line a row. */
export function fittedTable<Row>(
  terminal: Pick<Terminal, 'interactive' | 'width' | 'style'>,
  columns: readonly FittedColumn<Row>[],
  rows: readonly Row[],
): string[] {
  if (!terminal.interactive) return tableLines(terminal, columns, rows);
  const titles = columns.map(({ title }) => title.toUpperCase());
  return laidOut(terminal, columns, rows, titles);
}

/** The lines of rows alone, without titles. Each has at most `width` characters. */
export function fittedRows<Row>(
  terminal: Pick<Terminal, 'width' | 'style'>,
  columns: readonly FittedColumn<Row>[],
  rows: readonly Row[],
): string[] {
  return laidOut(terminal, columns, rows, null);
}

function laidOut<Row>(
  terminal: Pick<Terminal, 'width' | 'style'>,
  columns: readonly FittedColumn<Row>[],
  rows: readonly Row[],
  titles: readonly string[] | null,
): string[] {
  const cells = rows.map((row) => columns.map(({ value }) => oneLine(value(row) ?? '-')));
  const lines = titles === null ? cells : [titles, ...cells];
  const natural = columns.map((_, index) => Math.max(0, ...lines.map((line) => (line[index] ?? '').length)));
  const widths = fittedWidths(
    natural,
    columns.findIndex(({ yields }) => yields === true),
    terminal.width,
  );
  return lines.map((line, at) => {
    const row = titles === null ? rows[at] : rows[at - 1];
    const parts = widths.map((width, index) => {
      const cell = cut(line[index] ?? '', width);
      const style = row === undefined ? 'bold' : columns[index]?.style?.(row);
      const padding = ' '.repeat(index === widths.length - 1 ? 0 : Math.max(0, width - cell.length));
      return (style === undefined ? cell : terminal.style(style, cell)) + padding;
    });
    return parts.join(' '.repeat(gap)).trimEnd();
  });
}

/**
 * Widths of columns that fit a line together.
 *
 * @param natural of each column, what its longest cell has
 * @param yielding the index of the column that is cut after the last; -1 for none
 * @returns without the last where there is no room for it
 */
function fittedWidths(natural: readonly number[], yielding: number, width: number): number[] {
  if (lineOf(natural) <= width) return [...natural];
  const last = natural.at(-1) ?? 0;
  const others = natural.slice(0, -1);
  const least = others.map((each, index) => (index === yielding ? Math.min(each, leastYielding) : each));
  const leastLast = Math.min(last, leastRest);
  if (lineOf([...least, leastLast]) > width) return shrunk(others, yielding, width);
  const beside = shrunk(others, yielding, width - gap - leastLast);
  return [...beside, Math.min(last, width - gap - lineOf(beside))];
}

/** Characters of a line of such columns. */
function lineOf(widths: readonly number[]): number {
  return widths.reduce((sum, each) => sum + gap + each, -gap);
}

/** Takes what is too much from the column that yields, then from the last, the one before it and so on. */
function shrunk(widths: readonly number[], yielding: number, room: number): number[] {
  const fitting = [...widths];
  let over = lineOf(fitting) - room;
  const take = (index: number, least: number) => {
    const width = fitting[index] ?? 0;
    const taken = Math.max(0, Math.min(over, width - least));
    fitting[index] = width - taken;
    over -= taken;
  };
  if (yielding >= 0) take(yielding, leastCut);
  for (let index = fitting.length - 1; index >= 0; index -= 1) take(index, 1);
  return fitting;
}

/** Cuts a text to so many characters, the last of them `…` where something is missing. */
function cut(text: string, width: number): string {
  if (text.length <= width) return text;
  // A character beyond U+FFFF is not cut in half.
  const kept = text.slice(0, Math.max(0, width - 1)).replace(/[\uD800-\uDBFF]$/, '');
  return width <= 0 ? '' : `${kept}…`;
}
