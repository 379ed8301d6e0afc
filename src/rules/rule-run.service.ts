import type { OutboxMessage } from '../deliveries/outbox.port.js';
import { Outbox } from '../deliveries/outbox.service.js';
import type { NewPoint } from '../metrics/data-point.port.js';
import type { Sql } from '../platform/database/database.js';
import { type RuleFigures, rulePoints } from './rule-figures.service.js';
import type { RuleMatch } from './rule-matching.service.js';
import type { RuleDefinition, RuleSet } from './rule-set.port.js';

/** An event that rules have matched. Plain data: it is handed between threads. */
export interface MatchedEvent {
  readonly accountId: string | null;
  readonly eventId: string;
  /** Milliseconds since 1970 UTC. */
  readonly eventTime: number;
  /** What it is about, for lists. */
  readonly subject: string;
  readonly matches: readonly RuleMatch[];
}

const noFigures: RuleFigures = { matchedEvents: 0, triggeredRules: 0, invocations: 0, failedInvocations: 0 };

/** What the rules make of the events of one transaction: deliveries and figures, seen if and only if it commits. */
export class RuleRun {
  readonly #rules: ReadonlyMap<string, RuleDefinition>;
  readonly #figures = new Map<string, { -readonly [K in keyof RuleFigures]: number }>();
  readonly #outbox: Outbox;

  constructor(transaction: Sql, { rules }: RuleSet) {
    this.#rules = new Map(rules.map((rule) => [rule.id, rule]));
    this.#outbox = new Outbox(transaction);
  }

  /** How many deliveries it has caused. */
  get deliveries(): number {
    return this.#outbox.count;
  }

  async add(events: readonly MatchedEvent[]): Promise<void> {
    for (const { matches } of events) for (const match of matches) this.#count(match);
    await this.#outbox.add(events.flatMap((event) => this.#messagesOf(event)));
  }

  /** What there is to tell of the rules, after the last event. */
  figures(now: Date): NewPoint[] {
    return [...this.#figures].flatMap(([ruleId, counts]) =>
      rulePoints(this.#rules.get(ruleId) as RuleDefinition, counts, now.getTime()),
    );
  }

  /** After the last event, as late in the transaction as can be. */
  async seal(): Promise<void> {
    await this.#outbox.seal();
  }

  #count({ ruleId, bodies }: RuleMatch): void {
    const counts = this.#figures.get(ruleId) ?? { ...noFigures };
    const failed = bodies.filter(({ failure }) => failure !== null).length;
    counts.matchedEvents += 1;
    counts.triggeredRules += 1;
    counts.invocations += failed;
    counts.failedInvocations += failed;
    this.#figures.set(ruleId, counts);
  }

  #messagesOf({ accountId, eventId, eventTime, subject, matches }: MatchedEvent): OutboxMessage[] {
    return matches.flatMap(({ ruleId, bodies }) => {
      const { name, reachId } = this.#rules.get(ruleId) as RuleDefinition;
      return bodies.map(({ id, targetId, body, failure }) => ({
        targetId,
        origin: 'RULE' as const,
        rule: { id: ruleId, name, targetId: id },
        alarmName: null,
        reachId,
        event: { accountId, id: eventId, time: eventTime },
        subject,
        body,
        failure,
      }));
    });
  }
}
