import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { CreateBucketCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type AwsIdentity, createAwsSessions } from '../../../src/platform/aws/aws-sessions.js';
import { A, admin, B, C, type Collection, logKey, startCollection } from '../../support/collection.js';
import { describeUnless } from '../../support/describe-unless.js';

const missing = spawnSync('moto_server', ['--help']).status === 0 ? null : 'there is no moto_server on PATH';
const D = '444444444444';
const E = '555555555555';
const central = '999999999999';
const now = new Date();
const { signal } = new AbortController();
const identity = (accountId: string): AwsIdentity => ({
  roleArn: `arn:aws:iam::${accountId}:role/crosstrail`,
  externalId: 'external-id',
});
const awsOptions = (endpointUrl: string) => ({
  endpointUrl,
  region: 'us-east-1',
  hubCredentials: async () => ({ accessKeyId: 'hub', secretAccessKey: 'hub' }),
});

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

describeUnless(missing, 'against moto', () => {
  let moto: ChildProcess;
  let collection: Collection;

  beforeAll(async () => {
    const port = await freePort();
    const url = `http://127.0.0.1:${port}`;
    moto = spawn('moto_server', ['-H', '127.0.0.1', '-p', String(port)], { stdio: 'ignore', detached: true });
    for (;;) {
      if (moto.exitCode !== null) throw new Error(`moto_server ended with ${moto.exitCode}`);
      if (
        await fetch(`${url}/moto-api/`).then(
          (answer) => answer.ok,
          () => false,
        )
      )
        break;
      await delay(100);
    }
    const aws = createAwsSessions(awsOptions(url));
    const fill = async (owner: string, bucket: string, counts: Record<string, number>) => {
      const client = aws.s3(identity(owner), null);
      await client.send(new CreateBucketCommand({ Bucket: bucket }));
      for (const [accountId, count] of Object.entries(counts)) {
        for (let index = 0; index < count; index += 1) {
          const Key = logKey(accountId, now, `f${index}`);
          await client.send(new PutObjectCommand({ Bucket: bucket, Key, Body: `${accountId} ${index}` }));
        }
      }
    };
    await fill(A, 'logs-a', { [A]: 3, [B]: 1 });
    await fill(B, 'logs-b', { [B]: 4 });
    await fill(C, 'logs-c', { [C]: 5 });
    await fill(central, 'logs-central', { [D]: 6, [E]: 7, [A]: 1 });
    aws.stop();
    collection = await startCollection({ aws: awsOptions(url) });
  });

  afterAll(async () => {
    await collection?.stop();
    if (moto?.pid !== undefined && moto.exitCode === null) {
      const ended = once(moto, 'exit');
      // The group of its own: pyenv's shim starts the server as a child.
      process.kill(-moto.pid, 'SIGTERM');
      await ended;
    }
  });

  it('three accounts with a bucket each and a central bucket for two more end with the right files', async () => {
    for (const [accountId, bucket] of [
      [A, 'logs-a'],
      [B, 'logs-b'],
      [C, 'logs-c'],
    ] as const) {
      const sources = [{ type: 'S3_LISTING' as const, bucket }];
      await collection.sources.createAccount(admin, { accountId, ...identity(accountId), sources });
    }
    const shared = { type: 'S3_LISTING' as const, bucket: 'logs-central', accountIds: [D, E], ...identity(central) };
    await collection.sources.create(admin, shared);
    for (const source of await collection.sources.list(admin.accounts)) {
      await collection.s3Discovery.pass(source, now, signal);
      expect(await collection.checks.source(admin, source.id)).toMatchObject({ ok: true });
    }
    expect(await collection.aws.hubArn()).toMatch(/^arn:aws:/);
    const counts = await collection.database.query(
      'SELECT account_id AS id, count(*)::integer AS count FROM log_file GROUP BY 1 ORDER BY 1',
    );
    expect(counts).toEqual([
      { id: A, count: 3 },
      { id: B, count: 4 },
      { id: C, count: 5 },
      { id: D, count: 6 },
      { id: E, count: 7 },
    ]);
    for (let left = 25; left > 0; ) {
      const { files } = await collection.ledger.claim({ maxFiles: 10, maxBytes: 1e6, leaseSeconds: 60 });
      left -= files.length;
      for (const file of files) {
        const object = await (await collection.stores.forSource(file.sourceId)).open(file.key, signal);
        let text = '';
        for await (const chunk of object.body) text += Buffer.from(chunk).toString();
        expect([text.slice(0, 12), object.etag]).toEqual([file.accountId, file.etag]);
      }
    }
  });
});
