import { expect, it } from 'vitest';
import { everyAccount, scopeOfGrant } from '../access/scope.js';
import type { AccountSettingsInput } from './account.inputs.js';
import { parseAccountSettings } from './account-settings.js';

const all = everyAccount('a test');
const roleOfB = 'arn:aws:iam::222222222222:role/r';

it('leaves out what is left out, clears what is null, and puts the rest in order', () => {
  const nothing = {
    name: undefined,
    roleArn: undefined,
    externalId: undefined,
    viaRoleArn: undefined,
    viaExternalId: undefined,
    regions: undefined,
    tags: undefined,
    retentionDays: undefined,
  };
  expect(parseAccountSettings('input', {}, all)).toEqual(nothing);
  const noIdentity = { roleArn: null, externalId: null, viaRoleArn: null, viaExternalId: null };
  const nulls = { name: null, ...noIdentity, regions: null, tags: null, retentionDays: null };
  expect(parseAccountSettings('input', nulls, all)).toEqual({ ...nulls, regions: [], tags: {} });
  const given = { name: ' Payments ', regions: ['us-east-1', 'eu-west-1', 'us-east-1'], tags: { team: 'x' } };
  expect(parseAccountSettings('input', given, all)).toMatchObject({
    name: 'Payments',
    regions: ['eu-west-1', 'us-east-1'],
    tags: { team: 'x' },
  });
});

it.each(['us-gov-east-1', 'ap-southeast-2', 'cn-northwest-1', 'us-isob-east-1', 'eusc-de-east-1', 'mx-central-1'])(
  'takes the region %s',
  (region) => {
    expect(parseAccountSettings('input', { regions: [region] }, all).regions).toEqual([region]);
  },
);

// Bounds: IAM's for names of roles, STS's for external ids (API_AssumeRole), the tagging rules of AWS for tags.
it.each<[string, AccountSettingsInput]>([
  ['input.name', { name: '  ' }],
  ['input.name', { name: 'x'.repeat(129) }],
  ['input.name', { name: 'a\0b' }],
  ['input.roleArn', { roleArn: 'arn:aws:iam::222222222222:user/u' }],
  ['input.externalId', { externalId: 'x' }],
  ['input.externalId', { externalId: 'x'.repeat(1225) }],
  ['input.externalId', { externalId: '{}' }],
  ['input.regions[1]', { regions: ['eu-west-1', 'mars'] }],
  ['input.regions', { regions: Array.from({ length: 101 }, () => 'eu-west-1') }],
  ['input.retentionDays', { retentionDays: 0 }],
  ['input.retentionDays', { retentionDays: -1 }],
  ['input.retentionDays', { retentionDays: 36_501 }],
  ['input.tags', { tags: ['a'] }],
  ['input.tags', { tags: 'a' }],
  ['input.tags', { tags: { '': 'x' } }],
  ['input.tags.a', { tags: { a: 1 } }],
  ['input.tags.a', { tags: { a: 'x'.repeat(257) } }],
  ['input.tags', { tags: Object.fromEntries(Array.from({ length: 51 }, (_, n) => [`k${n}`, ''])) }],
])('refuses %s: %o', (argument, input) => {
  expect(() => parseAccountSettings('input', input, all)).toThrow(
    expect.objectContaining({ code: 'BAD_USER_INPUT', details: expect.objectContaining({ argument }) }),
  );
});

it('takes a role of another account only from a token that covers it', () => {
  expect(parseAccountSettings('input', { roleArn: roleOfB }, all).roleArn).toBe(roleOfB);
  expect(() => parseAccountSettings('input', { roleArn: roleOfB }, scopeOfGrant(['111111111111']))).toThrow(
    'does not cover',
  );
});
