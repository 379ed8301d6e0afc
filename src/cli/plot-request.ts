import { dayMs, hourMs, minuteMs } from '../lib/time.js';
import { CrosstrailError } from '../platform/errors.js';
import type { Terminal } from './terminal.js';

/** What to plot, as it was typed. */
export interface PlotRequest {
  /** Null where expressions say it all. */
  readonly metric: PlottedMetric | null;
  /** One series each: `m1`, `m2` and so on. */
  readonly stats: readonly string[];
  readonly expressions: readonly string[];
  readonly from: Date;
  readonly to: Date;
  /** Seconds. */
  readonly period: number;
}

interface PlottedMetric {
  readonly namespace: string;
  readonly metricName: string;
  readonly dimensions: readonly { readonly name: string; readonly value: string }[];
  readonly accountId?: string | undefined;
  readonly region?: string | undefined;
}

const periods: readonly number[] = [
  ...[1, 2, 5, 10, 15, 30].map((minutes) => minutes * minuteMs),
  ...[1, 2, 3, 6, 12].map((hours) => hours * hourMs),
];
const longestPeriod = dayMs;

/** Of braille dots a column has two, but a line is easier to see than its dots. */
const pointsPerColumn = 1.5;

/** The shortest period that draws about a point in each column, in seconds. @param columns of the plot */
export function fittingPeriod(spanMs: number, columns: number): number {
  const fits = (period: number) => spanMs / period <= columns * pointsPerColumn;
  return (periods.find(fits) ?? longestPeriod) / 1000;
}

/** The input of `metricData`. With expressions, the metric itself is theirs to use and is not drawn. */
export function metricDataInput({ metric, stats, expressions, from, to, period }: PlotRequest) {
  const metricStats = metric === null ? [] : stats.map((stat) => ({ metric, period, stat }));
  const returnData = expressions.length === 0;
  return {
    startTime: from.toISOString(),
    endTime: to.toISOString(),
    scanBy: 'TimestampAscending',
    metricDataQueries: [
      ...metricStats.map((metricStat, index) => ({ id: `m${index + 1}`, metricStat, returnData })),
      ...expressions.map((expression, index) => ({ id: `e${index + 1}`, expression, period })),
    ],
  };
}

/** An expression without a label is called by its text. */
export function shownLabel({ expressions }: PlotRequest, { id, label }: { id: string; label: string }): string {
  return label === id && id.startsWith('e') ? (expressions[Number(id.slice(1)) - 1] ?? label) : label;
}

/** `Security Errors Region=eu-west-1, Sum every 5 min` */
export function plotTitle({ metric, stats, expressions, period }: PlotRequest): string {
  const name = metric && [metric.namespace, metric.metricName, ...partsOf(metric)].join(' ');
  const subject = metric === null ? 'every' : `${name}, ${stats.join(', ')} every`;
  return expressions.length === 0
    ? `${subject} ${duration(period)}`
    : `${expressions.join(', ')} (${metric === null ? '' : 'of '}${subject} ${duration(period)})`;
}

function partsOf({ dimensions, accountId, region }: PlottedMetric): string[] {
  const parts = dimensions.map(({ name, value }) => `${name}=${value}`);
  return [...parts, ...[accountId, region].filter((part) => part !== undefined)];
}

function duration(seconds: number): string {
  const units = [
    { of: 86_400, name: 'd' },
    { of: 3600, name: 'h' },
    { of: 60, name: 'min' },
  ];
  const unit = units.find(({ of }) => seconds % of === 0) ?? { of: 1, name: 's' };
  return `${seconds / unit.of} ${unit.name}`;
}

const options = [
  { argument: /\.stat$/, option: '--stat' },
  { argument: /\.period$/, option: '--period' },
  { argument: /\.dimensions\b/, option: '--dimension' },
  { argument: /\.region$/, option: '--region' },
  { argument: /\.namespace$/, option: 'NAMESPACE' },
  { argument: /\.metricName$/, option: 'NAME' },
  { argument: /\.expression$/, option: '--expression' },
  { argument: /^input\.endTime$/, option: '--to' },
];

/** The same error in terms of what was typed, with a caret under what is wrong. Any other comes back as it is. */
export function retold(error: unknown, request: PlotRequest, terminal: Pick<Terminal, 'columns'>): unknown {
  if (!(error instanceof CrosstrailError) || error.code !== 'BAD_USER_INPUT') return error;
  const { argument, reason, position } = error.details;
  const option = options.find((one) => one.argument.test(String(argument)))?.option;
  if (option === undefined || typeof reason !== 'string') return error;
  const text = typedText(String(argument), request);
  const shown = text === null || typeof position !== 'number' ? [] : caret(text, position, terminal.columns);
  return new CrosstrailError(error.code, [`${option}: ${reason}`, ...shown].join('\n'), error.details);
}

/** What was typed where an argument of `metricDataInput` came from, as far as a place in it can be shown. */
function typedText(argument: string, { metric, stats, expressions }: PlotRequest): string | null {
  const index = Number(/^input\.metricDataQueries\[(\d+)\]/.exec(argument)?.[1]);
  if (argument.endsWith('.stat')) return stats[index] ?? null;
  if (argument.endsWith('.expression')) return expressions[index - (metric === null ? 0 : stats.length)] ?? null;
  return null;
}

const indent = 2;

/** Of a long text, what is around the position. */
function caret(text: string, position: number, columns: number): string[] {
  const room = Math.max(columns - indent, 1);
  const start = text.length < room ? 0 : Math.max(0, position - Math.floor(room / 2));
  const line = text.slice(start, start + room).replace(/\p{Cc}/gu, ' ');
  return [`${' '.repeat(indent)}${line}`, `${' '.repeat(indent + position - start)}^`];
}
