import { describe, expect, it } from 'vitest';
import { LogMessage } from '../patterns/filter-pattern/log-message.js';
import { compileFilters, gatherSamples, type Sample } from './filter-matching.service.js';
import type { FilterDefinition } from './filter-set.port.js';

const noon = Date.parse('2026-11-20T12:00:00Z');
const A = '111111111111';

function filterOf(
  outputId: string,
  given: Partial<FilterDefinition> = {},
  of: Partial<FilterDefinition['transformation']> = {},
): FilterDefinition {
  const transformation = {
    metricNamespace: 'N',
    metricName: 'M',
    metricValue: '1',
    defaultValue: null,
    unit: 'None',
    dimensions: null,
  };
  return {
    outputId,
    name: outputId,
    filterPattern: '{ $.name = * }',
    accountIds: null,
    regions: null,
    ...given,
    transformation: { ...transformation, ...of },
  };
}

function samplesOf(filters: readonly FilterDefinition[], record: object, eventTime = noon): Sample[] {
  const message = LogMessage.ofRecord(Buffer.from(JSON.stringify(record)), record);
  return (
    compileFilters({ version: '1', filters })?.samplesOf({
      message,
      accountId: A,
      awsRegion: 'eu-west-1',
      eventTime,
    }) ?? []
  );
}

describe('what a filter takes from an event', () => {
  const bytes = filterOf('1', {}, { metricValue: '$.bytes' });
  const byWho = filterOf('1', {}, { dimensions: { Name: '$.name', Who: '$.who' } });
  const one = (value: number, dimensionValues: (string | null)[] = []) => [
    { outputId: '1', dimensionValues, value, time: noon },
  ];
  // Truth: MetricTransformation, Amazon CloudWatch Logs API Reference; what a sample may be, PutMetricData.
  const cases: [string, FilterDefinition, object, object[]][] = [
    ['is 1', filterOf('1'), { name: 'x' }, one(1)],
    ['is nothing where it does not match', filterOf('1'), {}, []],
    ['is the number of a field', bytes, { name: 'x', bytes: 2.5 }, one(2.5)],
    ['is the number of a text', bytes, { name: 'x', bytes: '-7' }, one(-7)],
    ['is nothing where the field is missing', bytes, { name: 'x' }, []],
    ['is nothing where the field is no number', bytes, { name: 'x', bytes: 'many' }, []],
    ['is nothing where the number is too large', bytes, { name: 'x', bytes: 2 ** 361 }, []],
    ['is the largest number that there may be', bytes, { name: 'x', bytes: -(2 ** 360) }, one(-(2 ** 360))],
    ['has its dimensions', byWho, { name: 'x', who: 'me' }, one(1, ['x', 'me'])],
    ['has numbers as dimensions', byWho, { name: 'x', who: 5 }, one(1, ['x', '5'])],
    ['is without the dimension that is missing', byWho, { name: 'x' }, one(1, ['x', null])],
    ['is without the dimension that is blank', byWho, { name: 'x', who: ' ' }, one(1, ['x', null])],
    ['is without the dimension that has a NUL', byWho, { name: 'x', who: 'a\0' }, one(1, ['x', null])],
    ['is without the dimension that is no ASCII', byWho, { name: 'x', who: 'Zoë' }, one(1, ['x', null])],
    ['is without the dimension that is too long', byWho, { name: 'x', who: 'x'.repeat(1025) }, one(1, ['x', null])],
    ['of its account', filterOf('1', { accountIds: [A] }), { name: 'x' }, one(1)],
    ['of other accounts is nothing', filterOf('1', { accountIds: ['2'] }), { name: 'x' }, []],
    ['of its region', filterOf('1', { regions: ['eu-west-1'] }), { name: 'x' }, one(1)],
    ['of other regions is nothing', filterOf('1', { regions: ['us-east-1'] }), { name: 'x' }, []],
  ];
  it.each(cases)('%s', (_, filter, record, expected) => {
    expect(samplesOf([filter], record)).toEqual(expected);
  });

  it('is of the minute of the event', () => {
    expect(samplesOf([filterOf('1')], { name: 'x' }, noon + 119_999)[0]?.time).toBe(noon + 60_000);
    expect(samplesOf([filterOf('1')], { name: 'x' }, -1)[0]?.time).toBe(-60_000);
  });

  it('of many filters is one sample of each that matches', () => {
    const filters = Array.from({ length: 50 }, (_, index) =>
      filterOf(String(index), { filterPattern: `{ $.n = ${index % 10} }` }),
    );
    expect(
      samplesOf(filters, { n: 3 })
        .map(({ outputId }) => outputId)
        .sort(),
    ).toEqual(['13', '23', '3', '33', '43']);
  });

  it('is nothing where there are none', () => {
    expect(compileFilters({ version: '1', filters: [] })).toBeNull();
  });
});

it('samples are gathered by what they count, their dimensions and their minute: each value and how often', () => {
  const sample = (outputId: string, value: number, time = noon, dimensionValues: string[] = []): Sample => ({
    outputId,
    dimensionValues,
    value,
    time,
  });
  const all = [sample('1', 1), sample('1', 1), sample('1', 2), sample('2', 1), sample('1', 1, noon + 60_000)];
  const named = [['a', 'b'], ['a,b'], ['a', 'b'], ['["a","b"]']].map((values) => sample('3', 1, noon, values));
  expect(gatherSamples([...all, ...named])).toEqual([
    { outputId: '1', dimensionValues: [], time: noon, values: [1, 2], counts: [2, 1] },
    { outputId: '2', dimensionValues: [], time: noon, values: [1], counts: [1] },
    { outputId: '1', dimensionValues: [], time: noon + 60_000, values: [1], counts: [1] },
    { outputId: '3', dimensionValues: ['a', 'b'], time: noon, values: [1], counts: [2] },
    { outputId: '3', dimensionValues: ['a,b'], time: noon, values: [1], counts: [1] },
    { outputId: '3', dimensionValues: ['["a","b"]'], time: noon, values: [1], counts: [1] },
  ]);
  expect(gatherSamples([])).toEqual([]);
});
