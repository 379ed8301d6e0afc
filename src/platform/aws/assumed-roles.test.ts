import { expect, it } from 'vitest';
import { AssumedRoles, type AwsCredentials, type RoleSession } from './assumed-roles.js';

const minute = 60_000;
const session: RoleSession = {
  roleArn: 'arn:aws:iam::111111111111:role/r',
  externalId: 'x',
  sessionName: 'crosstrail',
};

function setup() {
  const state = { now: 0, calls: [] as RoleSession[], fail: false };
  const roles = new AssumedRoles(
    async (asked): Promise<AwsCredentials> => {
      state.calls.push(asked);
      if (state.fail) throw new Error('AccessDenied');
      const expiration = new Date(state.now + 60 * minute);
      return { accessKeyId: `key${state.calls.length}`, secretAccessKey: 's', expiration };
    },
    () => state.now,
  );
  return { state, roles };
}

it('assumes a role once for many who ask at the same time', async () => {
  const { state, roles } = setup();
  await Promise.all(Array.from({ length: 20 }, () => roles.credentials(session)));
  expect(state.calls).toHaveLength(1);
});

it.each([
  ['54 minutes', 54, 'key1'],
  ['56 minutes', 56, 'key2'],
  ['61 minutes', 61, 'key2'],
])('after %s of an hour, gives the credentials %3$s', async (_, minutes, key) => {
  const { state, roles } = setup();
  await roles.credentials(session);
  state.now = minutes * minute;
  expect((await roles.credentials(session)).accessKeyId).toBe(key);
});

it('serves what it has while renewing fails, and fails only once that has ended', async () => {
  const { state, roles } = setup();
  await roles.credentials(session);
  state.fail = true;
  state.now = 57 * minute;
  expect((await roles.credentials(session)).accessKeyId).toBe('key1');
  state.now = 60 * minute;
  await expect(roles.credentials(session)).rejects.toThrow('AccessDenied');
  state.fail = false;
  expect((await roles.credentials(session)).accessKeyId).toBe('key4');
});

it.each([
  ['another external id', { ...session, externalId: 'y' }],
  ['no external id', { ...session, externalId: null }],
  ['another session name', { ...session, sessionName: 'crosstrail-2' }],
  ['another role', { ...session, roleArn: `${session.roleArn}2` }],
])('does not share the session of a role with %s', async (_, other) => {
  const { state, roles } = setup();
  await roles.credentials(session);
  await roles.credentials(other);
  expect(state.calls).toEqual([session, other]);
});
