import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { NotificationPollers } from '../../../src/ingest/notification-pollers.js';
import { queueChecks } from '../../../src/sources/notification-queues/sqs.js';
import type { SourceInput } from '../../../src/sources/source.inputs.js';
import { A, admin, B, type Collection, logKey, startCollection } from '../../support/collection.js';
import { eventually } from '../../support/eventually.js';
import { FakeAws } from '../../support/fake-aws.js';
import { bySns, cloudTrailDelivery, eventBridgeEvent, s3Event } from '../../support/notifications.js';
import { silentLog } from '../../support/silent-log.js';

/* Queues of sources over SQS's own protocol. */

const aws = new FakeAws();
const noon = new Date('2026-11-20T12:00:00Z');
const etag = 'd41d8cd98f00b204e9800998ecf8427e';
const { signal } = new AbortController();
let collection: Collection;
let endpointUrl: string;
let pollers: NotificationPollers;
let rests = 0;

beforeAll(async () => {
  endpointUrl = await aws.start();
  const hubCredentials = async () => ({ accessKeyId: 'hub', secretAccessKey: 's' });
  collection = await startCollection({ aws: { endpointUrl, region: 'eu-central-1', hubCredentials } });
});
afterAll(async () => {
  await collection.stop();
  await aws.stop();
});
beforeEach(async () => {
  await collection.database.query('TRUNCATE log_file, account, source, deleted_account CASCADE');
  aws.sqs.queues.clear();
  aws.sqs.calls.length = 0;
  aws.sqs.fault = () => null;
  aws.sqs.deliversTwice = false;
  rests = 0;
  pollers = new NotificationPollers({
    ...collection,
    telemetry: { taken: () => undefined },
    log: silentLog,
    // A source that fails is tried again at once, but not in a circle that lets nothing else run.
    wait: async () => {
      rests += 1;
      await new Promise((resolve) => setImmediate(resolve));
    },
    random: () => 1,
  });
});

const queueUrl = (name = 'trail') => `${endpointUrl}/${A}/${name}`;
const key = (name: string, accountId = A) => logKey(accountId, noon, name);
const role = `arn:aws:iam::${A}:role/crosstrail`;

async function connect(input: Partial<SourceInput> = {}) {
  return collection.sources.create(admin, {
    type: 'S3_NOTIFICATIONS',
    bucket: 'central',
    queueUrl: queueUrl(),
    accountIds: [A, B],
    ...input,
  });
}

const keys = async () =>
  (await collection.database.query<{ key: string }>('SELECT key FROM log_file ORDER BY key')).map((row) => row.key);
const isEmpty = (name = 'trail') =>
  eventually(
    async () => aws.sqs.left(queueUrl(name)),
    (left) => left === 0,
  );
const shown = (id: string) => collection.sources.find(admin.accounts, id);

/** With the pollers at work, until they have stopped. */
async function polling(work: () => Promise<unknown>): Promise<void> {
  try {
    await pollers.sync();
    await work();
  } finally {
    await pollers.stop();
  }
}

