import { type Cell, dotsPerColumn, dotsPerRow, PlotCanvas } from './plot-canvas.js';
import { type Axis, timeAxis, valueAxis } from './plot-ticks.js';
import type { Terminal } from './terminal.js';

export interface PlotSeries {
  readonly label: string;
  /** Milliseconds since 1970 UTC, ascending. */
  readonly timestamps: readonly number[];
  /** One for each timestamp. What is no number below 1e300 is left out. */
  readonly values: readonly number[];
}

export interface PlotOptions {
  /** Characters of a line, at most; narrower than a plot can be is widened. */
  readonly width: number;
  /** Lines between the title and the time axis. */
  readonly height: number;
  readonly title?: string;
  readonly unit?: string;
  /** Tells series apart by colour; without it each has a character of its own. */
  readonly style?: Terminal['style'];
}

interface Point {
  readonly time: number;
  readonly value: number;
}

const colors = ['cyan', 'yellow', 'magenta', 'green', 'blue', 'red'] as const;
const marks = ['*', '+', 'o', 'x', '#', '@'] as const;

const leastColumns = 10;
const leastRows = 2;

/** Room for what stands left of the times. */
const zone = 'UTC';

/** Far beyond every metric and every date, and so far within what can be reckoned with that ranges stay finite. */
const mostValue = 1e300;
const mostTime = 8e15;

/** Points further apart than this many times the least distance of their series are not joined. */
const gap = 1.5;

/**
 * Draws series over time with braille dots, or with a character for each series where there are several and no colours.
 * Times are UTC. What is missing between data points stays a gap.
 *
 * @returns lines joined by line breaks, without one at the end
 */
export function plotSeries(series: readonly PlotSeries[], options: PlotOptions): string {
  const layers = series.map(pointsOf);
  const points = layers.flat();
  const heading = headingOf(options);
  if (points.length === 0) return [...heading, 'no data points'].join('\n');
  const rows = Math.max(options.height, leastRows);
  const values = valueAxis(...extent(points.map(({ value }) => value)), mostTicks(rows));
  const gutter = Math.max(zone.length, ...values.ticks.map(({ label }) => label.length));
  const columns = Math.max(options.width - gutter - 2, leastColumns);
  const times = timeAxis(...extent(points.map(({ time }) => time)), columns);
  const canvas = new PlotCanvas(columns, rows);
  for (const [layer, drawn] of layers.entries()) draw(canvas, layer, drawn, times, values);
  const lines = [
    ...heading,
    ...plotLines(canvas, values, gutter, (cells) => paint(cells, series.length, options.style)),
    ...timeLines(times, columns, gutter),
    ...(series.length > 1 ? legend(series, options) : []),
  ];
  return lines.map((line) => line.trimEnd()).join('\n');
}

function pointsOf({ timestamps, values }: PlotSeries): Point[] {
  return timestamps.flatMap((time, index) => {
    const value = values[index] ?? Number.NaN;
    // Written so that NaN is left out as well.
    return Math.abs(value) <= mostValue && Math.abs(time) <= mostTime ? [{ time, value }] : [];
  });
}

/** Not by `Math.min(...numbers)`, which fails for many. */
function extent(numbers: readonly number[]): [number, number] {
  return [
    numbers.reduce((least, number) => Math.min(least, number)),
    numbers.reduce((most, number) => Math.max(most, number)),
  ];
}

/** One every other row, and in a low plot some more. */
function mostTicks(rows: number): number {
  return Math.floor((rows + 3) / 2);
}

function headingOf({ title, unit, width }: PlotOptions): string[] {
  const parts = [title, unit === undefined || unit === 'None' ? undefined : `(${unit})`];
  const heading = parts.filter((part) => part !== undefined).join(' ');
  return heading === '' ? [] : [oneLine(heading, width)];
}

function draw(canvas: PlotCanvas, layer: number, points: readonly Point[], times: Axis, values: Axis): void {
  const joined = gap * leastDistance(points);
  const place = ({ time, value }: Point): readonly [number, number] => [
    position(time, times, canvas.columns * dotsPerColumn),
    position(value, values, canvas.rows * dotsPerRow),
  ];
  let previous: Point | null = null;
  for (const point of points) {
    const from: Point = previous !== null && point.time - previous.time <= joined ? previous : point;
    canvas.line(place(from), place(point), layer);
    previous = point;
  }
}

