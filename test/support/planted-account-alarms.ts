import { randomUUID } from 'node:crypto';
import type { AlarmDefinition } from '../../src/alarms/alarm-definition.js';
import type { AlarmState } from '../../src/patterns/alarm-rule/alarm-state.js';
import type { Database } from '../../src/platform/database/database.js';
import { alarmChange } from './alarm-announcements.js';
import { ask } from './app.js';
import { noon } from './events.js';
import { plantChanges } from './planted-alarms.js';
import { commonMetric } from './planted-metrics.js';

/* Alarms of accounts, with changes and a history: nothing judges them. Behind one of each account lie its planted events. */

interface Place {
  readonly accountId: string;
  readonly which: 'own' | 'canary';
}

/** What is planted in the rows of an alarm. */
interface Rows {
  readonly name: string;
  readonly which: string;
  /** Null: every account. */
  readonly accountIds: readonly string[] | null;
  readonly data: (text: string) => Record<string, unknown>;
}

/**
 * A metric alarm that is in ALARM, one on a percentile, one with a band, and a composite alarm with a suppressor; what was
 * told of them, what the history says, and what is delivered for them.
 *
 * @returns the ids of the first and of the composite alarm
 */
export async function plantAccountAlarms(
  database: Database,
  url: string,
  { accountId, which }: Place,
): Promise<string[]> {
  const accountIds = [accountId];
  await putCountingFilter(url, which, accountIds);
  const [name, composite] = [`${which}-alarm-name`, `${which}-composite-name`];
  const ids = [await putMetricAlarms(url, which, accountId)];
  const actions = actionsOf(which);
  const kinds = { alarmName: composite, alarmRule: `ALARM("${name}")`, actionsSuppressor: `${which}-suppressor-name` };
  const waits = { actionsSuppressorWaitPeriod: 60, actionsSuppressorExtensionPeriod: 120 };
  ids.push(await putComposite(url, { ...kinds, ...waits, ...actions, ...words(which), accountIds }));
  await plantRows(database, { name, which, accountIds, data: breachedAtNoon });
  await plantRows(database, { name: composite, which, accountIds, data: (text) => triggeredBy(name, text) });
  await plantDelivery(database, name, which);
  return ids;
}

/** What is for the eyes of those who see both accounts, or all; and an alarm that did so, and sees the own account alone. */
export async function plantSharedAlarms(
  database: Database,
  url: string,
  own: string,
  accountIds: readonly string[],
): Promise<string[]> {
  const ids: string[] = [];
  const alarm = { ...common, ...commonMetric, statistic: 'Sum', period: 60 };
  for (const { which, reach } of [
    { which: 'canary-shared', reach: accountIds },
    { which: 'canary-every', reach: null },
  ]) {
    const name = `${which}-alarm`;
    ids.push(await putMetric(url, { ...alarm, alarmName: name, accountIds: reach }));
    await plantRows(database, { name, which, accountIds: reach, data: breachedAtNoon });
  }
  const narrowed = { ...alarm, alarmName: 'own-narrowed-name' };
  ids.push(await putMetric(url, { ...narrowed, accountIds, alarmDescription: 'canary-narrowed-text' }));
  const told = { name: 'own-narrowed-name', which: 'canary-narrowed', accountIds };
  await plantRows(database, { ...told, data: breachedAtNoon });
  // No pack is called so: it would stay.
  await database.query('UPDATE alarm SET pack = NULL WHERE name = $1', [told.name]);
  await putMetric(url, { ...narrowed, accountIds: [own] });
  return ids;
}

/** The last that was told is of the own account: a cursor that ends behind it is the same whatever else there is. */
export async function plantLaterAlarms(database: Database, accountId: string): Promise<void> {
  const what = { name: 'own-alarm-name', which: 'own', accountIds: [accountId] };
  await plantTold(database, { ...what, data: breachedAtNoon });
}

export async function uprootAlarms(database: Database, accountId: string): Promise<void> {
  for (const table of ['alarm_history', 'alarm_change']) {
    await database.query(`DELETE FROM ${table} WHERE $1 = ANY (account_ids)`, [accountId]);
  }
  await database.query(
    'DELETE FROM alarm_child WHERE parent_id IN (SELECT id FROM alarm WHERE $1 = ANY (account_ids))',
    [accountId],
  );
  await database.query('DELETE FROM alarm WHERE $1 = ANY (account_ids)', [accountId]);
  await database.query('DELETE FROM metric_watch WHERE watcher_id NOT IN (SELECT id FROM alarm)');
}

const common = {
  evaluationPeriods: 1,
  threshold: 1,
  comparisonOperator: 'GreaterThanOrEqualToThreshold',
};

const words = (which: string) => ({
  alarmDescription: `${which}-alarm-text`,
  tags: { [`${which}-alarm-tag`]: `${which}-alarm-tag-value` },
});

const actionsOf = (which: string) => {
  const targets = [`${which}-target-name`];
  return { alarmActions: targets, okActions: targets, insufficientDataActions: targets };
};

