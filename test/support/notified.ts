import type { QueueMessage } from '../../src/sources/notification-queue.port.js';
import type { Source } from '../../src/sources/source.entity.js';
import type { SourceInput } from '../../src/sources/source.inputs.js';
import { A, admin, B, startCollection } from './collection.js';
import { FakeAws } from './fake-aws.js';

/** Sources that are told of their files, on a database of the test's own. */
export async function startNotified() {
  const aws = new FakeAws();
  const endpointUrl = await aws.start();
  const hubCredentials = async () => ({ accessKeyId: 'hub', secretAccessKey: 's' });
  const collection = await startCollection({ aws: { endpointUrl, region: 'eu-west-1', hubCredentials } });
  const { database } = collection;
  let sent = 0;

  const queueUrl = (name = 'trail') => `${endpointUrl}/${A}/${name}`;
  const connect = (input: Partial<SourceInput> = {}) =>
    collection.sources.create(admin, {
      type: 'S3_NOTIFICATIONS',
      bucket: 'central',
      queueUrl: queueUrl(),
      accountIds: [A, B],
      ...input,
    });
  const message = (body: string | object): QueueMessage => {
    const id = `message-${sent++}`;
    return { id, body: typeof body === 'string' ? body : JSON.stringify(body), receipt: `${id}#1` };
  };
  return {
    aws,
    collection,
    queueUrl,
    connect,
    message,
    take: (source: Source, ...bodies: (string | object)[]) =>
      collection.notifications.take(source.id, bodies.map(message)),
    rows: (columns: string) => database.query(`SELECT ${columns} FROM log_file ORDER BY key`),
    shown: (source: Source) => collection.sources.find(admin.accounts, source.id),
    clear: async () => {
      await database.query('TRUNCATE log_file, log_file_revision, account, source, deleted_account CASCADE');
      aws.buckets.clear();
      aws.calls.length = 0;
    },
    stop: async () => {
      await collection.stop();
      await aws.stop();
    },
  };
}

export type Notified = Awaited<ReturnType<typeof startNotified>>;
