import type { AlarmState } from '../patterns/alarm-rule/alarm-state.js';
import type { ActionSuppression } from './action-suppression.js';

/** A change of the state of an alarm, before it is told. Times in milliseconds since 1970 UTC. */
export interface OutcomeChange {
  readonly evaluatedAt: number;
  readonly previousState: AlarmState;
  readonly state: AlarmState;
  readonly stateReason: string;
  readonly stateReasonData: Readonly<Record<string, unknown>> | null;
  readonly revision: number;
  readonly supersedes: string | null;
  /** It is no judgement of a window: it was set by hand, or is the way back. */
  readonly isSet: boolean;
  /** The states whose actions run for it. */
  readonly actions: readonly AlarmState[];
  /** What holds its actions back; null: nothing. */
  readonly suppression: ActionSuppression | null;
}

/** What came of judging an alarm once. */
export interface AlarmOutcome {
  /** In the order of time. */
  readonly changes: readonly OutcomeChange[];
  /** The state that it is in now, where that was decided. */
  readonly state: {
    readonly value: AlarmState;
    readonly reason: string;
    readonly reasonData: Readonly<Record<string, unknown>> | null;
    /** When it came to be. */
    readonly at: number;
  } | null;
  /** States whose actions run now though nothing changed: what held them back is over. */
  readonly released: readonly AlarmState[];
  readonly suppression: ActionSuppression | null;
  readonly judgedThrough: number;
  readonly earlyThrough: number | null;
  readonly closedThrough: number | null;
  readonly dueAt: number;
  readonly isSet: boolean;
  /** As AWS has it, where it could not be judged. */
  readonly evaluationState: 'EVALUATION_ERROR' | null;
  /** It was not judged, and is as it was. */
  readonly isPutOff?: boolean;
  /** What is left for the next pass, as touches are. */
  readonly left: readonly { readonly from: number; readonly to: number; readonly isHistory: boolean }[];
}
