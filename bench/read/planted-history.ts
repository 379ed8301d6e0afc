import { parseMetricAlarm } from '../../src/alarms/alarm-settings.js';
import type { Database } from '../../src/platform/database/database.js';
import { alarmCaller, writeAlarms } from '../alarms/alarm-writing.js';

const alarms = 120;
const itemsOfAlarm = 20;

/** Alarms, each with its making and its changes of state in its history. */
export async function plantAlarmHistory(database: Database): Promise<void> {
  const definitions = Array.from({ length: alarms }, (_, index) =>
    parseMetricAlarm(
      {
        alarmName: `denied-${String(index).padStart(3, '0')}`,
        alarmDescription: 'Calls that were not authorized',
        namespace: 'Security',
        metricName: `Denied${index}`,
        statistic: 'Sum',
        period: 300,
        evaluationPeriods: 1,
        threshold: 5,
        comparisonOperator: 'GreaterThanOrEqualToThreshold',
        treatMissingData: 'notBreaching',
      },
      alarmCaller.accounts,
    ),
  );
  await writeAlarms(database, definitions, Date.now());
  await database.query(
    `INSERT INTO alarm_history (alarm_id, alarm_name, alarm_type, account_ids, timestamp, type, summary, data)
     SELECT alarm.id, alarm.name, 'MetricAlarm', alarm.account_ids, now() - item * interval '1 hour', 'StateUpdate',
       'Alarm updated from OK to ALARM', $1
     FROM alarm, generate_series(2, $2) AS item ORDER BY item DESC, alarm.id`,
    [changeAsText, itemsOfAlarm],
  );
}

/** As long as CloudWatch has it. */
const changeAsText = JSON.stringify({
  version: '1.0',
  oldState: { stateValue: 'OK', stateReason: stateReason('was not greater than or equal to') },
  newState: {
    stateValue: 'ALARM',
    stateReason: stateReason('was greater than or equal to'),
    stateReasonData: {
      version: '1.0',
      queryDate: '2026-11-21T12:05:30.000+0000',
      startDate: '2026-11-21T12:00:00.000+0000',
      statistic: 'Sum',
      period: 300,
      recentDatapoints: [7],
      threshold: 5,
      evaluatedDatapoints: [{ timestamp: '2026-11-21T12:00:00.000+0000', sampleCount: 7, value: 7 }],
    },
  },
});

function stateReason(compared: string): string {
  return `Threshold Crossed: 1 datapoint [7.0 (21/11/26 12:00:00)] ${compared} the threshold (5.0).`;
}
