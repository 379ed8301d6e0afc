import { createClient } from 'graphql-sse';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { minuteMs } from '../../src/lib/time.js';
import { type AlarmProgram, changesHeard, type HeardChange, openAlarmProgram } from '../support/alarm-program.js';
import { adminToken, ask, post } from '../support/app.js';
import { connectDirectory } from '../support/buckets.js';
import { Collector } from '../support/collector.js';
import { eventually } from '../support/eventually.js';

/* Alarms on log files with the whole program, as their users meet them. Truth: the schema, and CloudWatch's guide. */

vi.setConfig({ testTimeout: 120_000, hookTimeout: 60_000 });

let program: AlarmProgram;
beforeAll(async () => {
  program = await openAlarmProgram();
  await program.putHook('hook');
  await connectDirectory(program.url, program.bucket);
});
afterAll(() => program.stop());

const putFilter = (name: string) =>
  program.mutate(
    'putMetricFilter',
    'PutMetricFilterInput',
    {
      ...{ name, filterPattern: `{ $.eventName = "${name}" }` },
      metricTransformations: [{ metricNamespace: 'Trail', metricName: name, metricValue: '1' }],
    },
    'metricFilter { name }',
  );
const alarmOn = (metricName: string, more: object = {}) => ({
  ...{ alarmName: metricName, namespace: 'Trail', metricName, statistic: 'Sum', period: 60, evaluationPeriods: 1 },
  ...{ threshold: 1, comparisonOperator: 'GreaterThanOrEqualToThreshold', treatMissingData: 'notBreaching' },
  ...more,
});

async function historyOf(id: string): Promise<{ historyItemType: string; historySummary: string }[]> {
  const query = 'query ($id: ID!) { alarm(id: $id) { history { nodes { historyItemType historySummary } } } }';
  type History = { alarm: { history: { nodes: { historyItemType: string; historySummary: string }[] } } };
  return (await ask<History>(program.url, query, { id })).alarm.history.nodes;
}

it('takes a breach from its log file to subscribers of both kinds and to a webhook, and tells what is behind it', async () => {
  const sse = createClient({
    url: `${program.url}/graphql/stream`,
    headers: { authorization: `Bearer ${adminToken}` },
  });
  const streamed = new Collector<HeardChange>();
  sse.subscribe<{ alarmStateChanged: HeardChange }>(
    { query: changesHeard },
    {
      next: ({ data }) => data && streamed.push(data.alarmStateChanged),
      error: () => undefined,
      complete: () => undefined,
    },
  );
  // The first message is a cursor, with nothing yet.
  expect((await streamed.until(1))[0]).toEqual({ cursor: expect.any(String), change: null });
  expect(program.heard.items[0]).toEqual({ cursor: expect.any(String), change: null });
  await putFilter('CreateAccessKey');
  const { id } = (await program.putAlarm(alarmOn('CreateAccessKey', { alarmActions: ['hook'] }))).alarm;
  await program.came('CreateAccessKey', 'OK');
  const time = Date.now() - minuteMs;
  program.writeFile('CreateAccessKey', time, time);
  const change = await program.came('CreateAccessKey', 'ALARM');
  expect(change).toMatchObject({ previousState: 'OK', revision: 1, supersedes: null });
  expect(Date.parse(change.timestamp)).toBeLessThanOrEqual(Date.parse(change.detectedAt));
  expect(Date.parse(change.timestamp)).toBeGreaterThan(time);
  await streamed.until((message) => message.change?.id === change.id);

  const [request] = await program.receiver.got(1);
  expect(JSON.parse(request?.body ?? '')).toMatchObject({
    version: '0',
    source: 'aws.cloudwatch',
    'detail-type': 'CloudWatch Alarm State Change',
    detail: { alarmName: 'CreateAccessKey', state: { value: 'ALARM' }, previousState: { value: 'OK' } },
  });
  const history = await eventually(
    () => historyOf(id),
    (items) => items.some(({ historyItemType }) => historyItemType === 'Action'),
  );
  expect(history.map(({ historyItemType, historySummary }) => [historyItemType, historySummary])).toEqual([
    ['Action', 'Successfully executed action hook'],
    ['StateUpdate', 'Alarm updated from OK to ALARM'],
    ['StateUpdate', 'Alarm updated from INSUFFICIENT_DATA to OK'],
    ['ConfigurationUpdate', 'Alarm "CreateAccessKey" created'],
  ]);
  const related = 'query ($id: ID!) { alarm(id: $id) { relatedEvents { edges { relation node { eventName } } } } }';
  expect(await ask(program.url, related, { id })).toEqual({
    alarm: { relatedEvents: { edges: Array(2).fill({ relation: 'CAUSE', node: { eventName: 'CreateAccessKey' } }) } },
  });
  expect(program.receiver.received).toHaveLength(1);
  sse.dispose();
});

