import { StatisticError } from './statistic-error.js';
import { type Range, wholeShare } from './trimmed-range.js';

interface Bound {
  readonly isShare: boolean;
  readonly number: number;
  readonly at: number;
  readonly end: number;
}

const maxDecimals = 10;

/**
 * Reads a percentage that ends the text, without a sign for it: `90` of `tm90`.
 *
 * @returns the share in units of 10^-10 percent
 * @throws StatisticError
 */
export function parseStatisticShare(text: string, at: number): number {
  const end = endOfNumber(text, at);
  if (end < text.length) throw new StatisticError('nothing may follow the percentage', end);
  return shareOf(text.slice(at, end), at);
}

/**
 * Reads `10%:90%)`, `:90%)`, `10%:)`, `150:1000)`, `:500)` or `150:)`, which end the text.
 *
 * @throws StatisticError
 */
export function parseStatisticRange(text: string, at: number): Range {
  const low = text[at] === ':' ? null : parseBound(text, at);
  const colonAt = low?.end ?? at;
  if (text[colonAt] !== ':') throw new StatisticError('a ":" stands between the two bounds', colonAt);
  const high = text[colonAt + 1] === ')' ? null : parseBound(text, colonAt + 1);
  const closeAt = high?.end ?? colonAt + 1;
  if (text[closeAt] !== ')') throw new StatisticError('a ")" ends the bounds', closeAt);
  if (closeAt + 1 < text.length) throw new StatisticError('nothing may follow the ")"', closeAt + 1);
  return rangeOf(low, high, colonAt);
}

function rangeOf(low: Bound | null, high: Bound | null, colonAt: number): Range {
  const bound = low ?? high;
  if (bound === null) throw new StatisticError('at least one bound is needed', colonAt);
  if (low !== null && high !== null) {
    if (low.isShare !== high.isShare) throw new StatisticError('both bounds are percentages, or none is', high.at);
    if (low.number >= high.number) throw new StatisticError('the lower bound must lie below the upper one', low.at);
  }
  return { kind: bound.isShare ? 'shares' : 'values', low: low?.number ?? null, high: high?.number ?? null };
}

function parseBound(text: string, at: number): Bound {
  const end = endOfNumber(text, at);
  const number = text.slice(at, end);
  if (text[end] !== '%') return { isShare: false, number: Number(number), at, end };
  return { isShare: true, number: shareOf(number, at), at, end: end + 1 };
}

function endOfNumber(text: string, at: number): number {
  const [number, fraction = ''] = /^\d+(\.\d+)?/.exec(text.slice(at)) ?? [];
  if (number === undefined) {
    throw new StatisticError('a number of digits is expected here, with at most one "." among them', at);
  }
  const end = at + number.length;
  if (fraction.length - 1 > maxDecimals) {
    throw new StatisticError(`a number has at most ${maxDecimals} decimals`, end - fraction.length);
  }
  return end;
}

/** From the digits, so that no percentage is rounded. */
function shareOf(number: string, at: number): number {
  const [whole = '', decimals = ''] = number.split('.');
  const share = Number(whole + decimals.padEnd(maxDecimals, '0'));
  if (share > wholeShare) throw new StatisticError('a percentage lies between 0 and 100', at);
  return share;
}
