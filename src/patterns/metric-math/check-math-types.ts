import type { MathNode, MathOperator } from './math-expression.js';
import {
  type ArgumentType,
  functionSignatures,
  isMathFunction,
  type MathKind,
  type Signature,
} from './math-functions.js';
import { MetricMathError } from './metric-math-error.js';

/** What an expression refers to; every id that stands in it is known. */
export interface MathScope {
  kindOf(id: string): 'series' | 'array';
  isMetric(id: string): boolean;
}

const kindNames: Readonly<Record<MathKind, string>> = {
  scalar: 'a number',
  series: 'a time series',
  array: 'an array of time series',
  string: 'a string',
  keyword: 'a word',
};

const logicalOperators: ReadonlySet<MathOperator> = new Set(['==', '!=', '<=', '>=', '<', '>', '&&', '||']);

/**
 * The kind of what a query's expression comes to, which must be a time series or an array of them.
 *
 * @throws MetricMathError where arguments do not fit, or the result is a number or a string
 */
export function checkMathTypes(root: MathNode, scope: MathScope): 'series' | 'array' {
  const kind = kindOf(root, scope);
  if (kind === 'series' || kind === 'array') return kind;
  const hint = kind === 'scalar' ? ', for example TIME_SERIES of the number' : '';
  throw new MetricMathError(
    `the result is ${kindNames[kind]}: it must be a time series or an array of them${hint}`,
    root.position,
  );
}

function kindOf(node: MathNode, scope: MathScope): MathKind {
  switch (node.type) {
    case 'number':
      return 'scalar';
    case 'string':
    case 'keyword':
      return node.type;
    case 'metrics':
    case 'search':
      return 'array';
    case 'reference':
      return scope.kindOf(node.id);
    case 'negation':
      return numericKind(node.operand, scope, '-');
    case 'array':
      return arrayKind(node.elements, scope);
    case 'band':
      return bandKind(node, scope);
    case 'operation':
      return operationKind(node, scope);
    default:
      return callKind(node, scope);
  }
}

/** The kind of an operand. */
function numericKind(node: MathNode, scope: MathScope, operator: string): 'scalar' | 'series' | 'array' {
  const kind = kindOf(node, scope);
  if (kind === 'string' || kind === 'keyword') {
    throw new MetricMathError(`${operator} takes numbers and time series, not ${kindNames[kind]}`, node.position);
  }
  return kind;
}

function arrayKind(elements: readonly MathNode[], scope: MathScope): 'array' {
  for (const element of elements) {
    const kind = kindOf(element, scope);
    if (kind !== 'series' && kind !== 'array') {
      throw new MetricMathError(`an array holds time series, not ${kindNames[kind]}`, element.position);
    }
  }
  return 'array';
}

function bandKind(node: MathNode & { type: 'band' }, scope: MathScope): 'array' {
  if (scope.kindOf(node.id) !== 'series') {
    throw new MetricMathError(`${node.id} is an array of time series: a band needs one time series`, node.position);
  }
  const { deviations } = node;
  if (deviations !== null && kindOf(deviations, scope) !== 'scalar') {
    throw new MetricMathError('the standard deviations of a band are a number', deviations.position);
  }
  return 'array';
}

function operationKind(node: MathNode & { type: 'operation' }, scope: MathScope): MathKind {
  const { operator, left, right } = node;
  const kinds = [numericKind(left, scope, operator), numericKind(right, scope, operator)];
  if (logicalOperators.has(operator) && kinds.includes('array')) {
    const at = kinds[0] === 'array' ? left : right;
    throw new MetricMathError(`${operator} takes numbers and time series, not ${kindNames.array}`, at.position);
  }
  if (kinds.every((kind) => kind === 'array')) {
    throw new MetricMathError(`${operator} does not take two arrays of time series`, node.position);
  }
  return kinds.includes('array') ? 'array' : kinds.includes('series') ? 'series' : 'scalar';
}

function callKind(node: MathNode & { type: 'call' }, scope: MathScope): MathKind {
  const { name, arguments: given, position } = node;
  if (!isMathFunction(name)) throw new MetricMathError(`there is no function ${name}`, position);
  const [first] = given;
  if (name === 'PERIOD' && (first?.type !== 'reference' || !scope.isMetric(first.id))) {
    throw new MetricMathError('PERIOD takes the id of a metric', first?.position ?? position);
  }
  let candidates: readonly Signature[] = functionSignatures[name];
  given.forEach((argument, at) => {
    const kind = kindOf(argument, scope);
    const fitting = candidates.filter(({ arguments: types }) => fits(argument, kind, types[at]));
    if (fitting.length === 0) throw wrongArgument(name, candidates, argument, kind, at);
    candidates = fitting;
  });
  const [signature] = candidates.filter(({ arguments: types }) => types.length === given.length);
  if (signature === undefined) throw missingArgument(name, candidates, given.length, position);
  return signature.result;
}

function fits(node: MathNode, kind: MathKind, type: ArgumentType | undefined): boolean {
  if (typeof type !== 'object') return kind === type;
  return node.type === 'keyword' && type.includes(node.name);
}

function wrongArgument(
  name: string,
  candidates: readonly Signature[],
  argument: MathNode,
  kind: MathKind,
  at: number,
): MetricMathError {
  const expected = expectedAt(candidates, at);
  const found = argument.type === 'keyword' ? argument.name : kindNames[kind];
  const reason =
    expected === ''
      ? `${name} takes ${at} argument${at === 1 ? '' : 's'} at most here`
      : `argument ${at + 1} of ${name} is ${expected}, not ${found}`;
  return new MetricMathError(reason, argument.position);
}

function missingArgument(
  name: string,
  candidates: readonly Signature[],
  at: number,
  position: number,
): MetricMathError {
  return new MetricMathError(`${name} lacks its argument ${at + 1}: ${expectedAt(candidates, at)}`, position);
}

function expectedAt(candidates: readonly Signature[], at: number): string {
  const names = candidates.flatMap(({ arguments: types }) => {
    const type = types[at];
    if (type === undefined) return [];
    return typeof type === 'object' ? type : [kindNames[type]];
  });
  return [...new Set(names)].join(' or ');
}
