import { EventMatcher } from '../patterns/event-pattern/event-matcher.js';
import type { EventPattern } from '../patterns/event-pattern/event-pattern.js';
import { parseEventPattern } from '../patterns/event-pattern/parse-event-pattern.js';
import {
  BodyTooLarge,
  compileTargetInput,
  maxBodyLength,
  type TargetInput,
} from '../patterns/input-transformer/compile-target-input.js';
import { ruleArn } from './rule-arn.js';
import type { RuleDefinition, RuleSet } from './rule-set.port.js';

/** An event on its way to the rules. */
export interface RuleEvent {
  /** As patterns see it. */
  readonly value: object;
  /** The same as JSON; asked for only where a rule matches. */
  readonly text: () => string;
  /** The accounts whose data it tells of; null for one of no account or of all, which only rules of every account see. */
  readonly accountIds: readonly string[] | null;
  /** When it happened: milliseconds since 1970 UTC. */
  readonly time: number;
}

/** A rule that an event has matched, with what each of its targets gets. Plain data: it is handed between threads. */
export interface RuleMatch {
  readonly ruleId: string;
  readonly bodies: readonly RuleBody[];
}

export interface RuleBody {
  /** Which of the rule's targets. */
  readonly id: string;
  readonly targetId: string;
  /** Null where it could not be made. */
  readonly body: string | null;
  /** Why it could not be made, and is set aside at once. */
  readonly failure: string | null;
}

interface CompiledRule {
  readonly definition: RuleDefinition;
  readonly accountIds: ReadonlySet<string> | null;
  readonly inputs: readonly TargetInput[];
}

/** All rules, ready to match. */
export class CompiledRules {
  readonly #buses = new Map<string, EventMatcher<CompiledRule>>();

  constructor({ rules }: RuleSet) {
    for (const bus of new Set(rules.map(({ eventBusName }) => eventBusName))) {
      const compiled = rules.filter(({ eventBusName }) => eventBusName === bus).map(compileRule);
      this.#buses.set(bus, new EventMatcher(compiled));
    }
  }

  /** @param ingestionTime when the event came in: ISO 8601 */
  match(eventBusName: string, event: RuleEvent, ingestionTime: string): RuleMatch[] {
    const matcher = this.#buses.get(eventBusName);
    if (matcher === undefined) return [];
    const matched = matcher.match(event.value).filter((rule) => sees(rule, event, Date.parse(ingestionTime)));
    if (matched.length === 0) return [];
    const whole = { text: event.text(), value: event.value };
    return matched.map(({ definition, inputs }) => {
      const variables = { ruleArn: ruleArn(definition), ruleName: definition.name, ingestionTime };
      return {
        ruleId: definition.id,
        bodies: definition.targets.map(({ id, targetId }, index) => ({
          id,
          targetId,
          ...bodyOf(inputs[index] as TargetInput, whole, variables),
        })),
      };
    });
  }
}

/** @throws for what this version cannot read */
export function compileRule(definition: RuleDefinition): { pattern: EventPattern; rule: CompiledRule } {
  return {
    pattern: parseEventPattern(definition.eventPattern),
    rule: {
      definition,
      accountIds: definition.accountIds === null ? null : new Set(definition.accountIds),
      inputs: definition.targets.map((target) => compileTargetInput(target)),
    },
  };
}

function sees({ accountIds, definition }: CompiledRule, event: RuleEvent, now: number): boolean {
  const { maxEventAgeSeconds } = definition;
  if (maxEventAgeSeconds !== null && now - event.time > maxEventAgeSeconds * 1000) return false;
  return accountIds === null || (event.accountIds?.every((accountId) => accountIds.has(accountId)) ?? false);
}

/** Whatever an author's template makes of an event must not keep the event from being stored. */
export function bodyOf(
  input: TargetInput,
  event: Parameters<TargetInput['apply']>[0],
  variables: Parameters<TargetInput['apply']>[1],
): Pick<RuleBody, 'body' | 'failure'> {
  try {
    const body = input.apply(event, variables);
    if (body.length > maxBodyLength) throw new BodyTooLarge(body.length);
    return { body, failure: null };
  } catch (error) {
    const failure = error instanceof BodyTooLarge ? error.message : 'the message could not be made of the event';
    return { body: null, failure };
  }
}
