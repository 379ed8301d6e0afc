import type { AlarmState } from '../patterns/alarm-rule/alarm-state.js';
import type { AlarmDefinition } from './alarm-definition.js';

/** A change of the state of an alarm, as it was told. Times in milliseconds since 1970 UTC. */
export interface AlarmChange {
  /** A UUID. */
  readonly id: string;
  readonly alarmId: string;
  /** The alarm as it was then. */
  readonly definition: AlarmDefinition;
  /** The end of the window that was judged. */
  readonly evaluatedAt: number;
  /** When it happened. */
  readonly timestamp: number;
  /** When it was known. */
  readonly detectedAt: number;
  /** The same as `state` where nothing happened after all: what had been told is withdrawn. */
  readonly previousState: AlarmState;
  readonly state: AlarmState;
  readonly stateReason: string;
  readonly stateReasonData: Readonly<Record<string, unknown>> | null;
  /** 1 for the first word on it. */
  readonly revision: number;
  /** The change that this one corrects. */
  readonly supersedes: string | null;
}
