import { afterAll, expect, it } from 'vitest';
import { createAwsSessions } from './aws-sessions.js';

const hubCredentials = async () => ({ accessKeyId: 'hub', secretAccessKey: 's' });
const sessions = createAwsSessions({ region: 'eu-west-1', hubCredentials, socketTimeoutMs: 1000 });
afterAll(() => sessions.stop());

const hub = { roleArn: null, externalId: null };
const role = { roleArn: 'arn:aws:iam::111111111111:role/r', externalId: 'ext' };

it.each([
  ['the same identity, region and owner', role, 'eu-west-1', 'source-a', true],
  // Each client stops retrying by itself, when too much of what it asked failed.
  ['another owner', role, 'eu-west-1', 'source-b', false],
  ['another region', role, 'us-east-1', 'source-a', false],
  ['another external id', { ...role, externalId: null }, 'eu-west-1', 'source-a', false],
  ['a role on the way', { ...role, via: { roleArn: role.roleArn, externalId: null } }, 'eu-west-1', 'source-a', false],
  ['no role', hub, 'eu-west-1', 'source-a', false],
])('a client of S3 for %s is the same: %5$s', (_, identity, region, owner, same) => {
  const first = sessions.s3(role, 'eu-west-1', 'source-a');
  expect(sessions.s3(identity, region, owner) === first).toBe(same);
});

it('a long poll of SQS may last 20 s longer than other calls, on sockets of its own', async () => {
  // The handler has its settings from its first request on; before that they stand in what it was made with.
  const settingsOf = (client: { config: { requestHandler: object } }) =>
    Reflect.get(client.config.requestHandler, 'configProvider') as Promise<Record<string, unknown>>;
  const s3 = await settingsOf(sessions.s3(hub, 'eu-west-1'));
  const sqs = await settingsOf(sessions.sqs(hub, 'eu-west-1'));
  expect([s3['socketTimeout'], sqs['socketTimeout']]).toEqual([1000, 21_000]);
  expect(s3['httpsAgent']).not.toBe(sqs['httpsAgent']);
  expect(s3['httpsAgent']).toBe((await settingsOf(sessions.cloudTrail(role, 'us-east-1')))['httpsAgent']);
});

it.each(['sns', 'sqs', 'eventBridge', 'lambda', 'kinesis', 'firehose'] as const)(
  'what is sent by %s is sent once, on the sockets of ordinary calls',
  async (service) => {
    const client = sessions.sends[service](role, 'eu-west-1');
    expect(await client.config.maxAttempts()).toBe(1);
    const settings = (await Reflect.get(client.config.requestHandler, 'configProvider')) as Record<string, unknown>;
    const s3 = (await Reflect.get(sessions.s3(hub, 'eu-west-1').config.requestHandler, 'configProvider')) as object;
    expect(settings['socketTimeout']).toBe(1000);
    expect(settings['httpsAgent']).toBe(Reflect.get(s3, 'httpsAgent'));
    expect(sessions.sends[service](role, 'eu-west-1')).toBe(client);
    expect(sessions.sends[service](role, 'us-east-1')).not.toBe(client);
  },
);
