import { expect, it } from 'vitest';
import { testEvent } from '../../test/support/events.js';
import { networksOf, roleNameOf, TermCollector, termOf } from './event-terms.js';

// Stored in every chunk: a change of one of these would make what was stored before it unfindable.
it.each([
  ['eventName', '', 67918732],
  ['eventName', 'ConsoleLogin', 194181762],
  ['address', '203.0.113.9', 506702990],
  ['principal', 'arn:aws:iam::111111111111:user/alice', 60697069],
] as const)('keeps the number of %s %j', (kind, value, expected) => {
  expect(termOf(kind, value)).toBe(expected);
});

// RFC 5952 forms, as Postgres prints addresses.
it.each([
  ['203.0.113.9', ['24/203.0.113', '16/203.0']],
  ['2001:db8::1', ['64/2001:db8:0:0', '48/2001:db8:0', '32/2001:db8']],
  ['2001:db8:1:2:3:4:5:6', ['64/2001:db8:1:2', '48/2001:db8:1', '32/2001:db8']],
  ['::1', ['64/0:0:0:0', '48/0:0:0', '32/0:0']],
  ['2600:1f00::', ['64/2600:1f00:0:0', '48/2600:1f00:0', '32/2600:1f00']],
])('finds %s by its networks', (address, networks) => {
  expect(networksOf(address)).toEqual(networks);
});

it.each([
  ['arn:aws:iam::111122223333:role/path/deploy', 'deploy'],
  ['arn:aws:iam::111122223333:role/', null],
  ['no role', null],
])('names the role of %s', (arn, name) => {
  expect(roleNameOf(arn)).toBe(name);
});

it('keeps what each of the events has, also where neighbours share some of it', () => {
  const collector = new TermCollector();
  const role = 'arn:aws:iam::111122223333:role/deploy';
  collector.add(testEvent({ eventName: 'A', userName: null, sessionIssuerArn: role }));
  collector.add(testEvent({ eventName: 'B', userName: null, sessionIssuerArn: role, sourceIp: '198.51.100.7' }));
  collector.add(testEvent({ eventName: 'A', sourceIp: null, sourceAddress: 'AWS Internal', resourceArns: ['arn:r'] }));
  const expected = [
    termOf('eventName', 'A'),
    termOf('eventName', 'B'),
    termOf('principal', role),
    termOf('principal', 'arn:aws:iam::111111111111:user/alice'),
    termOf('userName', 'deploy'),
    termOf('userName', 'alice'),
    termOf('address', '203.0.113.9'),
    termOf('address', '198.51.100.7'),
    termOf('address', 'AWS Internal'),
    termOf('network', '24/198.51.100'),
    termOf('network', '16/203.0'),
    termOf('resourceArn', 'arn:r'),
    termOf('accessKeyId', 'AKIAIOSFODNN7EXAMPLE'),
    termOf('eventSource', 's3.amazonaws.com'),
  ];
  for (const term of expected) expect(collector.terms).toContain(term);
});
