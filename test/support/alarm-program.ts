import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { adminToken, ask, openTestApp } from './app.js';
import { Collector } from './collector.js';
import { graphqlWsClient, listen } from './live-client.js';
import { openReceiver } from './receiver.js';
import { createTestDatabase } from './test-database.js';

/** A message of `alarmStateChanged`. */
export interface HeardChange {
  readonly cursor: string;
  readonly change: {
    readonly id: string;
    readonly alarmName: string;
    readonly previousState: string;
    readonly state: string;
    readonly stateReason: string;
    readonly timestamp: string;
    readonly detectedAt: string;
    readonly revision: number;
    readonly supersedes: string | null;
  } | null;
}

/** What subscribers of these tests ask for. */
export const changesHeard = `subscription { alarmStateChanged { cursor change {
  id alarmName previousState state stateReason timestamp detectedAt revision supersedes
} } }`;

const account = '111111111111';

/** The whole program with a bucket that it looks into, a receiver for what it delivers, and a subscriber of all changes. */
export async function openAlarmProgram() {
  const test = await createTestDatabase();
  const settings = { databaseUrl: test.url, allowedNetworks: '127.0.0.1', discoverySeconds: 1 };
  const app = await openTestApp('all', settings);
  const receiver = await openReceiver();
  const bucket = mkdtempSync(join(tmpdir(), 'crosstrail-alarms-'));
  const client = graphqlWsClient(app.url, `Bearer ${adminToken}`);
  const heard = new Collector<HeardChange>();
  const { stop } = listen<{ alarmStateChanged: HeardChange }>(
    client,
    { query: changesHeard },
    ({ alarmStateChanged }) => heard.push(alarmStateChanged),
  );
  await heard.until(1);
  let files = 0;
  const mutate = <T = Record<string, never>>(mutation: string, type: string, input: object, fields: string) =>
    ask<Record<string, T>>(app.url, `mutation ($input: ${type}!) { ${mutation}(input: $input) { ${fields} } }`, {
      input,
    }).then((answer) => answer[mutation] as T);

  return {
    url: app.url,
    receiver,
    bucket,
    heard,
    mutate,
    /** What was told of an alarm so far, each as `from to`. */
    toldOf: (alarmName: string) =>
      heard.items.flatMap(({ change }) =>
        change?.alarmName === alarmName ? [`${change.previousState} ${change.state}`] : [],
      ),
    /** Resolves with the first change of an alarm to a state that the subscriber hears. */
    async came(alarmName: string, state: string, revision = 1): Promise<NonNullable<HeardChange['change']>> {
      const isIt = ({ change }: HeardChange) =>
        change?.alarmName === alarmName && change.state === state && change.revision === revision;
      return (await heard.until(isIt)).find(isIt)?.change as NonNullable<HeardChange['change']>;
    },
    putAlarm: (input: object) =>
      mutate<{ alarm: { id: string } }>('putMetricAlarm', 'MetricAlarmInput', input, 'alarm { id }'),
    putComposite: (input: object) =>
      mutate<{ alarm: { id: string } }>('putCompositeAlarm', 'PutCompositeAlarmInput', input, 'alarm { id }'),
    putData: (metricName: string, datum: object) =>
      mutate(
        'putMetricData',
        'PutMetricDataInput',
        { namespace: 'Shop', metricData: [{ metricName, ...datum }] },
        '__typename',
      ),
    setState: (alarmName: string, stateValue: string) =>
      mutate(
        'setAlarmState',
        'SetAlarmStateInput',
        { alarmName, stateValue, stateReason: 'by hand' },
        'alarm { state }',
      ),
    putHook: (name: string) =>
      mutate('putTarget', 'PutTargetInput', { name, type: 'WEBHOOK', url: `${receiver.url}/${name}` }, 'secret'),
    /** A log file of calls at some times, put where the source looks. */
    writeFile(eventName: string, ...times: number[]): void {
      const Records = times.map((time) => ({
        eventVersion: '1.08',
        eventID: `00000000-0000-4000-8000-${String(++files).padStart(12, '0')}`,
        eventTime: `${new Date(time).toISOString().slice(0, 19)}Z`,
        ...{ eventSource: 'iam.amazonaws.com', eventName, awsRegion: 'eu-central-1', eventType: 'AwsApiCall' },
        userIdentity: {
          type: 'IAMUser',
          arn: `arn:aws:iam::${account}:user/mallory`,
          accessKeyId: 'AKIAIOSFODNN7EXAMPLE',
        },
        sourceIPAddress: '203.0.113.9',
      }));
      const file = `${account}_CloudTrail_eu-central-1_20261122T1205Z_${String(++files).padStart(16, 'a')}.json.gz`;
      const path = join(bucket, `AWSLogs/${account}/CloudTrail/eu-central-1/2026/11/22/${file}`);
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, gzipSync(JSON.stringify({ Records })));
    },
    async stop(): Promise<void> {
      stop();
      await client.dispose();
      await app.stop();
      await receiver.stop();
      await test.drop();
      rmSync(bucket, { recursive: true, force: true });
    },
  };
}
export type AlarmProgram = Awaited<ReturnType<typeof openAlarmProgram>>;
