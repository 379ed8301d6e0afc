import type { OutboxMessage } from '../deliveries/outbox.port.js';
import { Outbox } from '../deliveries/outbox.service.js';
import type { Sql } from '../platform/database/database.js';
import { readActionTargets } from './alarm-action.store.js';
import type { AlarmActionRun, AlarmAnnouncement } from './alarm-announcement.port.js';
import { alarmStateChangeEvent, lambdaActionEvent } from './alarm-messages.js';
import { alarmSubject, snsMessage } from './sns-message.js';

/** Runs whose messages are made at once. */
const runsAtOnce = 500;

/**
 * The actions of alarms that one transaction has to run: messages to targets, which are delivered if and only if it commits.
 * What became of them is written into the history when they have been delivered, see alarm-action.store.ts.
 *
 * ```ts
 * const actions = new AlarmActions(transaction);
 * await actions.add(runs);
 * await actions.seal();       // after the last one, as late in the transaction as can be
 * ```
 */
export class AlarmActions {
  readonly #outbox: Outbox;

  constructor(private readonly transaction: Sql) {
    this.#outbox = new Outbox(transaction);
  }

  /** How many deliveries there are. */
  get deliveries(): number {
    return this.#outbox.count;
  }

  /** Whether an alarm's actions are enabled is for the caller to know. */
  async add(runs: readonly AlarmActionRun[]): Promise<void> {
    if (runs.length === 0) return;
    const asked = runs.map(({ announcement, state }) => ({ alarmId: announcement.change.alarmId, state }));
    const targets = await readActionTargets(this.transaction, asked);
    for (let from = 0; from < targets.length; from += runsAtOnce) {
      const part = targets.slice(from, from + runsAtOnce);
      const messages = part.map(({ index, targetId, type }) =>
        messageOf((runs[index] as AlarmActionRun).announcement, targetId, type),
      );
      await this.#outbox.add(messages);
    }
  }

  async seal(): Promise<void> {
    await this.#outbox.seal();
  }
}

function messageOf(announcement: AlarmAnnouncement, targetId: string, type: string): OutboxMessage {
  const { change, place, reachId } = announcement;
  return {
    targetId,
    origin: 'ALARM',
    rule: null,
    alarmName: change.definition.alarmName,
    reachId,
    event: { accountId: place.accountId, id: change.id, time: change.timestamp },
    subject: alarmSubject(announcement),
    ...bodyOrFailure(announcement, type),
  };
}

/** Whatever a change is said to be about must not keep alarms from being judged. */
function bodyOrFailure(announcement: AlarmAnnouncement, type: string): Pick<OutboxMessage, 'body' | 'failure'> {
  try {
    return { body: bodyOf(announcement, type), failure: null };
  } catch {
    return { body: null, failure: 'the message could not be made of the change' };
  }
}

/** As CloudWatch itself tells topics and functions; all others get the event. */
function bodyOf(announcement: AlarmAnnouncement, type: string): string {
  if (type === 'SNS') return snsMessage(announcement);
  return JSON.stringify(type === 'LAMBDA' ? lambdaActionEvent(announcement) : alarmStateChangeEvent(announcement));
}