function leastDistance(points: readonly Point[]): number {
  const distances = points.slice(1).map(({ time }, index) => time - (points[index]?.time ?? time));
  return distances.filter((distance) => distance > 0).reduce((least, distance) => Math.min(least, distance), Infinity);
}

/** From 0 to below `length`. The halves keep sums of large numbers finite. */
function position(at: number, { low, high }: Axis, length: number): number {
  const share = (at / 2 - low / 2) / (high / 2 - low / 2);
  return Math.round(Math.min(Math.max(share, 0), 1) * (length - 1));
}

function plotLines(canvas: PlotCanvas, values: Axis, gutter: number, paintCells: (cells: Cell[]) => string): string[] {
  const labels = new Map(
    values.ticks.map(({ at, label }) => {
      const dotsFromTop = canvas.rows * dotsPerRow - 1 - position(at, values, canvas.rows * dotsPerRow);
      return [Math.floor(dotsFromTop / dotsPerRow), label];
    }),
  );
  return Array.from({ length: canvas.rows }, (_, row) => {
    const label = labels.get(row);
    return `${(label ?? '').padStart(gutter)} ${label === undefined ? '│' : '┤'}${paintCells(canvas.row(row))}`;
  });
}

function timeLines(times: Axis, columns: number, gutter: number): string[] {
  const columnOf = (at: number) => Math.floor(position(at, times, columns * dotsPerColumn) / dotsPerColumn);
  const marked = new Set(times.ticks.map(({ at }) => columnOf(at)));
  const axis = Array.from({ length: columns }, (_, column) => (marked.has(column) ? '┬' : '─')).join('');
  const labels = placed(
    times.ticks.map(({ at, label }) => ({ label, column: columnOf(at) })),
    columns,
  );
  const days = placed(
    times.ticks.flatMap(({ at, day }) => (day === null ? [] : [{ label: day, column: columnOf(at) }])),
    columns,
  );
  const lines = [`${' '.repeat(gutter)} └${axis}`, `${zone.padStart(gutter)}  ${labels}`];
  return days === '' ? lines : [...lines, `${' '.repeat(gutter)}  ${days}`];
}

/** Labels under their columns; one that would run into the one before is left out. */
function placed(labels: readonly { readonly label: string; readonly column: number }[], columns: number): string {
  let line = '';
  for (const { label, column } of labels) {
    const middle = column - Math.floor(label.length / 2);
    const start = Math.max(0, Math.min(middle, columns - label.length));
    if (line === '' || start > line.length) line = line.padEnd(start) + label;
  }
  return line;
}

/** Neighbours of one series get their colour together. */
function paint(cells: readonly Cell[], seriesCount: number, style: Terminal['style'] | undefined): string {
  if (seriesCount === 1 && style === undefined) return cells.map(({ character }) => character).join('');
  let [line, run, layer]: [string, string, number | null] = ['', '', null];
  const flush = () => {
    line += layer === null || style === undefined ? run : style(colorOf(layer), run);
    run = '';
  };
  for (const cell of cells) {
    if (cell.layer !== layer) flush();
    layer = cell.layer;
    run += layer === null || style !== undefined ? cell.character : markOf(layer);
  }
  flush();
  return line;
}

function legend(series: readonly PlotSeries[], { width, style }: PlotOptions): string[] {
  return series.map(({ label }, layer) => {
    const mark = style === undefined ? markOf(layer) : style(colorOf(layer), '■');
    return `${mark} ${oneLine(label, width - 2)}`;
  });
}

function colorOf(layer: number): (typeof colors)[number] {
  return colors[layer % colors.length] ?? colors[0];
}

function markOf(layer: number): string {
  return marks[layer % marks.length] ?? marks[0];
}

/** Names come from people: a line break or an escape sequence in one must not reach the terminal. */
function oneLine(text: string, width: number): string {
  const line = text.replace(/\p{Cc}+/gu, ' ');
  return line.length <= width ? line : `${line.slice(0, Math.max(width - 1, 0))}…`;
}
