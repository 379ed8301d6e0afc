import { expect, it } from 'vitest';
import { scopeOfGrant } from '../access/scope.js';
import { Parameters as SqlParameters } from '../platform/database/parameters.js';
import type { EventFilter } from './event.inputs.js';
import { eventConditions, selectEvents } from './event-filter.js';

const all = scopeOfGrant(null);

function sql(filter: EventFilter | undefined, scope = all): { conditions: string[]; values: unknown[] } {
  const parameters = new SqlParameters();
  return { conditions: eventConditions(selectEvents(scope, filter), parameters), values: parameters.values };
}

it('asks nothing of a caller who may see every account and filters nothing', () => {
  expect(sql(undefined)).toEqual({ conditions: [], values: [] });
});

it('never leaves out the accounts of a narrow caller', () => {
  const scope = scopeOfGrant(['111111111111', '222222222222']);
  expect(sql({}, scope).values).toEqual([['111111111111', '222222222222']]);
  expect(sql({ accountIds: ['222222222222', '333333333333'] }, scope).values).toEqual(['222222222222']);
});

it('finds nothing, rather than everything, for accounts out of reach and for empty lists', () => {
  const scope = scopeOfGrant(['111111111111']);
  expect(sql({ accountIds: ['333333333333'] }, scope).values).toEqual([[]]);
  expect(sql({ accountIds: [] }).values).toEqual([[]]);
  expect(sql({ eventNames: [] }).values).toEqual([[]]);
  expect(sql({ sourceIPAddresses: [] }).conditions).toEqual(['false']);
});

// RFC 4632 and RFC 4291 for blocks; addresses as Postgres's inet reads them.
it.each([
  ['an address', '203.0.113.9', ['203.0.113.9'], ['203.0.113.9']],
  ['an IPv6 address', '2001:DB8::1', ['2001:DB8::1'], ['2001:DB8::1']],
  ['a block', '203.0.113.0/24', ['203.0.113.0/24'], []],
  ['a block given by one of its hosts', '203.0.113.9/24', ['203.0.113.0/24'], []],
  ['an IPv6 block', '2001:db8::/32', ['2001:db8::/32'], []],
  ['a service', 'AWS Internal', [], ['AWS Internal']],
  ['what only looks like an address', '253.252.51.07', [], ['253.252.51.07']],
  ['a short spelling of IPv4', '127.1', [], ['127.1']],
])('takes %s (%s) for what it is', (_name, value, networks, names) => {
  expect(selectEvents(all, { sourceIPAddresses: [value] }).addresses).toEqual({ networks, names });
});

it.each(['203.0.113.0/33', '203.0.113/24', 'fe80::1%eth0/64', '/24', 'x/y'])(
  'refuses %s, which is no block',
  (value) => {
    expect(() => selectEvents(all, { sourceIPAddresses: ['192.0.2.1', value] })).toThrow(
      /filter\.sourceIPAddresses\[1\]/,
    );
  },
);

it('refuses a range that ends before it begins, and a search for nothing', () => {
  const time = new Date('2026-11-21T00:00:00Z');
  expect(() => selectEvents(all, { eventTime: { from: time, to: time } })).toThrow(/filter\.eventTime/);
  expect(() => selectEvents(all, { search: '  ' })).toThrow(/filter\.search/);
  expect(() => selectEvents(all, { search: 'x'.repeat(257) })).toThrow(/257 characters/);
});