/** @returns the id of the first */
async function putMetricAlarms(url: string, which: string, accountId: string): Promise<string> {
  const alarm = { ...common, ...words(which), accountIds: [accountId], namespace: `${which}-namespace`, period: 60 };
  const id = await putMetric(url, {
    ...alarm,
    ...actionsOf(which),
    ...{ alarmName: `${which}-alarm-name`, metricName: `${which}-cause-metric`, statistic: 'Sum', unit: 'Count' },
    datapointsToAlarm: 1,
  });
  await putMetric(url, {
    ...alarm,
    ...{ alarmName: `${which}-suppressor-name`, metricName: `${which}-alarm-metric`, extendedStatistic: 'p90' },
    dimensions: [{ name: `${which}-alarm-dimension`, value: `${which}-alarm-dimension-value` }],
    evaluateLowSampleCountPercentile: 'ignore',
  });
  const metric = { namespace: `${which}-namespace`, metricName: `${which}-alarm-metric`, accountId };
  const dimensions = [{ name: `${which}-alarm-dimension`, value: `${which}-alarm-dimension-value` }];
  await putMetric(url, {
    ...{ alarmName: `${which}-band-name`, accountIds: [accountId], evaluationPeriods: 1, thresholdMetricId: 'band' },
    comparisonOperator: 'GreaterThanUpperThreshold',
    metrics: [
      {
        id: 'm1',
        metricStat: {
          metric: { ...metric, dimensions, region: `eu-${which}-6` },
          period: 60,
          stat: 'Sum',
          unit: 'Count',
        },
      },
      { id: 'band', expression: 'ANOMALY_DETECTION_BAND(m1, 2)', label: `${which}-alarm-label`, period: 60 },
    ],
  });
  return id;
}

/** Every event of the account, so that those that were planted are behind the alarm. */
const putCountingFilter = (url: string, which: string, accountIds: readonly string[]) => {
  const metric = { metricNamespace: `${which}-namespace`, metricName: `${which}-cause-metric`, metricValue: '1' };
  const input = { name: `${which}-later-filter`, filterPattern: '', accountIds, metricTransformations: [metric] };
  return ask(
    url,
    'mutation ($input: PutMetricFilterInput!) { putMetricFilter(input: $input) { metricFilter { name } } }',
    { input },
  );
};

async function putMetric(url: string, input: object): Promise<string> {
  const query = 'mutation ($input: MetricAlarmInput!) { putMetricAlarm(input: $input) { alarm { id } } }';
  return (await ask<{ putMetricAlarm: { alarm: { id: string } } }>(url, query, { input })).putMetricAlarm.alarm.id;
}

async function putComposite(url: string, input: object): Promise<string> {
  const query = 'mutation ($input: PutCompositeAlarmInput!) { putCompositeAlarm(input: $input) { alarm { id } } }';
  return (await ask<{ putCompositeAlarm: { alarm: { id: string } } }>(url, query, { input })).putCompositeAlarm.alarm
    .id;
}

const breachedAtNoon = (text: string) => ({
  evaluatedDatapoints: [{ timestamp: new Date(noon).toISOString(), value: 3 }],
  text,
});

const triggeredBy = (name: string, text: string) => ({
  triggeringAlarms: [{ arn: `arn:aws:cloudwatch:eu-west-1:${text.slice(0, 3)}:alarm:${name}` }],
  text,
});

/** It is in ALARM: what was told of that, and what its history says. */
async function plantRows(database: Database, rows: Rows): Promise<void> {
  const { name, which, accountIds, data } = rows;
  await database.query(
    `UPDATE alarm SET state = 'ALARM', state_reason = $2, state_reason_data = $3, evaluation_state = 'PARTIAL_DATA',
       pack = $4 WHERE name = $1`,
    [name, `${which}-alarm-reason`, data(`${which}-reason-data`), `${which}-pack`],
  );
  await plantTold(database, rows);
  await database.query(
    `INSERT INTO alarm_history (alarm_id, alarm_name, alarm_type, account_ids, timestamp, type, summary, data)
     SELECT id, name, alarm.type, $2, $3, item.type, $4, $5 FROM alarm, unnest('{StateUpdate, Action}'::text[]) AS item (type)
     WHERE name = $1`,
    [name, accountIds, new Date(noon), `${which}-history-summary`, JSON.stringify({ text: `${which}-history-data` })],
  );
}

/** That it was in OK, then in ALARM, and that the latter was corrected. */
async function plantTold(database: Database, { name, which, accountIds, data }: Rows): Promise<void> {
  const [row] = await database.query<{ id: string; definition: AlarmDefinition }>(
    `SELECT alarm.id, definition FROM alarm JOIN alarm_definition ON alarm_definition.id = definition_id WHERE name = $1`,
    [name],
  );
  const { id: alarmId, definition } = row as { id: string; definition: AlarmDefinition };
  const change = (previousState: AlarmState, state: AlarmState, supersedes: string | null = null) =>
    alarmChange({
      ...{ id: randomUUID(), alarmId, definition: { ...definition, accountIds }, previousState, state, supersedes },
      ...{ evaluatedAt: noon + 60_000, timestamp: noon + 60_000, detectedAt: noon + 61_000 },
      ...{ stateReason: `${which}-change-reason`, stateReasonData: data(`${which}-change-data`) },
      revision: supersedes === null ? 1 : 2,
    });
  const wrong = change('OK', 'ALARM');
  await plantChanges(database, [change('INSUFFICIENT_DATA', 'OK'), wrong, change('OK', 'ALARM', wrong.id)]);
  await database.query('UPDATE alarm_change SET is_superseded = true WHERE id = $1', [wrong.id]);
}

async function plantDelivery(database: Database, name: string, which: string): Promise<void> {
  await database.query(
    `INSERT INTO delivery (target_id, target_name, origin, alarm_name, reach_id, account_id, event_id, event_time, subject,
       body, state, attempts, due_at, expires_at, error, answer, finished_at)
     SELECT target.id, target.name, 'ALARM', alarm.name, alarm.reach_id, alarm.account_ids[1], $3, now(), $4, $5, 'FAILED', 2,
       '2200-01-01', '2200-01-01', '', '', now()
     FROM alarm, target WHERE alarm.name = $1 AND target.name = $2`,
    [name, `${which}-target-name`, randomUUID(), `${which}-told-subject`, `${which}-told-body`],
  );
}
