import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ask, openTestApp } from '../support/app.js';
import { allRead, connectDirectory } from '../support/buckets.js';
import { describeUnless } from '../support/describe-unless.js';
import { eventually } from '../support/eventually.js';
import { openReceiver, type Receiver } from '../support/receiver.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';

// Truth: the records of the files themselves.
const bucket = join(process.env['CROSSTRAIL_SAMPLE_DIR'] ?? join(process.cwd(), '../shared/data'), 'bucket');
const missing = existsSync(bucket) ? null : `no real log files at ${bucket} (set CROSSTRAIL_SAMPLE_DIR)`;

/** Whoever blinds the trail. */
const blinding = ['DeleteTrail', 'StopLogging', 'UpdateTrail', 'PutEventSelectors'];

interface SampleRecord {
  readonly eventID: string;
  readonly eventName: string;
  readonly eventSource: string;
}

function attacks(): SampleRecord[] {
  const paths = readdirSync(bucket, { recursive: true, encoding: 'utf8' }).filter((path) =>
    /\/CloudTrail\/.*\.gz$/.test(path),
  );
  const records = paths.flatMap(
    (path) =>
      (JSON.parse(gunzipSync(readFileSync(join(bucket, path))).toString()) as { Records: SampleRecord[] }).Records,
  );
  const found = records.filter(
    ({ eventName, eventSource }) => eventSource === 'cloudtrail.amazonaws.com' && blinding.includes(eventName),
  );
  return [...new Map(found.map((record) => [record.eventID, record])).values()];
}

describeUnless(missing, 'attacks of the sample, from their log files to a channel of Slack', () => {
  let test: TestDatabase;
  let app: Awaited<ReturnType<typeof openTestApp>>;
  let slack: Receiver;

  beforeAll(async () => {
    test = await createTestDatabase();
    app = await openTestApp('all', { databaseUrl: test.url, allowedNetworks: '127.0.0.1' });
    slack = await openReceiver((_request, response) => response.writeHead(200).end('ok'));
  });
  afterAll(async () => {
    await app.stop();
    await slack.stop();
    await test.drop();
  });

  it('tells of each call that blinds a trail once, in words', async () => {
    const eventPattern = { source: ['aws.cloudtrail'], detail: { eventName: blinding } };
    await ask(
      app.url,
      `mutation ($target: PutTargetInput!, $rule: PutRuleInput!, $targets: PutRuleTargetsInput!) {
        putTarget(input: $target) { target { settings } } putRule(input: $rule) { rule { name } }
        putRuleTargets(input: $targets) { rule { name } }
      }`,
      {
        target: { name: 'security', type: 'SLACK', url: `${slack.url}/services/T0/B0/secret` },
        rule: { name: 'blinded', eventPattern },
        targets: { rule: 'blinded', targets: [{ id: 'slack', target: 'security' }] },
      },
    );
    await connectDirectory(app.url, bucket);
    const expected = attacks();
    expect(expected.length).toBeGreaterThan(5);
    await slack.got(expected.length);
    await allRead(app.url, 97);
    const counts = () =>
      test.database.query<{ state: string; count: number }>(
        'SELECT state, count(*)::integer AS count FROM delivery GROUP BY state',
      );
    await eventually(counts, ([row]) => row?.state === 'DELIVERED' && row.count === expected.length);
    expect(slack.received).toHaveLength(expected.length);
    for (const { body, path } of slack.received) {
      expect(path).toBe('/services/T0/B0/secret');
      const message = JSON.parse(body) as { text: string; blocks: unknown[] };
      expect(blinding.some((name) => message.text.includes(name))).toBe(true);
      expect(message.blocks.length).toBeGreaterThan(1);
    }
    const told = slack.received.map(({ body }) => blinding.find((name) => body.includes(name)));
    expect(told.sort()).toEqual(expected.map(({ eventName }) => eventName).sort());
    // The same question, asked of what is stored.
    const { dryRunRule } = await ask<{ dryRunRule: { matched: number } }>(
      app.url,
      'query ($eventPattern: JSON!) { dryRunRule(input: { eventPattern: $eventPattern }) { matched isComplete } }',
      { eventPattern },
    );
    expect(dryRunRule).toEqual({ matched: expected.length, isComplete: true });
  });
});
