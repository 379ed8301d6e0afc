import { expect, it } from 'vitest';
import { alarmChanged, bucketDeleted } from '../../../test/support/targets.js';
import { accountsOf, envelopeOf, factsOf, headlineOf } from './envelope.js';

const headline = (event: Record<string, unknown>) => {
  const envelope = envelopeOf(event);
  return envelope && headlineOf(envelope);
};
const corrected = (event: ReturnType<typeof alarmChanged>) => ({
  ...event,
  detail: { ...event.detail, crosstrail: { revision: 2, supersedes: '5f5d3c1e-0000-4000-8000-000000000001' } },
});
const by = (userIdentity: unknown) => ({ ...bucketDeleted, detail: { eventName: 'Run', userIdentity } });

// Identities: "CloudTrail userIdentity element", CloudTrail User Guide. The wording is ours.
it.each<[string, Record<string, unknown>, string | null]>([
  ['a role and its session', bucketDeleted, 'DeleteBucket by Admin/alice in 111122223333/eu-west-1'],
  [
    'a user',
    by({ type: 'IAMUser', arn: 'arn:aws:iam::1:user/ops/bob', userName: 'bob' }),
    'Run by ops/bob in 111122223333/eu-west-1',
  ],
  ['root', by({ type: 'Root', arn: 'arn:aws:iam::1:root' }), 'Run by root in 111122223333/eu-west-1'],
  [
    'a service',
    by({ type: 'AWSService', invokedBy: 'ec2.amazonaws.com' }),
    'Run by ec2.amazonaws.com in 111122223333/eu-west-1',
  ],
  ['another account', by({ type: 'AWSAccount', principalId: 'AIDA:x' }), 'Run by AIDA:x in 111122223333/eu-west-1'],
  ['nobody', by(null), 'Run in 111122223333/eu-west-1'],
  ['an event without a name', { source: 'x', 'detail-type': 'Custom', detail: {} }, 'Custom'],
  [
    'an event of a region that is empty',
    { ...bucketDeleted, region: '', detail: {} },
    'AWS API Call via CloudTrail in 111122223333',
  ],
  ['an alarm', alarmChanged('ALARM'), 'RootLogins: OK → ALARM'],
  ['an alarm that was told otherwise before', corrected(alarmChanged('ALARM')), 'RootLogins: OK → ALARM (corrected)'],
  [
    'an alarm to which nothing happened after all',
    corrected(alarmChanged('OK')),
    'RootLogins: OK (an earlier change is withdrawn)',
  ],
  [
    'fields of other types',
    { ...bucketDeleted, account: 1, region: [], detail: { eventName: {}, userIdentity: [] } },
    'AWS API Call via CloudTrail',
  ],
  [
    'an inherited field',
    { ...bucketDeleted, detail: JSON.parse('{"__proto__":{"eventName":"x"}}') },
    'AWS API Call via CloudTrail in 111122223333/eu-west-1',
  ],
  ['no detail', { ...bucketDeleted, detail: 'x' }, null],
  ['no source', { ...bucketDeleted, source: '' }, null],
])('of %s one reads %3$j', (_, event, expected) => {
  expect(headline(event)).toBe(expected);
});

// Alarms of ours speak of as many accounts as they see: `detail.crosstrail` of their events.
it.each<[string, unknown, string | null]>([
  ['111122223333', { accountIds: null }, '111122223333'],
  ['000000000000', { accountIds: null }, 'every account'],
  ['000000000000', { accountIds: ['111122223333'] }, '111122223333'],
  ['000000000000', { accountIds: ['111122223333', '222233334444', '333344445555'] }, '111122223333 and 2 more'],
  ['000000000000', { accountIds: [] }, null],
  ['000000000000', {}, '000000000000'],
  ['000000000000', null, '000000000000'],
])('an event of account %s with %j tells of %j', (account, crosstrail, expected) => {
  const event = { ...alarmChanged('ALARM'), account, detail: { crosstrail } };
  expect(accountsOf(envelopeOf(event) as never)).toBe(expected);
});

it('facts are those that the event has', () => {
  const facts = (event: Record<string, unknown>) => Object.fromEntries(factsOf(envelopeOf(event) as never));
  expect(facts(bucketDeleted)).toEqual({
    Source: 'aws.s3',
    Time: '2026-03-01T11:58:00Z',
    Address: '203.0.113.9',
    Error: 'AccessDenied: not <authorized> & refused',
  });
  expect(facts({ source: 'x', 'detail-type': 'Custom', detail: {} })).toEqual({ Source: 'x' });
});
