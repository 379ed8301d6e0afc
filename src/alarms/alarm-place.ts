import type { AlarmPlace } from './alarm-arn.js';
import type { AlarmDefinition } from './alarm-definition.js';

/** Of what an alarm speaks: the account where it sees one alone, the region where all of its metrics name the same. */
export function placeOf(definition: AlarmDefinition): AlarmPlace {
  const { accountIds } = definition;
  const accountId = accountIds?.length === 1 ? (accountIds[0] ?? null) : null;
  const metrics = definition.alarmType === 'METRIC' ? (definition.metrics ?? []) : [];
  const regions = metrics.flatMap(({ metricStat }) => (metricStat === null ? [] : [metricStat.metric.region]));
  const region = regions.every((one) => one === regions[0]) ? (regions[0] ?? null) : null;
  return { accountId, region };
}
