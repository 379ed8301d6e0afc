import { describe, expect, it } from 'vitest';
import { scopeOfGrant } from '../access/scope.js';
import type { MetricTransformationInput, PutMetricFilterInput } from './metric-filter.inputs.js';
import { parseMetricFilter } from './metric-filter-settings.js';

const [A, B] = ['111111111111', '222222222222'];
const all = scopeOfGrant(null);
const transformation = { metricNamespace: 'N', metricName: 'M', metricValue: '1' };

const inputOf = (more: Partial<PutMetricFilterInput> = {}, of: Partial<MetricTransformationInput> = {}) => ({
  name: 'filter',
  filterPattern: '{ $.eventName = * }',
  metricTransformations: [{ ...transformation, ...of }],
  ...more,
});
const parsed = (of: Partial<MetricTransformationInput>, more: Partial<PutMetricFilterInput> = {}) =>
  parseMetricFilter(inputOf(more, of), all).transformation;

describe('a filter', () => {
  // Truth: PutMetricFilter and MetricTransformation, Amazon CloudWatch Logs API Reference.
  it('counts 1 of no unit, without default and dimensions, for every account and region, where nothing is said', () => {
    expect(parseMetricFilter(inputOf(), all)).toEqual({
      name: 'filter',
      filterPattern: '{ $.eventName = * }',
      accountIds: null,
      regions: null,
      transformation: { ...transformation, defaultValue: null, unit: 'None', dimensions: null },
    });
  });

  it('has its accounts and regions once each, in order', () => {
    const regions = ['us-east-1', 'eu-west-1', 'us-east-1'];
    const { accountIds, ...one } = parseMetricFilter(inputOf({ accountIds: [B, A, B], regions }), all);
    expect([accountIds, one.regions]).toEqual([
      [A, B],
      ['eu-west-1', 'us-east-1'],
    ]);
    expect(parseMetricFilter(inputOf(), scopeOfGrant([B, A])).accountIds).toEqual([A, B]);
  });

  const dimensions: [string, unknown, object | null][] = [
    ['an object', { B: '$.b', A: '$.a' }, { A: '$.a', B: '$.b' }],
    ['pairs', [{ name: 'B', value: '$.b' }], { B: '$.b' }],
    ['none', {}, null],
    ['null', null, null],
    ['a name that objects have', JSON.parse('{"__proto__":"$.a"}'), JSON.parse('{"__proto__":"$.a"}')],
  ];
  it.each(dimensions)('takes dimensions as %s', (_, given, expected) => {
    expect(parsed({ dimensions: given as Record<string, string> }).dimensions).toEqual(expected);
  });

  const values: [string, string][] = [
    ['{ $.eventName = * }', '$.bytes'],
    ['[ip, ..., size]', '$size'],
    ['[ip, ..., size]', '$3'],
    ['ERROR', '-2.5e3'],
  ];
  it.each(values)('of the pattern %s takes the value %s', (filterPattern, metricValue) => {
    expect(parsed({ metricValue }, { filterPattern }).metricValue).toBe(metricValue);
  });
});

describe('is refused', () => {
  const at = (field: string) => `input.metricTransformations[0].${field}`;
  const four = { A: '$.a', B: '$.b', C: '$.c', D: '$.d' };
  const cases: [string, Partial<PutMetricFilterInput>, Partial<MetricTransformationInput>, string, number?][] = [
    ['without a name', { name: '' }, {}, 'input.name'],
    ['a name of blanks', { name: '  ' }, {}, 'input.name'],
    ['a name with a colon', { name: 'a:b' }, {}, 'input.name'],
    ['a name that is too long', { name: 'x'.repeat(513) }, {}, 'input.name'],
    ['a pattern that is none', { filterPattern: '{ $.a = ' }, {}, 'input.filterPattern', 8],
    ['no transformation', { metricTransformations: [] }, {}, 'input.metricTransformations'],
    [
      'two transformations',
      { metricTransformations: [transformation, transformation] },
      {},
      'input.metricTransformations',
    ],
    ['no region', { regions: [] }, {}, 'input.regions'],
    ['a region that is none', { regions: ['EU'] }, {}, 'input.regions'],
    ['too many regions', { regions: Array.from({ length: 101 }, (_, index) => `r-${index}`) }, {}, 'input.regions'],
    ['no account', { accountIds: [] }, {}, 'input.accountIds'],
    ['a namespace of AWS', {}, { metricNamespace: 'AWS/S3' }, at('metricNamespace')],
    ['our own namespace', {}, { metricNamespace: 'Crosstrail' }, at('metricNamespace')],
    ['a namespace with a colon', {}, { metricNamespace: 'a:b' }, at('metricNamespace')],
    ['a name with a dollar', {}, { metricName: 'a$b' }, at('metricName')],
    ['a value that is none', {}, { metricValue: 'one' }, at('metricValue'), 0],
    ['a value that is too long', {}, { metricValue: `$.${'a'.repeat(99)}` }, at('metricValue')],
    ['a value that no sample may have', {}, { metricValue: '1e300' }, at('metricValue')],
    ['a value of a field of words', { filterPattern: 'ERROR' }, { metricValue: '$.a' }, at('metricValue')],
    ['a value of an unknown word', { filterPattern: '[a, b]' }, { metricValue: '$c' }, at('metricValue'), 1],
    ['a default that is too large', {}, { defaultValue: 1e300 }, at('defaultValue')],
    ['a default that is no number', {}, { defaultValue: Number.NaN }, at('defaultValue')],
    ['a default with dimensions', {}, { defaultValue: 0, dimensions: { A: '$.a' } }, at('defaultValue')],
    ['four dimensions', {}, { dimensions: four }, at('dimensions')],
    ['a dimension that is no field', {}, { dimensions: { A: 'a' } }, at('dimensions.A'), 0],
    ['a dimension of a pattern of words', { filterPattern: 'ERROR' }, { dimensions: { A: '$.a' } }, at('dimensions.A')],
    ['a unit that is none', {}, { unit: 'Apples' }, at('unit')],
  ];
  it.each(cases)('%s', (_, more, of, argument, position) => {
    const details = { argument, ...(position === undefined ? {} : { position }) };
    expect(() => parseMetricFilter(inputOf(more, of), all)).toThrow(
      expect.objectContaining({ code: 'BAD_USER_INPUT', details: expect.objectContaining(details) }),
    );
  });

  it('an account that the token does not cover', () => {
    expect(() => parseMetricFilter(inputOf({ accountIds: [A, B] }), scopeOfGrant([A]))).toThrow(
      expect.objectContaining({ details: expect.objectContaining({ argument: 'input.accountIds' }) }),
    );
  });

  const strange: [string, unknown][] = [
    ['text', 'A'],
    ['a list of texts', ['A']],
    ['numbers', { A: 1 }],
    ['a list of nulls', [null]],
    [
      'two of one name',
      [
        { name: 'A', value: '$.a' },
        { name: 'A', value: '$.b' },
      ],
    ],
  ];
  it.each(strange)('dimensions that are %s', (_, dimensions) => {
    expect(() => parsed({ dimensions: dimensions as Record<string, string> })).toThrow(
      expect.objectContaining({ code: 'BAD_USER_INPUT' }),
    );
  });
});
