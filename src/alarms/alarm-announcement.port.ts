import type { AlarmState } from '../patterns/alarm-rule/alarm-state.js';
import type { ActionSuppression } from './action-suppression.js';
import type { AlarmPlace } from './alarm-arn.js';
import type { AlarmChange } from './alarm-change.port.js';

/** The state before a change, as it was told. */
export interface PreviousState {
  readonly reason: string;
  readonly reasonData: Readonly<Record<string, unknown>> | null;
  /** Milliseconds since 1970 UTC. */
  readonly timestamp: number;
}

/** A change with all that messages tell of it. */
export interface AlarmAnnouncement {
  readonly change: AlarmChange;
  readonly place: AlarmPlace;
  /** When the alarm was last put: milliseconds since 1970 UTC. */
  readonly configuredAt: number;
  /** See reach.service.ts; null: every account. */
  readonly reachId: string | null;
  /** Null where it is not known any more. */
  readonly previous: PreviousState | null;
  /** What holds the actions of a composite alarm back; null for nothing. */
  readonly suppression: ActionSuppression | null;
}

/** Actions that are to run. */
export interface AlarmActionRun {
  readonly announcement: AlarmAnnouncement;
  /** The state whose actions they are. */
  readonly state: AlarmState;
}
