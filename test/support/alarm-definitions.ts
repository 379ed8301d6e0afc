import type { Caller } from '../../src/access/context.js';
import type { MetricAlarmInput, PutCompositeAlarmInput } from '../../src/alarms/alarm.inputs.js';
import { AlarmService } from '../../src/alarms/alarm.service.js';
import type { AlarmConfigurationChange } from '../../src/alarms/alarm-configuration-change.port.js';
import { AlarmHistory } from '../../src/alarms/alarm-history.service.js';
import { AlarmWriter } from '../../src/alarms/alarm-writer.service.js';
import { TargetService, type TargetServiceDeps } from '../../src/deliveries/target.service.js';
import { createCursorCodec } from '../../src/lib/cursor.js';
import { CrosstrailError } from '../../src/platform/errors.js';
import { admin } from './collection.js';
import { noon } from './events.js';
import { createTestDatabase } from './test-database.js';

/** Alarms as their owners know them, on a database of the test's own, with a clock that is set by hand. */
export async function openAlarmDefinitions() {
  const test = await createTestDatabase({ poolSize: 8 });
  const { database } = test;
  const clock = { time: noon };
  const now = () => new Date(clock.time);
  const audited: { caller: Caller; action: string; target: string; accountIds: readonly string[] | null }[] = [];
  const told: AlarmConfigurationChange[] = [];
  const woken = { times: 0 };
  const audit = {
    record: async (caller: Caller, entry: { action: string; target: string; accountIds: readonly string[] | null }) =>
      void audited.push({ caller, ...entry }),
  };
  const cursors = createCursorCodec(Buffer.alloc(32, 1));
  const history = new AlarmHistory({ database, cursors });
  // Of targets only those that are there are asked for.
  const targets = new TargetService({} as TargetServiceDeps);
  const onAlarmsChanged = async (_: unknown, changes: readonly AlarmConfigurationChange[]) =>
    void told.push(...changes);
  const writer = new AlarmWriter({ targets, onAlarmsChanged, now }, history);
  const onDue = async () => {
    woken.times += 1;
  };
  const service = new AlarmService({ database, audit, cursors, onDue }, writer);

  return {
    database,
    service,
    writer,
    history,
    clock,
    audited,
    told,
    woken,
    put: (input: Partial<MetricAlarmInput>, caller: Caller = admin) =>
      service.putMetric(caller, { ...plainAlarm, ...input }),
    putComposite: (alarmName: string, alarmRule: string, more: Partial<PutCompositeAlarmInput> = {}, caller = admin) =>
      service.putComposite(caller, { alarmName, alarmRule, ...more }),
    makeTarget: (name: string, accountIds: readonly string[] | null = null) =>
      database.query(
        `INSERT INTO target (name, type, account_ids, settings, secrets, is_ordered, max_concurrency, max_age_seconds,
           timeout_seconds) VALUES ($1, 'WEBHOOK', $2, '{}', '', false, 1, 60, 1)`,
        [name, accountIds],
      ),
    async clear(): Promise<void> {
      await database.query(
        'TRUNCATE alarm, alarm_definition, alarm_history, alarm_change, metric_watch, target CASCADE',
      );
      for (const list of [audited, told]) list.length = 0;
      Object.assign(clock, { time: noon });
      woken.times = 0;
    },
    stop: () => test.drop(),
  };
}

export type AlarmDefinitions = Awaited<ReturnType<typeof openAlarmDefinitions>>;

/** An alarm that nothing is special about. */
export const plainAlarm: MetricAlarmInput = {
  alarmName: 'errors',
  namespace: 'Shop',
  metricName: 'Errors',
  statistic: 'Sum',
  period: 300,
  evaluationPeriods: 1,
  threshold: 1,
  comparisonOperator: 'GreaterThanOrEqualToThreshold',
};

/** What something was refused with. */
export async function refusalOf(
  work: Promise<unknown>,
): Promise<{ code: string; message: string; argument?: unknown }> {
  try {
    await work;
  } catch (error) {
    if (!(error instanceof CrosstrailError)) throw error;
    const { argument } = error.details;
    return { code: error.code, message: error.message, ...(argument === undefined ? {} : { argument }) };
  }
  throw new Error('it was not refused');
}
