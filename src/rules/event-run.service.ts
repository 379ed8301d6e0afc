import { lastMade } from '../lib/last-made.js';
import type { MetricRegistry } from '../metrics/metric-registry.service.js';
import { PointWriter } from '../metrics/point-writer.service.js';
import type { Sql } from '../platform/database/database.js';
import { compileRules } from './rule-effects.service.js';
import type { CompiledRules } from './rule-matching.service.js';
import { type MatchedEvent, RuleRun } from './rule-run.service.js';
import type { RuleSets } from './rule-set.service.js';

export interface EventRunDeps {
  readonly rules: RuleSets;
  readonly registry: MetricRegistry;
  readonly now: () => Date;
}

/** An event that is not stored, on its way to the rules of a bus. */
export interface BusEvent {
  readonly eventBusName: string;
  /** As patterns see it. */
  readonly value: {
    readonly id: string;
    readonly source: string;
    readonly 'detail-type': string;
    readonly detail: object;
  };
  /** The same as JSON. */
  readonly text: () => string;
  /** The account that it is of, where that is one. */
  readonly accountId: string | null;
  /** See RuleEvent. */
  readonly accountIds: readonly string[] | null;
  /** When it happened: milliseconds since 1970 UTC. */
  readonly time: number;
}

/** Characters of messages that are written at once. */
const lengthAtOnce = 4 * 1024 * 1024;
const maxSubjectLength = 200;

/** Takes events that are not stored to the rules that see them. One in a process for each kind of event. */
export class EventRuns {
  readonly #compiled = lastMade(compileRules);

  constructor(private readonly deps: EventRunDeps) {}

  /**
   * Writes what rules make of events: deliveries and figures, seen if and only if the transaction commits.
   *
   * @returns how many deliveries there are
   */
  async run(sql: Sql, events: readonly BusEvent[]): Promise<number> {
    const { rules, registry, now } = this.deps;
    if (events.length === 0) return 0;
    const set = await rules.current(sql);
    const compiled = this.#compiled(set);
    if (compiled === null) return 0;
    const run = new RuleRun(sql, set);
    for (const part of matchedParts(compiled, events, now().toISOString())) await run.add(part);
    const points = new PointWriter(sql, registry, now());
    await points.add(run.figures(now()));
    await points.finish();
    await run.seal();
    return run.deliveries;
  }
}

/** The events that rules match, with no more of what is made of them in memory than is written at once. */
function* matchedParts(
  rules: CompiledRules,
  events: readonly BusEvent[],
  ingestionTime: string,
): Generator<MatchedEvent[]> {
  let part: MatchedEvent[] = [];
  let length = 0;
  for (const event of events) {
    const matches = rules.match(event.eventBusName, event, ingestionTime);
    if (matches.length === 0) continue;
    const { id, source, 'detail-type': detailType } = event.value;
    const subject = `${source} ${detailType}`.slice(0, maxSubjectLength);
    part.push({ accountId: event.accountId, eventId: id, eventTime: event.time, subject, matches });
    for (const { bodies } of matches) for (const { body } of bodies) length += body?.length ?? 0;
    if (length < lengthAtOnce) continue;
    yield part;
    [part, length] = [[], 0];
  }
  if (part.length > 0) yield part;
}
