import { type Aggregate, aggregateArray, aggregateSeries } from './aggregate-series.js';
import { ifFunction } from './if-function.js';
import type { MathContext } from './math-context.js';
import type { MathNode } from './math-expression.js';
import type { MathFunction } from './math-functions.js';
import { MetricMathError } from './metric-math-error.js';
import {
  type Filler,
  fillSeries,
  linearFiller,
  pairwise,
  repeatFiller,
  runningSum,
  timeParts,
  valueLookup,
} from './series-functions.js';
import { emptySeries, isArray, isSeries, type MathValue, mapSeries, Points } from './series-math.js';
import type { TimeSeries } from './time-series.js';

/** An argument as it was written and what it came to; a keyword comes to NaN. */
export interface Argument {
  readonly node: MathNode;
  readonly value: MathValue;
}

interface FunctionCall {
  readonly arguments: readonly Argument[];
  readonly position: number;
  readonly context: MathContext;
  /** Seconds, of a series that no argument gives a period. */
  readonly period: number;
}

type Implementation = (call: FunctionCall) => MathValue;

/** The kinds of arguments have been checked: what is not told apart here is what `functionSignatures` says. */
const implementations: Readonly<Record<MathFunction, Implementation>> = {
  ABS: eachValue(Math.abs),
  AVG: aggregate('AVG'),
  CEIL: eachValue(Math.ceil),
  DATAPOINT_COUNT: aggregate('DATAPOINT_COUNT'),
  DATE: timePart(timeParts.DATE),
  DAY: timePart(timeParts.DAY),
  DIFF: eachSeries((series) => pairwise(series, (difference) => difference)),
  DIFF_TIME: eachSeries((series) => pairwise(series, (_, seconds) => seconds)),
  EPOCH: timePart(timeParts.EPOCH),
  FILL: fill,
  FIRST: (call) => arrayArgument(call)[0] ?? emptySeries(call.period),
  FLOOR: eachValue(Math.floor),
  HOUR: timePart(timeParts.HOUR),
  IF: (call) =>
    ifFunction(valueArgument(call, 0), valueArgument(call, 1), call.arguments[2]?.value, (value, period) =>
      constantSeries(call, value, period),
    ),
  LAST: (call) => arrayArgument(call).at(-1) ?? emptySeries(call.period),
  LOG: eachValue(Math.log),
  LOG10: eachValue(Math.log10),
  MAX: aggregate('MAX'),
  METRIC_COUNT: (call) => arrayArgument(call).length,
  MIN: aggregate('MIN'),
  MINUTE: timePart(timeParts.MINUTE),
  MONTH: timePart(timeParts.MONTH),
  PERIOD: (call) => seriesArgument(call).period,
  RATE: eachSeries((series) => pairwise(series, (difference, seconds) => difference / seconds)),
  REMOVE_EMPTY: (call) => arrayArgument(call).filter(({ values }) => values.length > 0),
  RUNNING_SUM: eachSeries(runningSum),
  SLICE: (call) => {
    const end = call.arguments[2] === undefined ? undefined : countArgument(call, 2);
    return arrayArgument(call).slice(countArgument(call, 1), end);
  },
  SORT: sort,
  STDDEV: aggregate('STDDEV'),
  SUM: aggregate('SUM'),
  TIME_SERIES: (call) => constantSeries(call, numberArgument(call, 0), call.period),
  YEAR: timePart(timeParts.YEAR),
};

/** @throws MetricMathError where it would take too much, or a count is none */
export function callFunction(name: MathFunction, call: FunctionCall): MathValue {
  return implementations[name](call);
}

function eachSeries(change: (series: TimeSeries) => TimeSeries): Implementation {
  return (call) => {
    const value = valueArgument(call, 0);
    return isArray(value) ? value.map(change) : change(seriesArgument(call));
  };
}

function eachValue(change: (value: number) => number): Implementation {
  return eachSeries((series) => mapSeries(series, change));
}

