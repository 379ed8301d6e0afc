import type { NewPoint } from '../metrics/data-point.port.js';
import { type OwnMetric, type OwnSubject, ownSum, sumsSince } from '../metrics/own-figures.service.js';
import type { Sql } from '../platform/database/database.js';

/** Figures of a rule, as CloudWatch has them of EventBridge. */
export interface RuleFigures {
  readonly matchedEvents: number;
  readonly triggeredRules: number;
  readonly invocations: number;
  readonly failedInvocations: number;
}

/** A rule, as far as its figures are known by it. Seen by others, it has others: nobody sees what was before. */
export interface FiguredRule {
  readonly name: string;
  readonly accountIds: readonly string[] | null;
}

const metricOf = {
  matchedEvents: 'MatchedEvents',
  triggeredRules: 'TriggeredRules',
  invocations: 'Invocations',
  failedInvocations: 'FailedInvocations',
} as const satisfies Record<keyof RuleFigures, OwnMetric>;
const figures = Object.keys(metricOf) as (keyof RuleFigures)[];

/**
 * What is added to the figures of a rule.
 *
 * @param time milliseconds since 1970 UTC
 */
export function rulePoints(rule: FiguredRule, added: Partial<RuleFigures>, time: number): NewPoint[] {
  return figures.flatMap((figure) => ownSum(metricOf[figure], subjectOf(rule), time, added[figure] ?? 0));
}

/** The figures of some rules since a time, in their order. */
export async function figuresSince(
  sql: Sql,
  rules: readonly FiguredRule[],
  since: Date,
  now: Date,
): Promise<RuleFigures[]> {
  const asked = rules.flatMap((rule) =>
    figures.map((figure) => ({ name: metricOf[figure], subject: subjectOf(rule) })),
  );
  const sums = await sumsSince(sql, asked, since, now);
  return rules.map((_, index) => {
    const [matchedEvents = 0, triggeredRules = 0, invocations = 0, failedInvocations = 0] = sums.slice(
      index * figures.length,
    );
    return { matchedEvents, triggeredRules, invocations, failedInvocations };
  });
}

function subjectOf({ name, accountIds }: FiguredRule): OwnSubject {
  return { accountIds, dimensions: { RuleName: name } };
}

/** Deliveries that came to their end, as invocations of the rules that caused them. */
export function invocationPoints(
  ended: readonly { readonly rule: FiguredRule | null; readonly state: 'DELIVERED' | 'FAILED' }[],
  time: number,
): NewPoint[] {
  const known = new Map<string, { rule: FiguredRule; invocations: number; failedInvocations: number }>();
  for (const { rule, state } of ended) {
    if (rule === null) continue;
    const key = JSON.stringify([rule.name, rule.accountIds]);
    const sum = known.get(key) ?? { rule, invocations: 0, failedInvocations: 0 };
    sum.invocations += 1;
    if (state === 'FAILED') sum.failedInvocations += 1;
    known.set(key, sum);
  }
  return [...known.values()].flatMap(({ rule, ...added }) => rulePoints(rule, added, time));
}