it('corrects what it told when a file comes late, and the feed tells the whole of it', async () => {
  await putFilter('DeleteTrail');
  const { id } = (await program.putAlarm(alarmOn('DeleteTrail', { evaluationDelay: 0 }))).alarm;
  const minute = Math.floor(Date.now() / minuteMs) * minuteMs - 20 * minuteMs;
  program.writeFile('DeleteTrail', minute);
  await program.came('DeleteTrail', 'ALARM');
  const isTold = ({ change }: HeardChange) => change?.alarmName === 'DeleteTrail' && change.previousState === 'ALARM';
  const wrong = (await program.heard.until(isTold)).find(isTold)?.change;
  expect(Date.parse(wrong?.timestamp ?? '')).toBe(minute + 4 * minuteMs);
  program.writeFile('DeleteTrail', minute + 2 * minuteMs);
  const right = await program.came('DeleteTrail', 'OK', 2);
  expect(right).toMatchObject({ previousState: 'ALARM', supersedes: wrong?.id });
  expect(Date.parse(right.timestamp)).toBe(minute + 6 * minuteMs);
  const query = `query ($id: ID!) { alarm(id: $id) { transitions { id } }
    alarmFeed(filter: { names: ["DeleteTrail"] }) { changes { id } hasMore } }`;
  type Told = { alarm: { transitions: { id: string }[] }; alarmFeed: { changes: { id: string }[]; hasMore: boolean } };
  const { alarm, alarmFeed } = await ask<Told>(program.url, query, { id });
  const told = program.heard.items.flatMap(({ change }) => (change?.alarmName === 'DeleteTrail' ? [change.id] : []));
  expect(alarmFeed).toEqual({ changes: told.map((each) => ({ id: each })), hasMore: false });
  const transitions = alarm.transitions.map((each) => each.id);
  expect(transitions).toContain(right.id);
  expect(transitions).not.toContain(wrong?.id);
});

it('puts a state by hand, keeps actions back, and deletes', async () => {
  const { id } = (await program.putAlarm(alarmOn('Quiet', { alarmActions: ['hook'], treatMissingData: 'missing' })))
    .alarm;
  const before = program.receiver.received.length;
  const names = { alarmNames: ['Quiet'] };
  await program.mutate('disableAlarmActions', 'AlarmNamesInput', names, 'alarms { actionsEnabled }');
  await program.setState('Quiet', 'ALARM');
  expect(await program.came('Quiet', 'ALARM')).toMatchObject({ stateReason: 'by hand' });
  // Its next evaluation takes that back: without any data there is nothing to tell.
  expect(await program.came('Quiet', 'INSUFFICIENT_DATA')).toMatchObject({ previousState: 'ALARM' });
  await program.mutate('enableAlarmActions', 'AlarmNamesInput', names, 'alarms { actionsEnabled }');
  await program.setState('Quiet', 'ALARM');
  await program.receiver.got(before + 1);
  expect(program.receiver.received).toHaveLength(before + 1);
  const deleted = await program.mutate('deleteAlarms', 'AlarmNamesInput', names, 'alarms { id state }');
  expect(deleted).toEqual({ alarms: [{ id, state: expect.any(String) }] });
  expect(await ask(program.url, 'query ($id: ID!) { alarm(id: $id) { id } }', { id })).toEqual({ alarm: null });
});

it('changes nothing when the same is put again', async () => {
  const alarm = alarmOn('Twice', { tags: { team: 'shop' } });
  const { id } = (await program.putAlarm(alarm)).alarm;
  expect((await program.putAlarm(alarm)).alarm.id).toBe(id);
  const configured = (await historyOf(id)).filter(({ historyItemType }) => historyItemType === 'ConfigurationUpdate');
  expect(configured).toHaveLength(1);
});

it.each<[string, string, string, object, object]>([
  [
    'an expression',
    'putMetricAlarm',
    'MetricAlarmInput',
    {
      ...{ alarmName: 'bad', evaluationPeriods: 1, threshold: 1, comparisonOperator: 'GreaterThanThreshold' },
      metrics: [
        {
          id: 'm1',
          metricStat: { metric: { namespace: 'a', metricName: 'b' }, period: 60, stat: 'Sum' },
          returnData: false,
        },
        { id: 'e1', expression: 'm1 + * 2' },
      ],
    },
    { argument: 'input.metrics[1].expression', position: 5 },
  ],
  [
    'the rule of a composite alarm',
    'putCompositeAlarm',
    'PutCompositeAlarmInput',
    { alarmName: 'bad', alarmRule: 'ALARM(a) ANDD OK(b)' },
    { argument: 'input.alarmRule', position: 9 },
  ],
  ['a period', 'putMetricAlarm', 'MetricAlarmInput', { ...alarmOn('bad'), period: 61 }, { argument: 'input.period' }],
  ['a name', 'putMetricAlarm', 'MetricAlarmInput', alarmOn(''), { argument: 'input.alarmName' }],
  [
    'data of a reason',
    'setAlarmState',
    'SetAlarmStateInput',
    { alarmName: 'Twice', stateValue: 'OK', stateReason: 'r', stateReasonData: '{"a": "\\u0000"}' },
    { argument: 'input.stateReasonData' },
  ],
])('says what is wrong with %s', async (_what, mutation, type, input, extensions) => {
  const query = `mutation ($input: ${type}!) { ${mutation}(input: $input) { __typename } }`;
  const { errors } = await post(program.url, adminToken, query, { input });
  expect(errors?.[0]?.extensions).toMatchObject({ code: 'BAD_USER_INPUT', ...extensions });
});