function aggregate(name: Aggregate): Implementation {
  return (call) => {
    const value = valueArgument(call, 0);
    if (isArray(value)) return aggregateArray(name, value);
    const series = seriesArgument(call);
    return aggregateSeries(name, series, call.context.slots(series.period));
  };
}

function timePart(part: (timestamp: number) => number): Implementation {
  return (call) => {
    const series = seriesArgument(call);
    const points = new Points();
    for (const timestamp of call.context.grid(series.period, call.position)) points.add(timestamp, part(timestamp));
    return points.as(series, series.period);
  };
}

function constantSeries({ context, position }: FunctionCall, value: number, period: number): TimeSeries {
  const points = new Points();
  for (const timestamp of context.grid(period, position)) points.add(timestamp, value);
  return points.as(emptySeries(period), period);
}

function fill(call: FunctionCall): MathValue {
  const value = valueArgument(call, 0);
  const fillOne = (series: TimeSeries): TimeSeries =>
    fillSeries(series, call.context.grid(series.period, call.position), fillerOf(call, series));
  return isArray(value) ? value.map(fillOne) : fillOne(seriesArgument(call));
}

function fillerOf(call: FunctionCall, series: TimeSeries): Filler {
  const keyword = keywordArgument(call, 1);
  if (keyword === 'REPEAT') return repeatFiller(series);
  if (keyword === 'LINEAR') return linearFiller(series);
  const value = valueArgument(call, 1);
  if (isSeries(value)) {
    call.context.spend(value.values.length, call.position);
    return valueLookup(value, Number.NaN);
  }
  return () => (typeof value === 'number' ? value : Number.NaN);
}

function sort(call: FunctionCall): MathValue {
  const statistic = keywordArgument(call, 1) as 'AVG' | 'MAX' | 'MIN' | 'SUM';
  const sign = keywordArgument(call, 2) === 'DESC' ? -1 : 1;
  const ranked = arrayArgument(call).map((series) => ({ series, rank: sign * rankOf(call, statistic, series) }));
  const limit = call.arguments[3] === undefined ? undefined : countArgument(call, 3);
  return ranked
    .sort((a, b) => compareRanks(a.rank, b.rank))
    .slice(0, limit)
    .map(({ series }) => series);
}

function rankOf({ context }: FunctionCall, statistic: Aggregate, series: TimeSeries): number {
  return series.values.length === 0 ? Number.NaN : aggregateSeries(statistic, series, context.slots(series.period));
}

/** Series without data have no rank: they come last, whatever the order. */
function compareRanks(a: number, b: number): number {
  if (Number.isNaN(a) || Number.isNaN(b)) return Number(Number.isNaN(a)) - Number(Number.isNaN(b));
  return a - b;
}

function valueArgument(call: FunctionCall, at: number): MathValue {
  return call.arguments[at]?.value ?? Number.NaN;
}

function seriesArgument(call: FunctionCall): TimeSeries {
  const value = valueArgument(call, 0);
  return isSeries(value) ? value : emptySeries(call.period);
}

function arrayArgument(call: FunctionCall): readonly TimeSeries[] {
  const value = valueArgument(call, 0);
  return isArray(value) ? value : [];
}

function numberArgument(call: FunctionCall, at: number): number {
  const value = valueArgument(call, at);
  return typeof value === 'number' ? value : Number.NaN;
}

function keywordArgument(call: FunctionCall, at: number): string | null {
  const node = call.arguments[at]?.node;
  return node?.type === 'keyword' ? node.name : null;
}

/** @throws MetricMathError */
function countArgument(call: FunctionCall, at: number): number {
  const count = numberArgument(call, at);
  if (Number.isInteger(count) && count >= 0) return count;
  const position = call.arguments[at]?.node.position ?? call.position;
  throw new MetricMathError(`a whole number from 0 is expected here, not ${count}`, position);
}
