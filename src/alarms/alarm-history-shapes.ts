import type { PreviousState } from './alarm-announcement.port.js';
import type { AlarmChange } from './alarm-change.port.js';
import { given } from './alarm-configuration.js';
import type { AlarmDefinition } from './alarm-definition.js';
import { type AwsAlarmFacts, toAwsAlarm } from './aws-alarm.js';

/** `HistorySummary` and `HistoryData` of an item of an alarm's history. */
export interface HistoryShape {
  readonly summary: string;
  /** JSON text. */
  readonly data: string;
}

const words = {
  Create: { done: 'created', member: 'createdAlarm' },
  Update: { done: 'updated', member: 'updatedAlarm' },
  Delete: { done: 'deleted', member: 'deletedAlarm' },
} as const;

/** Of an alarm that is made, changed, or deleted: as it is from then on, or as it was. Source: recorded items. */
export function configurationHistory(
  type: keyof typeof words,
  definition: AlarmDefinition,
  facts: AwsAlarmFacts,
): HistoryShape {
  const { done, member } = words[type];
  return {
    summary: `Alarm "${definition.alarmName}" ${done}`,
    data: JSON.stringify({ version: '1.0', type, [member]: inCamelCase(toAwsAlarm(definition, facts)) }),
  };
}

/**
 * Of a change of state. One that corrects what had been told says so in `crosstrail`, which AWS has not. Source: the example
 * of `describe-alarm-history`, AWS CLI.
 *
 * @param previous null where it is not known any more
 */
export function stateUpdateHistory(change: AlarmChange, previous: PreviousState | null): HistoryShape {
  const { state, previousState, stateReason, stateReasonData, revision, supersedes } = change;
  return {
    summary:
      state === previousState
        ? `Alarm remains ${state}: a change that was told before is withdrawn`
        : `Alarm updated from ${previousState} to ${state}`,
    data: JSON.stringify({
      version: '1.0',
      oldState: {
        stateValue: previousState,
        ...given({ stateReason: previous?.reason ?? null, stateReasonData: previous?.reasonData ?? null }),
      },
      newState: { stateValue: state, stateReason, ...given({ stateReasonData }) },
      ...(revision === 1 ? {} : { crosstrail: { revision, supersedes } }),
    }),
  };
}

/** An action that came to its end. */
export interface EndedAction {
  /** The name of the target. */
  readonly target: string;
  /** Why it failed for good; null where the target took it. */
  readonly error: string | null;
  /** When the state changed: milliseconds since 1970 UTC. */
  readonly changedAt: number;
}

/** Of an action. The message itself stays with the delivery. Source: recorded items. */
export function actionHistory({ target, error, changedAt }: EndedAction): HistoryShape {
  return {
    summary:
      error === null
        ? `Successfully executed action ${target}`
        : `Failed to execute action ${target}. Received error: "${error}"`,
    data: JSON.stringify({
      actionState: error === null ? 'Succeeded' : 'Failed',
      stateUpdateTimestamp: changedAt,
      notificationResource: target,
      error,
    }),
  };
}

/** History has the members of `MetricAlarm` and `CompositeAlarm` in camel case, and `okactions`. */
function inCamelCase(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(inCamelCase);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [camelName(name), inCamelCase(member)]));
}

function camelName(name: string): string {
  return name === 'OKActions' ? 'okactions' : `${name.slice(0, 1).toLowerCase()}${name.slice(1)}`;
}
