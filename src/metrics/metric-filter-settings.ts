import { chosenAccounts } from '../access/chosen-accounts.js';
import type { AccountScope } from '../access/scope.js';
import { type FilterPattern, FilterPatternError } from '../patterns/filter-pattern/filter-pattern.js';
import { parseDimensionValue, parseMetricValue } from '../patterns/filter-pattern/message-values.js';
import { parseFilterPattern } from '../patterns/filter-pattern/parse-filter-pattern.js';
import { badInput } from '../platform/errors.js';
import type { FilterDefinition, MetricTransformation } from './filter-set.port.js';
import type { MetricTransformationInput, PutMetricFilterInput } from './metric-filter.inputs.js';
import { checkMetricName, checkNamespace, parseDimensions } from './metric-names.js';
import { isMetricUnit } from './metric-unit.js';
import { maxMagnitude } from './value-bucket.js';

const most = { dimensions: 3, regions: 100, value: 100 };

/**
 * What a user gave, once it is known to be sound. Limits: PutMetricFilter and MetricTransformation, Amazon CloudWatch Logs
 * API Reference.
 */
export function parseMetricFilter(
  input: PutMetricFilterInput,
  scope: AccountScope,
): Omit<FilterDefinition, 'outputId'> {
  if (!/^[^:*]{1,512}$/.test(input.name) || input.name.trim() === '') {
    throw badInput('input.name', 'must be 1 to 512 characters, none of them ":" or "*"');
  }
  const pattern = checked('input.filterPattern', () => parseFilterPattern(input.filterPattern));
  const [transformation, ...more] = input.metricTransformations;
  if (transformation === undefined || more.length > 0) {
    throw badInput('input.metricTransformations', 'must be exactly one, as with AWS: make a filter for each metric');
  }
  return {
    name: input.name,
    filterPattern: input.filterPattern,
    accountIds: chosenAccounts('input.accountIds', input.accountIds, scope),
    regions: parseRegions(input.regions),
    transformation: parseTransformation('input.metricTransformations[0]', transformation, pattern),
  };
}

function parseRegions(regions: readonly string[] | null | undefined): readonly string[] | null {
  if (regions === null || regions === undefined) return null;
  const argument = 'input.regions';
  if (regions.length === 0) throw badInput(argument, 'names no region; leave it out for all of them');
  if (regions.length > most.regions) throw badInput(argument, `names more than ${most.regions} regions`);
  const wrong = regions.find((region) => !/^[a-z0-9-]{1,64}$/.test(region));
  if (wrong !== undefined) throw badInput(argument, `"${wrong.slice(0, 64)}" is no region`);
  return [...new Set(regions)].sort();
}

function parseTransformation(
  path: string,
  input: MetricTransformationInput,
  pattern: FilterPattern,
): MetricTransformation {
  checkName(`${path}.metricNamespace`, input.metricNamespace, checkNamespace);
  checkName(`${path}.metricName`, input.metricName, checkMetricName);
  if (input.metricValue.length > most.value) {
    throw badInput(`${path}.metricValue`, `must have ${most.value} characters at most`);
  }
  checked(`${path}.metricValue`, () => parseMetricValue(input.metricValue, pattern));
  if (Math.abs(Number(input.metricValue)) > maxMagnitude) {
    throw badInput(`${path}.metricValue`, 'must be a number from -2^360 to 2^360');
  }
  if (Math.abs(Number(input.metricValue)) > maxMagnitude) {
    throw badInput(`${path}.metricValue`, 'must be a number from -2^360 to 2^360');
  }
  const dimensions = parseSelectors(`${path}.dimensions`, input.dimensions, pattern);
  const defaultValue = input.defaultValue ?? null;
  if (defaultValue !== null && !(Math.abs(defaultValue) <= maxMagnitude)) {
    throw badInput(`${path}.defaultValue`, 'must be a number from -2^360 to 2^360');
  }
  if (defaultValue !== null && dimensions !== null) {
    throw badInput(`${path}.defaultValue`, 'cannot be given together with dimensions');
  }
  const unit = input.unit ?? 'None';
  if (!isMetricUnit(unit)) throw badInput(`${path}.unit`, 'must be a unit of CloudWatch, such as Count or None');
  const { metricNamespace, metricName, metricValue } = input;
  return { metricNamespace, metricName, metricValue, defaultValue, unit, dimensions };
}

function checkName(argument: string, name: string, check: (argument: string, name: string) => void): void {
  check(argument, name);
  if (/[:*$]/.test(name)) throw badInput(argument, 'must not hold ":", "*" or "$"');
}

/** The schema takes any JSON here: names and selectors, as an object or as a list of pairs. */
function parseSelectors(argument: string, given: unknown, pattern: FilterPattern): MetricTransformation['dimensions'] {
  if (given === null || given === undefined) return null;
  const pairs = pairsOf(argument, given);
  if (pairs.length === 0) return null;
  if (pairs.length > most.dimensions) throw badInput(argument, `must be ${most.dimensions} dimensions at most`);
  const dimensions = parseDimensions(argument, pairs);
  for (const [name, selector] of Object.entries(dimensions)) {
    checked(`${argument}.${name}`, () => parseDimensionValue(selector, pattern));
  }
  return dimensions;
}

function pairsOf(argument: string, given: unknown): { name: string; value: string }[] {
  if (typeof given !== 'object' || given === null) throw badInput(argument, 'must be an object of names and fields');
  const pairs = Array.isArray(given)
    ? given.map((pair: unknown) => (typeof pair === 'object' && pair !== null ? pair : {}) as Record<string, unknown>)
    : Object.entries(given).map(([name, value]) => ({ name, value }));
  return pairs.map(({ name, value }) => {
    if (typeof name !== 'string' || typeof value !== 'string') {
      throw badInput(argument, 'must be names and fields, such as { "User": "$.userIdentity.arn" }');
    }
    return { name, value };
  });
}

/** @throws BAD_USER_INPUT with the position of what is wrong */
export function checked<T>(argument: string, parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    if (!(error instanceof FilterPatternError)) throw error;
    throw badInput(argument, error.reason, error.position);
  }
}
