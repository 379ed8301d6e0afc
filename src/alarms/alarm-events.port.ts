import type { Sql } from '../platform/database/database.js';

/** An event of an alarm, in the envelope of EventBridge. */
export interface AlarmEventEnvelope {
  readonly version: '0';
  readonly id: string;
  readonly 'detail-type': 'CloudWatch Alarm State Change' | 'CloudWatch Alarm Configuration Change';
  readonly source: 'aws.cloudwatch';
  /** `ownAccount` where the alarm does not speak of one account. */
  readonly account: string;
  /** ISO 8601, in seconds. */
  readonly time: string;
  /** '' where the alarm does not speak of one region. */
  readonly region: string;
  /** The ARN of the alarm. */
  readonly resources: readonly string[];
  readonly detail: object;
}

/** What happened to an alarm, for whoever may know of it. */
export interface AlarmEvent {
  readonly envelope: AlarmEventEnvelope;
  /** The reach of the alarm; null: every account. */
  readonly accountIds: readonly string[] | null;
  /** When it happened: milliseconds since 1970 UTC. */
  readonly time: number;
}

/** Where events of alarms go to. */
export interface AlarmEvents {
  /**
   * Takes events to the rules that may see them, in the transaction of what they tell of: what follows is seen if and only
   * if it commits. After all else, as late in the transaction as can be.
   *
   * @returns how many deliveries it has caused
   */
  publish(sql: Sql, events: readonly AlarmEvent[]): Promise<number>;
}
