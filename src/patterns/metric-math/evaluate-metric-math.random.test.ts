import { describe, expect, it } from 'vitest';
import { Random } from '../../lib/random.js';
import { evaluateMetricMath } from './evaluate-metric-math.js';
import { planMetricMath } from './metric-math-plan.js';
import type { TimeSeries } from './time-series.js';

const slots = 6;
const minute = 60_000;
const ids = ['a', 'b', 'c'] as const;
const operators = ['+', '-', '*', '/', '^', '==', '!=', '<=', '>=', '<', '>', '&&', '||'] as const;

/** A scalar, or one value for each slot; undefined is none. */
type Naive = number | readonly (number | undefined)[];

/** An expression, fully in parentheses, and what it comes to by going from slot to slot. */
interface Sample {
  readonly text: string;
  readonly value: Naive;
}

function known(value: number): number | undefined {
  if (!Number.isFinite(value)) return undefined;
  return value === 0 ? 0 : value;
}

function compute(operator: string, left: number, right: number): number | undefined {
  if (Number.isNaN(left) || Number.isNaN(right)) return undefined;
  if (operator === '+') return known(left + right);
  if (operator === '-') return known(left - right);
  if (operator === '*') return known(left * right);
  if (operator === '/') return right === 0 ? undefined : known(left / right);
  if (operator === '^') return known(left ** right);
  return isTrue(operator, left, right) ? 1 : 0;
}

function isTrue(operator: string, left: number, right: number): boolean {
  const order = Math.sign(left - right);
  if (operator === '&&') return Boolean(left) && Boolean(right);
  if (operator === '||') return Boolean(left) || Boolean(right);
  if (operator === '!=') return order !== 0;
  if (order === 0) return operator.endsWith('=');
  return operator.startsWith(order < 0 ? '<' : '>');
}

function combine(operator: string, left: Naive, right: Naive): Naive {
  if (typeof left === 'number' && typeof right === 'number') return compute(operator, left, right) ?? Number.NaN;
  return Array.from({ length: slots }, (_, at) => {
    const [own, other] = [left, right].map((side) => (typeof side === 'number' ? side : side[at]));
    const isThere = [left, right].some((side) => typeof side !== 'number' && side[at] !== undefined);
    return isThere ? compute(operator, own ?? 0, other ?? 0) : undefined;
  });
}

function choose(condition: Naive, whenTrue: Naive, whenFalse: Naive): Naive {
  if (typeof condition === 'number') {
    const taken = Number.isNaN(condition) ? Number.NaN : condition === 0 ? whenFalse : whenTrue;
    const isScalar = typeof whenTrue === 'number' && typeof whenFalse === 'number';
    return isScalar || typeof taken !== 'number' ? taken : Array<number | undefined>(slots).fill(known(taken));
  }
  return condition.map((test, at) => {
    if (test === undefined) return undefined;
    const taken = test === 0 ? whenFalse : whenTrue;
    if (typeof taken === 'number') return known(taken);
    return taken[at] ?? (test === 0 ? undefined : 0);
  });
}

function sampleOf(random: Random, metrics: ReadonlyMap<string, Naive>, depth: number): Sample {
  const kind = depth === 0 ? random.below(2) : random.below(6);
  if (kind === 0) {
    const value = random.between(0, 4) / 2;
    return { text: String(value), value };
  }
  if (kind === 1) {
    const id = random.pick(ids);
    return { text: id, value: metrics.get(id) ?? 0 };
  }
  const left = sampleOf(random, metrics, depth - 1);
  if (kind === 2) return { text: `(-${left.text})`, value: combine('*', left.value, -1) };
  const right = sampleOf(random, metrics, depth - 1);
  if (kind === 3) {
    const other = sampleOf(random, metrics, depth - 1);
    const value = choose(left.value, right.value, other.value);
    return { text: `IF(${left.text}, ${right.text}, ${other.text})`, value };
  }
  const operator = random.pick(operators);
  return { text: `(${left.text} ${operator} ${right.text})`, value: combine(operator, left.value, right.value) };
}

function seriesOf(id: string, values: readonly (number | undefined)[]): TimeSeries {
  const points = values.flatMap((value, at) => (value === undefined ? [] : [[at * minute, value] as const]));
  return {
    id,
    label: id,
    period: 60,
    timestamps: points.map(([timestamp]) => timestamp),
    values: points.map(([, value]) => value),
  };
}

// Origin: an evaluator of our own that goes from slot to slot and knows nothing of series, see `combine` and `choose`.
describe('expressions made at random', () => {
  it.each(Array.from({ length: 40 }, (_, seed) => `metric math ${seed}`))('%s', (seed) => {
    const random = new Random(seed);
    for (let round = 0; round < 50; round++) {
      const metrics = new Map(
        ids.map((id) => [
          id,
          Array.from({ length: slots }, () => (random.chance(0.4) ? undefined : random.between(-2, 2))),
        ]),
      );
      const sample = sampleOf(random, metrics, 4);
      const isScalar = typeof sample.value === 'number';
      const expression = isScalar ? `TIME_SERIES(${sample.text})` : sample.text;
      const expected = isScalar ? Array(slots).fill(known(sample.value as number)) : sample.value;

      const all = ids.map((id) => seriesOf(id, metrics.get(id) ?? []));
      const results = evaluateMetricMath(planMetricMath(all, [{ id: 'e', expression, period: 60 }]), {
        start: 0,
        end: slots * minute,
        period: 60,
        series: (id) => all.find((each) => each.id === id) as TimeSeries,
        search: () => [],
        band: () => null,
      });
      const [found] = results.get('e') ?? [];
      const values = Array.from({ length: slots }, (_, at) => found?.values[found.timestamps.indexOf(at * minute)]);
      expect({ expression, values }).toEqual({ expression, values: expected });
    }
  });
});
