import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { ask, openTestApp } from '../support/app.js';
import { generatedBucket, recordsOf } from '../support/buckets.js';
import { eventually } from '../support/eventually.js';
import { FakeAws } from '../support/fake-aws.js';
import { cloudTrailDelivery, s3Event } from '../support/notifications.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';

/* From a file in a bucket and a message about it to events that a client sees, by the whole program. */

const aws = new FakeAws();
const files = generatedBucket({ files: 4, recordsPerFile: 5 });
const region = 'eu-west-1';
let test: TestDatabase;
let app: Awaited<ReturnType<typeof openTestApp>>;
let queueUrl: string;

beforeAll(async () => {
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'hub');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 's');
  test = await createTestDatabase();
  const awsEndpointUrl = await aws.start();
  queueUrl = `${awsEndpointUrl}/111122223333/trail`;
  app = await openTestApp('all', { databaseUrl: test.url, awsEndpointUrl });
});
afterAll(async () => {
  await app.stop();
  await aws.stop();
  await test.drop();
  vi.unstubAllEnvs();
});

const allEvents = async () =>
  (await ask<{ events: { totalCount: number } }>(app.url, '{ events { totalCount } }')).events.totalCount;

it('a client sees the events of a file as soon as a message tells of it', async () => {
  // The listing that comes with a new source finds the bucket empty; the next is a minute away.
  aws.buckets.set('central', new Map());
  aws.sqs.queues.set(queueUrl, []);
  const input = { type: 'S3_NOTIFICATIONS', bucket: 'central', queueUrl, region, discoverAccounts: true };
  const { createSource } = await ask<{ createSource: { source: { id: string } } }>(
    app.url,
    'mutation ($input: SourceInput!) { createSource(input: $input) { source { id } } }',
    { input },
  );
  for (const { key, body } of files) aws.put('central', key, body);
  const [first, second, ...rest] = files.map(({ key, body }) => ({ key, size: body.length }));
  aws.sqs.send(queueUrl, s3Event('central', first ?? { key: '' }), 'not for us');
  aws.sqs.send(queueUrl, cloudTrailDelivery('central', second?.key ?? '', ...rest.map(({ key }) => key)));
  const expected = files.reduce((sum, file) => sum + recordsOf(file).length, 0);
  await eventually(allEvents, (count) => count === expected);
  await eventually(
    async () => aws.sqs.left(queueUrl),
    (left) => left === 0,
  );
  const fields = 'queueUrl messagesReceived messagesSetAside objectsIgnored lastMessageAt filesPending filesFailed';
  const answer = await ask<object>(
    app.url,
    `query ($id: ID!) {
      source(id: $id) { ${fields} }
      setAsideNotifications(sourceId: $id) { totalCount nodes { reason body } }
    }`,
    { id: createSource.source.id },
  );
  expect(answer).toEqual({
    source: {
      queueUrl,
      messagesReceived: 3,
      messagesSetAside: 1,
      objectsIgnored: 0,
      lastMessageAt: expect.any(String),
      filesPending: 0,
      filesFailed: 0,
    },
    setAsideNotifications: { totalCount: 1, nodes: [{ reason: 'it is not JSON', body: 'not for us' }] },
  });
});
