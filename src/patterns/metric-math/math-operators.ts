import type { MathOperator } from './math-expression.js';

/** Of two numbers, NaN where one of them is NaN. Comparisons and logic give 1 or 0; any number but 0 is true. */
export const mathOperators: Readonly<Record<MathOperator, (left: number, right: number) => number>> = {
  '+': (left, right) => left + right,
  '-': (left, right) => left - right,
  '*': (left, right) => left * right,
  '/': (left, right) => left / right,
  // JavaScript has NaN ** 0 at 1.
  '^': (left, right) => (Number.isNaN(left) ? left : left ** right),
  '==': test((left, right) => left === right),
  '!=': test((left, right) => left !== right),
  '<=': test((left, right) => left <= right),
  '>=': test((left, right) => left >= right),
  '<': test((left, right) => left < right),
  '>': test((left, right) => left > right),
  '&&': test((left, right) => left !== 0 && right !== 0),
  '||': test((left, right) => left !== 0 || right !== 0),
};

function test(holds: (left: number, right: number) => boolean): (left: number, right: number) => number {
  return (left, right) => (Number.isNaN(left) || Number.isNaN(right) ? Number.NaN : Number(holds(left, right)));
}
