import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { hourMs, minuteMs } from '../../src/lib/time.js';
import { type AlarmProgram, openAlarmProgram } from '../support/alarm-program.js';
import { ask } from '../support/app.js';
import { eventually } from '../support/eventually.js';

/* Alarms on metrics that are put as things happen, judged by the clock. Truth: CloudWatch's guide on alarms. */

vi.setConfig({ testTimeout: 180_000, hookTimeout: 60_000 });

let program: AlarmProgram;
beforeAll(async () => {
  program = await openAlarmProgram();
});
afterAll(() => program.stop());

const over5 = (alarmName: string, more: object = {}) => ({
  ...{ alarmName, namespace: 'Shop', metricName: alarmName, statistic: 'Average', period: 60, evaluationPeriods: 1 },
  ...{ threshold: 5, comparisonOperator: 'GreaterThanThreshold' },
  ...more,
});
/** The middle of the last period that is over. */
const justBefore = (periodMs: number) => new Date(Math.floor(Date.now() / periodMs) * periodMs - periodMs / 2);
const metricQuery = (id: string, metricName: string, period: number) => ({
  ...{ id, metricStat: { metric: { namespace: 'Shop', metricName }, period, stat: 'Average' }, returnData: false },
});

describe.concurrent('an alarm on metrics that come as things happen', () => {
  it('of ten seconds goes into ALARM, is OK again, and has insufficient data when they end', async () => {
    await program.putAlarm(over5('Load', { period: 10 }));
    await program.putData('Load', { value: 9, storageResolution: 1 });
    const alarm = await program.came('Load', 'ALARM');
    expect(Date.parse(alarm.timestamp)).toBeLessThanOrEqual(Date.parse(alarm.detectedAt));
    await program.putData('Load', { value: 1, storageResolution: 1 });
    await program.came('Load', 'OK');
    await program.came('Load', 'INSUFFICIENT_DATA');
    expect(program.toldOf('Load')).toEqual(['INSUFFICIENT_DATA ALARM', 'ALARM OK', 'OK INSUFFICIENT_DATA']);
  });

  it('of a minute follows what is put into it', async () => {
    await program.putAlarm(over5('Latency'));
    const timestamp = justBefore(minuteMs);
    await program.putData('Latency', { value: 9, timestamp });
    await program.came('Latency', 'ALARM');
    await program.putData('Latency', { value: -99, timestamp });
    await program.came('Latency', 'OK');
  });

  it('is in ALARM at once where nothing can take its breach back', async () => {
    await program.putAlarm(over5('Orders', { statistic: 'Sum' }));
    await program.putData('Orders', { value: 9 });
    const { timestamp, detectedAt } = await program.came('Orders', 'ALARM');
    expect(timestamp).toBe(detectedAt);
  });

  it('on a percentile waits for enough samples, if it is told to', async () => {
    const percentile = { metricName: 'Samples', statistic: null, extendedStatistic: 'p99' };
    await program.putAlarm(over5('any-samples', percentile));
    await program.putAlarm(over5('many-samples', { ...percentile, evaluateLowSampleCountPercentile: 'ignore' }));
    const timestamp = justBefore(minuteMs);
    await program.putData('Samples', { values: [100], counts: [999], timestamp });
    await program.came('any-samples', 'ALARM');
    expect(program.toldOf('many-samples')).toEqual([]);
    await program.putData('Samples', { values: [100], counts: [1], timestamp });
    await program.came('many-samples', 'ALARM');
  });

  it('on metric math compares what the expression comes to', async () => {
    const rate = { id: 'rate', expression: '100 * errors / requests', label: 'error rate' };
    const metrics = [metricQuery('errors', 'Errors', 60), metricQuery('requests', 'Requests', 60), rate];
    await program.putAlarm({
      ...{
        alarmName: 'error rate',
        evaluationPeriods: 1,
        threshold: 5,
        comparisonOperator: 'GreaterThanThreshold',
        metrics,
      },
    });
    const timestamp = justBefore(minuteMs);
    await program.putData('Requests', { value: 50, timestamp });
    await program.putData('Errors', { value: 4, timestamp });
    const { stateReason } = await program.came('error rate', 'ALARM');
    expect(stateReason).toContain('[8.0 (');
  });

  it('with a band finds what is not as it was for two weeks', async () => {
    const last = Math.floor(Date.now() / hourMs) * hourMs;
    const metricData = Array.from({ length: 13 * 24 }, (_, hours) => ({
      ...{ metricName: 'Visits', value: 100 + (hours % 5), timestamp: new Date(last - (hours + 2) * hourMs) },
    }));
    await program.mutate('putMetricData', 'PutMetricDataInput', { namespace: 'Shop', metricData }, '__typename');
    const band = { id: 'band', expression: 'ANOMALY_DETECTION_BAND(m1, 2)' };
    await program.putAlarm({
      ...{ alarmName: 'Visits', evaluationPeriods: 1, comparisonOperator: 'LessThanLowerOrGreaterThanUpperThreshold' },
      ...{ thresholdMetricId: 'band', metrics: [{ ...metricQuery('m1', 'Visits', 3600), returnData: true }, band] },
    });
    await program.came('Visits', 'OK');
    await program.putData('Visits', { value: 9000, timestamp: justBefore(hourMs) });
    expect((await program.came('Visits', 'ALARM')).stateReason).toMatch(/^Thresholds Crossed: .*upper threshold/);
  });

  it('of others counts them, keeps still while its suppressor is in ALARM, and is an event that rules match', async () => {
    await program.putHook('told');
    for (const name of ['a', 'b', 'c']) await program.putAlarm(over5(name, { treatMissingData: 'ignore' }));
    const actions = { alarmActions: ['told'] };
    await program.putComposite({ alarmName: 'maintenance', alarmRule: 'TRUE' });
    await program.came('maintenance', 'ALARM');
    await program.putComposite({ alarmName: 'two', alarmRule: 'AT_LEAST(2, ALARM, (a, b, c))', ...actions });
    await program.putComposite({
      ...{ alarmName: 'kept back', alarmRule: 'ALARM(a) AND ALARM(b)', actionsSuppressor: 'maintenance', ...actions },
      ...{ actionsSuppressorWaitPeriod: 600, actionsSuppressorExtensionPeriod: 600 },
    });
    await program.mutate('putRule', 'PutRuleInput', { name: 'alarms', eventPattern: alarmsPattern }, 'rule { name }');
    await program.putHook('rule');
    const targets = [{ id: 'one', target: 'rule' }];
    await program.mutate('putRuleTargets', 'PutRuleTargetsInput', { rule: 'alarms', targets }, 'rule { name }');
    await program.setState('a', 'ALARM');
    await program.came('a', 'ALARM');
    expect(program.toldOf('two').filter((change) => change.endsWith(' ALARM'))).toEqual([]);
    await program.setState('b', 'ALARM');
    await program.came('two', 'ALARM');
    await program.came('kept back', 'ALARM');
    const told = await eventually(
      async () => bodiesOf('rule'),
      (bodies) => ['two', 'kept back'].every((name) => bodies.some(({ detail }) => detail.alarmName === name)),
    );
    const stateOf = (name: string) => told.find(({ detail }) => detail.alarmName === name)?.detail.state;
    expect(stateOf('kept back')).toMatchObject({ value: 'ALARM', actionsSuppressedBy: 'Alarm' });
    expect(stateOf('two')).not.toHaveProperty('actionsSuppressedBy');
    const isDone = '{ deliveries(filter: { targets: ["told"], states: [DELIVERED] }) { nodes { alarm } } }';
    const done = await eventually(
      () => ask<{ deliveries: { nodes: { alarm: string }[] } }>(program.url, isDone),
      ({ deliveries }) => deliveries.nodes.length > 0,
    );
    expect(done.deliveries.nodes).toEqual([{ alarm: 'two' }]);
  });
});

const alarmsPattern = {
  source: ['aws.cloudwatch'],
  'detail-type': ['CloudWatch Alarm State Change'],
  detail: { state: { value: ['ALARM'] }, alarmName: ['two', 'kept back'] },
};

interface AlarmEvent {
  readonly detail: { readonly alarmName: string; readonly state: Readonly<Record<string, unknown>> };
}

function bodiesOf(hook: string): AlarmEvent[] {
  return program.receiver.received
    .filter(({ path }) => path === `/${hook}`)
    .map(({ body }) => JSON.parse(body) as AlarmEvent);
}
