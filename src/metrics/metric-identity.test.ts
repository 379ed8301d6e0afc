import { describe, expect, it } from 'vitest';
import { digestOf, type MetricIdentity, nameDigestOf } from './metric-identity.js';

/* Truth: own reckoning. A metric is one by its namespace, name and dimensions, and by whose it is. */

const metric: MetricIdentity = {
  namespace: 'N',
  metricName: 'M',
  dimensions: { A: '1', B: '2' },
  accountId: null,
  awsRegion: null,
  accountIds: ['111111111111', '222222222222'],
};

describe('a metric', () => {
  it('is the same in whichever order its dimensions were given', () => {
    expect(digestOf({ ...metric, dimensions: { B: '2', A: '1' } })).toBe(digestOf(metric));
    expect(nameDigestOf({ ...metric, dimensions: { B: '2', A: '1' } })).toBe(nameDigestOf(metric));
  });

  const others: [string, Partial<MetricIdentity>, boolean][] = [
    ['another namespace', { namespace: 'O' }, true],
    ['another name', { metricName: 'O' }, true],
    ['parts that are cut elsewhere', { namespace: 'NM', metricName: '' }, true],
    ['another value of a dimension', { dimensions: { A: '1', B: '3' } }, true],
    ['values of dimensions exchanged', { dimensions: { A: '2', B: '1' } }, true],
    ['a dimension more', { dimensions: { A: '1', B: '2', C: '3' } }, true],
    ['no dimensions', { dimensions: {} }, true],
    ['a dimension with quotes in its value', { dimensions: { A: '1"],["B","2' } }, true],
    ['another account that it speaks of', { accountId: '111111111111' }, false],
    ['another region', { awsRegion: 'eu-west-1' }, false],
    ['fewer accounts', { accountIds: ['111111111111'] }, false],
    ['every account', { accountIds: null }, false],
    ['no account', { accountIds: [] }, false],
  ];
  it.each(others)('with %s is another', (_, other, isOtherName) => {
    expect(digestOf({ ...metric, ...other })).not.toBe(digestOf(metric));
    expect(nameDigestOf({ ...metric, ...other }) === nameDigestOf(metric)).toBe(!isOtherName);
  });

  it('all of them differ from each other', () => {
    expect(new Set(others.map(([, other]) => digestOf({ ...metric, ...other }))).size).toBe(others.length);
  });
});
