import { noon } from './events.js';
import { farAccount } from './planted-accounts.js';
import { commonMetric } from './planted-metrics.js';
import type { ArgumentTable } from './schema-walk.js';

/** A filter of these is there, or was never. */
const filterNames = [
  'canary-filter-name',
  'canary-spare-filter',
  'canary-shared-filter',
  'canary-every-filter',
  'nobodys',
];
const metricFilterArguments = { 'MetricFilter.backfills(last:)': [2, 1] };

export function metricQueryArguments(cursors: {
  readonly metrics: string;
  readonly metricFilters: string;
}): ArgumentTable {
  const statOf = (which: string, more: object = {}) => ({
    metric: {
      namespace: `${which}-namespace`,
      metricName: `${which}-metric`,
      dimensions: which === 'common' ? [] : [{ name: `${which}-dimension`, value: `${which}-dimension-value` }],
      ...more,
    },
    period: 60,
    stat: 'Sum',
  });
  const metricDataQueries = [
    // With labels that say nothing: others repeat what was asked.
    ...['own', 'canary', 'common'].map((which, at) => ({ id: `m${at}`, label: 'l', metricStat: statOf(which) })),
    { id: 'far', label: 'l', metricStat: statOf('common', { accountId: farAccount }) },
    { id: 'farRegion', label: 'l', metricStat: statOf('common', { region: 'eu-canary-5' }) },
    { id: 'found', expression: `SEARCH('common OR own OR canary', 'Sum', 60)` },
    { id: 'foundFar', expression: `SEARCH('Namespace="canary-namespace"', 'SampleCount', 60)` },
    { id: 'sum', expression: 'SUM(METRICS()) + 0 * MAX(FILL(m1, 0))' },
  ];
  const twoDays = {
    startTime: new Date(noon - 172_800_000).toISOString(),
    endTime: new Date(noon + 60_000).toISOString(),
  };
  return {
    ...metricFilterArguments,
    'Query.metrics(after:)': [undefined, cursors.metrics],
    'Query.metrics(filter:)': [
      undefined,
      commonMetric,
      { namespace: 'canary-namespace' },
      { metricName: 'canary-metric' },
      { dimensions: [{ name: 'canary-dimension' }] },
      { dimensions: [{ name: 'canary-dimension', value: 'canary-dimension-value' }] },
      { accountIds: [farAccount] },
    ],
    'Query.metricData(input:)': [
      { ...twoDays, metricDataQueries },
      { ...twoDays, metricDataQueries, maxDatapoints: 1 },
      ...metricDataQueries.slice(0, -1).map((query) => ({ ...twoDays, metricDataQueries: [query] })),
    ],
    'Query.testMetricMath(input:)': [{ expression: 'm1 * 2', series: [{ id: 'm1', values: [1, null, 3] }] }],
    'Query.metricFilter(name:)': ['own-filter-name', 'own-spare-filter', ...filterNames],
    'Query.metricFilters(after:)': [undefined, cursors.metricFilters],
    'Query.metricFilters(filter:)': [
      undefined,
      { namePrefix: 'canary' },
      { metricNamespace: 'canary-namespace' },
      { metricName: 'canary-metric' },
    ],
    'Query.testMetricFilter(filterPattern:)': ['[name, rest]'],
    'Query.testMetricFilter(logEventMessages:)': [['one 1', 'two 2']],
  };
}

/** Names of filters are unique in the installation as well: that one is taken is left out, and is in `metrics/reach.test.ts`. */
export function metricMutationArguments(reachesBeyond: readonly (readonly string[])[]): ArgumentTable {
  const metricTransformations = [{ metricNamespace: 'taken', metricName: 'taken', metricValue: '1' }];
  const filter = { name: 'taken', filterPattern: '', metricTransformations };
  const data = { namespace: 'canary-namespace', metricData: [{ metricName: 'canary-metric', value: 1 }] };
  const names = filterNames.map((name) => ({ name }));
  return {
    ...metricFilterArguments,
    'Mutation.putMetricFilter(input:)': [
      ...reachesBeyond.map((accountIds) => ({ ...filter, accountIds })),
      ...reachesBeyond.map((accountIds) => ({ ...filter, name: 'own-spare-filter', accountIds })),
      { ...filter, name: 'canary-filter-name', accountIds: [farAccount] },
    ],
    'Mutation.deleteMetricFilter(input:)': names,
    'Mutation.backfillMetricFilter(input:)': names,
    'Mutation.cancelMetricBackfill(input:)': names,
    'Mutation.putMetricData(input:)': [farAccount, '999999999999'].map((accountId) => ({ ...data, accountId })),
  };
}
