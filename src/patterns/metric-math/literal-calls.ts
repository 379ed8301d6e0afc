import type { MathNode, SearchCall } from './math-expression.js';
import { awsOnlyFunctions, isMathFunction } from './math-functions.js';
import { MetricMathError } from './metric-math-error.js';
import { parseMetricSearch } from './metric-search.js';

/** Functions that take what stands in the text, not what it comes to. */
const literalCalls: readonly string[] = ['METRICS', 'SEARCH', 'ANOMALY_DETECTION_BAND'];

/** @throws MetricMathError where there is no such function */
export function checkFunctionName(name: string, position: number): void {
  if (isKnown(name)) return;
  const awsData = awsOnlyFunctions.get(name);
  if (awsData !== undefined) {
    throw new MetricMathError(`${name} needs data of ${awsData} that only AWS has`, position);
  }
  const upper = name.toUpperCase();
  const hint = isKnown(upper) ? `: functions are written in capitals, ${upper}` : '';
  throw new MetricMathError(`there is no function ${name}${hint}`, position);
}

function isKnown(name: string): boolean {
  return isMathFunction(name) || literalCalls.includes(name);
}

/** Null for `METRICS()`, else what the id of a metric must contain. @throws MetricMathError */
export function readMetricsCall([idPart, more]: readonly MathNode[]): string | null {
  if (idPart === undefined) return null;
  if (idPart.type !== 'string') throw new MetricMathError('METRICS takes a string or nothing', idPart.position);
  if (more !== undefined) throw new MetricMathError('METRICS takes one string at most', more.position);
  return idPart.text;
}

/** @param text the expression that the call stands in @throws MetricMathError */
export function readSearchCall(given: readonly MathNode[], text: string, position: number): SearchCall {
  const [search, stat, period, more] = given;
  if (search === undefined || stat === undefined || more !== undefined) {
    throw new MetricMathError(
      "write SEARCH('search expression', 'statistic', period), of which the period may be left out",
      more?.position ?? position,
    );
  }
  if (search.type !== 'string') throw new MetricMathError('the search expression is a string', search.position);
  if (stat.type !== 'string' || stat.text.trim() === '') {
    throw new MetricMathError('the statistic is a string like "Average"', stat.position);
  }
  checkSearch(search.text, text, search.position);
  return { search: search.text, stat: stat.text.trim(), period: periodOf(period), position };
}

function checkSearch(search: string, text: string, position: number): void {
  try {
    parseMetricSearch(search);
  } catch (error) {
    if (!(error instanceof MetricMathError)) throw error;
    const begin = position + 1;
    // Within a string that has escaped quotes, offsets of the search are not those of the expression.
    const isVerbatim = text.startsWith(search, begin);
    throw new MetricMathError(error.reason, isVerbatim ? begin + error.position : position);
  }
}

function periodOf(node: MathNode | undefined): number | null {
  if (node === undefined) return null;
  if (node.type !== 'number' || !Number.isInteger(node.value) || node.value < 1) {
    throw new MetricMathError('the period is a whole number of seconds above 0', node.position);
  }
  return node.value;
}

/** The id of the query whose band is asked for. @throws MetricMathError */
export function readBandCall([metric, , more]: readonly MathNode[], position: number): string {
  if (metric?.type !== 'reference' || more !== undefined) {
    throw new MetricMathError(
      'ANOMALY_DETECTION_BAND takes the id of a metric or an expression, and a number of standard deviations or nothing',
      more?.position ?? metric?.position ?? position,
    );
  }
  return metric.id;
}
