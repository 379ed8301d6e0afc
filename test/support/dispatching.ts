import { writeEndedActions } from '../../src/alarms/alarm-action.store.js';
import type { ClaimedDelivery } from '../../src/deliveries/delivery-claim.store.js';
import { createEndedFigures } from '../../src/deliveries/delivery-figures.js';
import type { DeliverySender } from '../../src/deliveries/delivery-sender.js';
import { Dispatcher } from '../../src/deliveries/dispatcher.service.js';
import type { OutboxMessage } from '../../src/deliveries/outbox.port.js';
import { Outbox } from '../../src/deliveries/outbox.service.js';
import type { Outcome } from '../../src/deliveries/target-kind.js';
import { MetricRegistry } from '../../src/metrics/metric-registry.service.js';
import type { Database, Sql } from '../../src/platform/database/database.js';
import { invocationPoints } from '../../src/rules/rule-figures.service.js';
import { silentLog } from './silent-log.js';

/** What a target makes of a delivery. */
export type Send = (delivery: ClaimedDelivery, signal: AbortSignal) => Promise<Outcome> | Outcome;

export const delivered: Outcome = { delivered: true, answer: 'ok' };
export const targetFailed: Outcome = { delivered: false, reason: 'it is down', retry: true, blames: 'target' };
export const refused: Outcome = { delivered: false, reason: 'no such thing', retry: false, blames: 'message' };

/** A dispatcher whose targets are a function. */
export function openDispatcher(
  database: Database,
  send: Send,
  stopping = new AbortController().signal,
): { dispatcher: Dispatcher; work: (signal?: AbortSignal) => Promise<void> } {
  const dispatcher = new Dispatcher({
    database,
    sender: {
      send: async (delivery: ClaimedDelivery, signal: AbortSignal) => send(delivery, signal),
    } as DeliverySender,
    telemetry: { attempted: () => undefined, expired: () => undefined },
    log: silentLog,
    stopping,
    onEnded: createEndedFigures({
      registry: new MetricRegistry(() => new Date()),
      now: () => new Date(),
      causePoints: invocationPoints,
      onActionsEnded: writeEndedActions,
    }),
    random: () => 0.5,
  });
  return { dispatcher, work: (signal = new AbortController().signal) => dispatcher.work(signal) };
}

export interface PlantedTarget {
  readonly name: string;
  readonly ordered?: boolean;
  readonly maxConcurrency?: number;
}

/** @returns its id */
export async function plantTarget(
  sql: Sql,
  { name, ordered = false, maxConcurrency = 8 }: PlantedTarget,
): Promise<string> {
  const [row] = await sql.query<{ id: string }>(
    `INSERT INTO target (name, type, settings, secrets, is_ordered, max_concurrency, max_age_seconds, timeout_seconds)
     VALUES ($1, 'WEBHOOK', '{}', '', $2, $3, 3600, 10) RETURNING id`,
    [name, ordered, maxConcurrency],
  );
  return (row as { id: string }).id;
}

/** @param body what a test tells the messages apart by */
export function messageTo(targetId: string, body: string, time = 0): OutboxMessage {
  return {
    targetId,
    origin: 'RULE',
    rule: { id: '1', name: 'rule', targetId: 'a' },
    alarmName: null,
    reachId: null,
    event: { accountId: '111111111111', id: body, time },
    subject: body,
    body,
    failure: null,
  };
}

/** Messages in the order of their times. */
export function numbered(targetId: string, count: number, name = 'm'): OutboxMessage[] {
  return Array.from({ length: count }, (_, index) => messageTo(targetId, `${name}${index}`, index));
}

export async function putOut(database: Database, messages: readonly OutboxMessage[]): Promise<void> {
  await database.transaction(async (transaction) => {
    const outbox = new Outbox(transaction);
    await outbox.add(messages);
    await outbox.seal();
  });
}

export interface DeliveryRow {
  readonly body: string;
  readonly state: string;
  readonly attempts: number;
  readonly error: string | null;
}

export function deliveryRows(sql: Sql): Promise<DeliveryRow[]> {
  return sql.query<DeliveryRow>('SELECT body, state, attempts, error FROM delivery ORDER BY id');
}

/** As if the time until the next attempt had passed. */
export async function makeDue(sql: Sql): Promise<void> {
  await sql.query(`UPDATE delivery SET due_at = now() WHERE state = 'PENDING'`);
}