describe('a queue', () => {
  it('is emptied into the ledger, whatever the form of its messages', async () => {
    const source = await connect({ roleArn: role, externalId: 'ext-id', region: 'eu-west-1' });
    const told = { size: 7, etag };
    aws.sqs.send(
      queueUrl(),
      s3Event('central', { key: key('a'), ...told }, { key: key('b'), ...told }),
      bySns(s3Event('central', { key: key('c'), ...told })),
      eventBridgeEvent('central', { key: key('d'), ...told }),
      bySns(eventBridgeEvent('central', { key: key('e'), ...told })),
      cloudTrailDelivery('central', key('f'), key('g')),
      bySns(cloudTrailDelivery('central', key('h'))),
      { Service: 'Amazon S3', Event: 's3:TestEvent' },
      'not for us',
    );
    await polling(() => isEmpty());
    expect(await keys()).toEqual([...'abcdefgh'].map((name) => key(name)));
    expect(await shown(source.id)).toMatchObject({ messagesReceived: 8, messagesSetAside: 1, status: 'ACTIVE' });
    expect(new Set(aws.sqs.calls.map(({ operation }) => operation))).toEqual(
      new Set(['ReceiveMessage', 'DeleteMessageBatch']),
    );
    expect(aws.assumed.at(-1)).toMatchObject({ roleArn: role, externalId: 'ext-id' });
    expect(aws.sqs.calls.every(({ accessKeyId }) => accessKeyId.endsWith('role.crosstrail'))).toBe(true);
    expect(aws.sqs.calls.every(({ region }) => region === 'eu-west-1')).toBe(true);
  });

  it('that is deep is emptied by several receives at once, each message once', async () => {
    await connect();
    const bodies = Array.from({ length: 300 }, (_, index) =>
      s3Event('central', { key: key(`f${index}`), size: 1, etag }),
    );
    aws.sqs.send(queueUrl(), ...bodies);
    await polling(() => isEmpty());
    expect(await keys()).toHaveLength(300);
  });

  it('whose messages are delivered twice makes each file once', async () => {
    const source = await connect();
    aws.sqs.deliversTwice = true;
    const bodies = Array.from({ length: 40 }, (_, index) =>
      s3Event('central', { key: key(`f${index}`), size: 1, etag }),
    );
    // Received a second time before the first is deleted, or never again: both come about.
    aws.sqs.send(queueUrl(), ...bodies, 'not for us');
    await polling(() => isEmpty());
    expect(await keys()).toHaveLength(40);
    expect(await shown(source.id)).toMatchObject({ messagesSetAside: 1 });
  });

  it('is told by a message that comes while it is waited for', async () => {
    await connect();
    aws.sqs.queues.set(queueUrl(), []);
    await polling(async () => {
      await eventually(
        async () => aws.sqs.calls.length,
        (calls) => calls > 0,
      );
      aws.sqs.send(queueUrl(), s3Event('central', { key: key('a'), size: 1, etag }));
      await isEmpty();
    });
    expect(await keys()).toEqual([key('a')]);
  });

  it('keeps what could be written but not deleted, which changes nothing when it comes again', async () => {
    const source = await connect();
    aws.sqs.send(queueUrl(), s3Event('central', { key: key('a'), size: 1, etag }));
    // As when the process is killed between the two.
    aws.sqs.fault = ({ operation }) =>
      operation === 'DeleteMessageBatch' ? { status: 403, code: 'AccessDeniedException' } : null;
    await polling(async () => {
      await eventually(
        async () => (await shown(source.id))?.lastError ?? '',
        (error) => error.includes('sqs:DeleteMessage'),
      );
      expect(await keys()).toEqual([key('a')]);
      await collection.database.query(`UPDATE log_file SET state = 'INGESTED'`);
      aws.sqs.fault = () => null;
      aws.sqs.showAgain();
      await isEmpty();
      await eventually(
        () => shown(source.id),
        (now) => now?.status === 'ACTIVE',
      );
    });
    expect(await collection.database.query('SELECT state, revision FROM log_file')).toEqual([
      { state: 'INGESTED', revision: 1 },
    ]);
    expect(await shown(source.id)).toMatchObject({ lastError: null });
    expect((await shown(source.id))?.messagesReceived).toBeGreaterThan(1);
  });

  it('that fails is told on its source, keeps no other waiting, and heals by itself', async () => {
    const broken = await connect({ queueUrl: queueUrl('gone'), bucket: 'other' });
    await connect();
    aws.sqs.send(queueUrl(), s3Event('central', { key: key('a'), size: 1, etag }));
    await polling(async () => {
      await isEmpty();
      await eventually(
        () => shown(broken.id),
        (now) => now?.status === 'ERROR',
      );
      expect((await shown(broken.id))?.lastError).toMatch(/sqs:ReceiveMessage on http.*\/gone failed/);
      expect(rests).toBeGreaterThan(0);
      aws.sqs.send(queueUrl('gone'), s3Event('other', { key: key('b'), size: 1, etag }));
      await isEmpty('gone');
      await eventually(
        () => shown(broken.id),
        (now) => now?.status === 'ACTIVE' && now.lastPolledAt !== null,
      );
    });
    expect(await keys()).toEqual([key('a'), key('b')]);
  });

  it('is read from when its source is made until that is deleted', async () => {
    await polling(async () => {
      aws.sqs.send(queueUrl(), s3Event('central', { key: key('a'), size: 1, etag }));
      const source = await connect();
      await pollers.sync();
      await isEmpty();
      await collection.sources.delete(admin, source.id);
      await pollers.sync();
      aws.sqs.send(queueUrl(), s3Event('central', { key: key('b'), size: 1, etag }));
      await connect({ queueUrl: queueUrl('second') });
      aws.sqs.send(queueUrl('second'), s3Event('central', { key: key('c'), size: 1, etag }));
      await pollers.sync();
      await isEmpty('second');
    });
    expect(aws.sqs.left(queueUrl())).toBe(1);
    expect(await keys()).toEqual([key('c')]);
  });

  it('is read with the new role as soon as that has changed', async () => {
    const source = await connect({ roleArn: role });
    aws.sqs.queues.set(queueUrl(), []);
    await polling(async () => {
      await eventually(
        async () => aws.sqs.calls.length,
        (calls) => calls > 0,
      );
      await collection.sources.update(admin, { id: source.id, roleArn: `${role}-2` });
      await pollers.sync();
      await eventually(
        async () => aws.sqs.calls.some(({ accessKeyId }) => accessKeyId.endsWith('role.crosstrail-2')),
        (isThere) => isThere,
      );
    });
  });
});

describe('checking a queue', () => {
  const run = async (id: string) => {
    const source = await shown(id);
    if (source === null) throw new Error('no source');
    const outcomes: unknown[] = [];
    for (const check of queueChecks(collection.aws, source, signal)) {
      outcomes.push(
        await check.run().catch((error: Error) => ({ message: error.message, allow: check.statement(check.call) })),
      );
    }
    return outcomes;
  };

  it('takes no message away, and nothing from sight', async () => {
    const source = await connect();
    aws.sqs.send(queueUrl(), 'a message');
    expect(await run(source.id)).toEqual([null, null]);
    expect(aws.sqs.left(queueUrl())).toBe(1);
    expect(await run(source.id)).toEqual([null, null]);
    expect(aws.sqs.queues.get(queueUrl())).toMatchObject([{ receives: 2 }]);
  });

  it.each(['ReceiveMessage', 'DeleteMessage'])('names what allows sqs:%s', async (denied) => {
    const source = await connect({ region: 'eu-west-1' });
    aws.sqs.send(queueUrl(), 'a message');
    aws.sqs.fault = ({ operation }) => (operation === denied ? { status: 403, code: 'AccessDeniedException' } : null);
    expect((await run(source.id)).filter((outcome) => outcome !== null)).toEqual([
      {
        message: expect.stringContaining(`allow sqs:${denied} in its policies`),
        allow: { Effect: 'Allow', Action: `sqs:${denied}`, Resource: `arn:aws:sqs:eu-west-1:${A}:trail` },
      },
    ]);
  });

  it('has nothing to try of a source without one', async () => {
    const source = await connect({ type: 'S3_LISTING', queueUrl: null });
    expect(await run(source.id)).toEqual([]);
  });
});
