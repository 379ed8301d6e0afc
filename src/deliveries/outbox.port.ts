/** What makes deliveries. */
export type DeliveryOrigin = 'RULE' | 'SCHEDULE' | 'ALARM';

/** What is to be delivered. */
export interface OutboxMessage {
  readonly targetId: string;
  readonly origin: DeliveryOrigin;
  /** The rule that causes it; null for an action of an alarm. */
  readonly rule: { readonly id: string; readonly name: string; readonly targetId: string } | null;
  /** The alarm whose action it is; null for what a rule causes. */
  readonly alarmName: string | null;
  /** Whoever may see the delivery covers these accounts, see reach.service.ts; null: every account. */
  readonly reachId: string | null;
  /** The event that caused it. `time` in milliseconds since 1970 UTC. */
  readonly event: { readonly accountId: string | null; readonly id: string; readonly time: number } | null;
  /** What it is about, for lists. */
  readonly subject: string;
  /** Null where it could not be made. */
  readonly body: string | null;
  /** Why it is set aside at once; null for what can be delivered. */
  readonly failure: string | null;
}
