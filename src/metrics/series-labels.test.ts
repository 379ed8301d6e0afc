import { expect, it } from 'vitest';
import { labelsOf, type Nameable } from './series-labels.js';

const stat = (metricName: string, more: Partial<Nameable> = {}): Nameable => ({
  namespace: 'N',
  metricName,
  dimensions: {},
  accountId: null,
  region: null,
  stat: 'Sum',
  ...more,
});
const of = (dimensions: Nameable['dimensions']) => stat('M', { dimensions });

// Truth: own reckoning; AWS does not document it.
const cases: [string, Nameable[], string[]][] = [
  ['no series', [], []],
  ['one metric', [stat('M', { dimensions: { A: '1' }, accountId: '111111111111' })], ['M']],
  ['two names', [stat('M'), stat('O')], ['M', 'O']],
  ['two statistics', [stat('M'), stat('M', { stat: 'p99' })], ['M Sum', 'M p99']],
  ['two values of a dimension', [of({ A: '1', B: 'x' }), of({ A: '2', B: 'x' })], ['M 1', 'M 2']],
  ['two values of two dimensions', [of({ A: '1', B: 'x' }), of({ A: '2', B: 'y' })], ['M 1 x', 'M 2 y']],
  ['a dimension that only one has', [of({ A: '1' }), of({})], ['M 1', 'M']],
  ['two namespaces', [stat('M'), stat('M', { namespace: 'O' })], ['M N', 'M O']],
  [
    'two accounts, of which one region is known',
    [stat('M', { accountId: '111111111111' }), stat('M', { accountId: '222222222222', region: 'eu-west-1' })],
    ['M 111111111111', 'M 222222222222 eu-west-1'],
  ],
  ['two that are the same', [stat('M'), stat('M')], ['M', 'M']],
  ['a dimension that is named as a part is', [of({ stat: 'x' }), of({ stat: 'y' })], ['M x', 'M y']],
];
it.each(cases)('%s', (_, all, labels) => {
  expect(labelsOf(all)).toEqual(labels);
});
