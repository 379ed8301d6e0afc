import { hash } from 'node:crypto';
import type { PutMetricFilterInput } from '../../metrics/metric-filter.inputs.js';
import type { MetricAlarmInput } from '../alarm.inputs.js';
import { cisAwsFoundations } from './cis-aws-foundations.js';
import type { AlarmPack } from './pack-definition.js';

export const alarmPacks = { CIS_AWS_FOUNDATIONS: cisAwsFoundations } as const satisfies Readonly<
  Record<string, AlarmPack>
>;
export type AlarmPackName = keyof typeof alarmPacks;

/** For whom a pack is installed, and who is told. */
export interface PackChoice {
  /** Whose events it sees; null: every account's. */
  readonly accountIds: readonly string[] | null;
  /** Names of targets. */
  readonly alarmActions: readonly string[];
  readonly okActions: readonly string[];
}

/** What `putMetricFilter` and `putMetricAlarm` are given, in the order of the controls. */
export interface PackInputs {
  readonly metricFilters: readonly PutMetricFilterInput[];
  readonly metricAlarms: readonly MetricAlarmInput[];
}

/**
 * What a pack consists of for a choice. The same accounts always make the same names, others make others: a pack is
 * installed for several sets of accounts side by side, and what is installed again is replaced.
 */
export function packInputs(packName: AlarmPackName, choice: PackChoice): PackInputs {
  const pack: AlarmPack = alarmPacks[packName];
  const accountIds = choice.accountIds === null ? null : [...new Set(choice.accountIds)].sort();
  const parts = pack.controls.map((control) => {
    const name = `${pack.prefix}-${control.id}-${control.name}${suffixOf(accountIds)}`;
    const metric = { metricNamespace: pack.metricNamespace, metricName: control.name };
    return {
      filter: {
        name,
        filterPattern: control.filterPattern,
        accountIds,
        metricTransformations: [{ ...metric, metricValue: '1', unit: 'Count' }],
      },
      alarm: {
        ...settings,
        alarmName: name,
        alarmDescription: `${pack.title}, ${control.id}: ${control.title}`,
        accountIds,
        namespace: pack.metricNamespace,
        metricName: control.name,
        alarmActions: [...choice.alarmActions],
        okActions: [...choice.okActions],
        tags: { pack: packName, control: control.id },
      },
    };
  });
  return { metricFilters: parts.map(({ filter }) => filter), metricAlarms: parts.map(({ alarm }) => alarm) };
}

/** As the benchmark's remediations set them: one event in five minutes is enough. */
const settings = {
  statistic: 'Sum',
  period: 300,
  evaluationPeriods: 1,
  datapointsToAlarm: 1,
  threshold: 1,
  comparisonOperator: 'GreaterThanOrEqualToThreshold',
  treatMissingData: 'notBreaching',
} as const;

/** Which accounts a name speaks of: one by its id, several by how many they are and a digest. */
function suffixOf(accountIds: readonly string[] | null): string {
  if (accountIds === null) return '';
  if (accountIds.length === 1) return `-${accountIds[0]}`;
  return `-${accountIds.length}-accounts-${hash('sha256', accountIds.join(' '), 'hex').slice(0, 12)}`;
}
