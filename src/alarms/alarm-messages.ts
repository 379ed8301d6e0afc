import { ownAccount } from '../deliveries/own-account.port.js';
import type { AlarmState } from '../patterns/alarm-rule/alarm-state.js';
import { actionsSuppressedReason } from './action-suppression.js';
import type { AlarmAnnouncement } from './alarm-announcement.port.js';
import { type AlarmPlace, alarmArn } from './alarm-arn.js';
import { given, stateConfiguration, wholeConfiguration } from './alarm-configuration.js';
import type { AlarmDefinition } from './alarm-definition.js';
import type { AlarmEvent, AlarmEventEnvelope } from './alarm-events.port.js';
import { awsTimestamp } from './aws-timestamp.js';

/**
 * What EventBridge is told of a change: `CloudWatch Alarm State Change`, under the id of the change. What AWS has not
 * stands in `detail.crosstrail`. Source: "Alarm events and EventBridge", CloudWatch User Guide.
 */
export function alarmStateChangeEvent(announcement: AlarmAnnouncement): AlarmEventEnvelope {
  const { change, place } = announcement;
  const { definition, detectedAt, revision, supersedes } = change;
  return envelopeOf('CloudWatch Alarm State Change', change.id, change.timestamp, definition.alarmName, place, {
    alarmName: definition.alarmName,
    configuration: stateConfiguration(definition),
    previousState: previousStateOf(announcement),
    state: stateOf(announcement),
    crosstrail: {
      detectedAt: awsTimestamp(detectedAt),
      revision,
      supersedes,
      accountIds: definition.accountIds,
    },
  });
}

/** The same for the rules that may see it. */
export function stateChangeForRules(announcement: AlarmAnnouncement): AlarmEvent {
  const { timestamp, definition } = announcement.change;
  return { envelope: alarmStateChangeEvent(announcement), accountIds: definition.accountIds, time: timestamp };
}

/** That an alarm was made, changed or deleted. Times in milliseconds since 1970 UTC. */
export interface ConfigurationChange {
  /** A UUID. */
  readonly id: string;
  readonly time: number;
  readonly operation: 'create' | 'update' | 'delete';
  readonly place: AlarmPlace;
  /** As it is from then on; as it was where it is deleted. */
  readonly definition: AlarmDefinition;
  /** When it was put as it is. */
  readonly configuredAt: number;
  /** As it was before an update. */
  readonly previous: { readonly definition: AlarmDefinition; readonly configuredAt: number } | null;
  readonly state: { readonly value: AlarmState; readonly timestamp: number };
}

/** `CloudWatch Alarm Configuration Change`. Source: as above. */
export function configurationChangeEvent(change: ConfigurationChange): AlarmEventEnvelope {
  const { id, time, operation, place, definition, configuredAt, previous, state } = change;
  const { alarmName, accountIds } = definition;
  return envelopeOf('CloudWatch Alarm Configuration Change', id, time, alarmName, place, {
    alarmName,
    operation,
    state: { value: state.value, timestamp: awsTimestamp(state.timestamp) },
    configuration: wholeConfiguration(definition, configuredAt),
    ...(previous && { previousConfiguration: wholeConfiguration(previous.definition, previous.configuredAt) }),
    crosstrail: { accountIds },
  });
}

/** The same for the rules that may see it: it tells of the alarm as it was before as well. */
export function configurationChangeForRules(change: ConfigurationChange): AlarmEvent {
  const { definition, previous } = change;
  const before = previous === null ? [] : previous.definition.accountIds;
  const accountIds = joined(definition.accountIds, before);
  return { envelope: configurationChangeEvent(change), accountIds, time: change.time };
}

/** What a function is called with. Source: "Invoke a Lambda function from an alarm", CloudWatch User Guide. */
export function lambdaActionEvent(announcement: AlarmAnnouncement): object {
  const { change, place } = announcement;
  const { alarmName } = change.definition;
  return {
    source: 'aws.cloudwatch',
    alarmArn: alarmArn(alarmName, place),
    accountId: place.accountId ?? ownAccount,
    time: awsTimestamp(change.timestamp),
    region: place.region ?? '',
    alarmData: {
      alarmName,
      state: stateOf(announcement),
      previousState: previousStateOf(announcement),
      configuration: stateConfiguration(change.definition),
    },
  };
}

function stateOf({ change, suppression }: AlarmAnnouncement): object {
  const { state, stateReason, stateReasonData, timestamp } = change;
  return {
    ...(suppression && {
      actionsSuppressedBy: suppression.suppressedBy,
      actionsSuppressedReason: actionsSuppressedReason(suppression),
    }),
    value: state,
    reason: stateReason,
    ...given({ reasonData: stateReasonData && JSON.stringify(stateReasonData) }),
    timestamp: awsTimestamp(timestamp),
  };
}

function previousStateOf({ change, previous }: AlarmAnnouncement): object {
  if (previous === null) return { value: change.previousState };
  const { reason, reasonData, timestamp } = previous;
  return {
    value: change.previousState,
    reason,
    ...given({ reasonData: reasonData && JSON.stringify(reasonData) }),
    timestamp: awsTimestamp(timestamp),
  };
}

function envelopeOf(
  detailType: AlarmEventEnvelope['detail-type'],
  id: string,
  time: number,
  alarmName: string,
  place: AlarmPlace,
  detail: object,
): AlarmEventEnvelope {
  return {
    version: '0',
    id,
    'detail-type': detailType,
    source: 'aws.cloudwatch',
    account: place.accountId ?? ownAccount,
    time: `${new Date(time).toISOString().slice(0, 19)}Z`,
    region: place.region ?? '',
    resources: [alarmArn(alarmName, place)],
    detail,
  };
}

function joined(some: readonly string[] | null, others: readonly string[] | null): readonly string[] | null {
  return some === null || others === null ? null : [...new Set([...some, ...others])].sort();
}
