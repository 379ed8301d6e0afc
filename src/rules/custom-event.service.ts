import { randomUUID } from 'node:crypto';
import type { AccountScope } from '../access/scope.js';
import { lastMade } from '../lib/last-made.js';
import type { MetricRegistry } from '../metrics/metric-registry.service.js';
import { PointWriter } from '../metrics/point-writer.service.js';
import type { Database } from '../platform/database/database.js';
import { badInput } from '../platform/errors.js';
import { type CustomEvent, type EntryError, entryBytes, maxEntriesBytes, parseEntry } from './custom-event.js';
import type { PutEventsEntry } from './rule.entity.js';
import type { PutEventsPayload, PutEventsRequestEntry } from './rule.inputs.js';
import { ownAccount } from './rule-arn.js';
import { compileRules } from './rule-effects.service.js';
import type { CompiledRules } from './rule-matching.service.js';
import { type MatchedEvent, RuleRun } from './rule-run.service.js';
import type { RuleSets } from './rule-set.service.js';

export interface CustomEventDeps {
  readonly database: Database;
  readonly rules: RuleSets;
  readonly registry: MetricRegistry;
  readonly now: () => Date;
  /** What custom events say as their region. */
  readonly region: string;
  /** Called after a commit that left something to deliver. */
  readonly onDeliveries: () => Promise<void>;
}

const mostEntries = 10;

/** Events that others put: they are matched against the rules of their bus, and not stored. */
export class CustomEvents {
  readonly #compiled = lastMade(compileRules);

  constructor(private readonly deps: CustomEventDeps) {}

  /** Each entry succeeds or fails by itself, but for the limits on all of them together. */
  async put(scope: AccountScope, entries: readonly PutEventsRequestEntry[]): Promise<PutEventsPayload> {
    if (entries.length === 0 || entries.length > mostEntries) {
      throw badInput('input.entries', `must be 1 to ${mostEntries} events, and are ${entries.length}`);
    }
    const bytes = entries.reduce((sum, entry) => sum + entryBytes(entry), 0);
    if (bytes > maxEntriesBytes) {
      throw badInput('input.entries', `have ${bytes} bytes together; ${maxEntriesBytes} are the most`);
    }
    const parsed = entries.map((entry) => ({ entry: parseEntry(entry, scope, this.deps.now()), id: randomUUID() }));
    const deliveries = await this.#run(
      parsed.flatMap(({ entry, id }) => (isRefused(entry) ? [] : [{ id, entry, bus: entry.eventBusName }])),
    );
    if (deliveries > 0) await this.deps.onDeliveries();
    const results = parsed.map(({ entry, id }) => resultOf(entry, id));
    return { entries: results, failedEntryCount: results.filter(({ errorCode }) => errorCode !== null).length };
  }

  async #run(events: readonly { id: string; entry: CustomEvent; bus: string }[]): Promise<number> {
    const { database, registry, now } = this.deps;
    return database.transaction(async (sql) => {
      const set = await this.deps.rules.current(sql);
      const compiled = this.#compiled(set);
      if (compiled === null) return 0;
      const run = new RuleRun(sql, set);
      await run.add(events.flatMap((event) => this.#matched(compiled, event)));
      const points = new PointWriter(sql, registry, now());
      await points.add(run.figures(now()));
      await points.finish();
      await run.seal();
      return run.deliveries;
    });
  }

  #matched(rules: CompiledRules, { id, entry, bus }: { id: string; entry: CustomEvent; bus: string }): MatchedEvent[] {
    const { detail, detailType, source, accountId, time, resources } = entry;
    const envelope = {
      version: '0',
      id,
      'detail-type': detailType,
      source,
      account: accountId ?? ownAccount,
      time: `${time.toISOString().slice(0, 19)}Z`,
      region: this.deps.region,
      resources,
    };
    const text = () => `${JSON.stringify(envelope).slice(0, -1)},"detail":${detail}}`;
    const value = { ...envelope, detail: JSON.parse(detail) as object };
    const matches = rules.match(bus, { value, text, accountId, time: time.getTime() }, this.deps.now().toISOString());
    if (matches.length === 0) return [];
    const subject = `${source} ${detailType}`.slice(0, 200);
    return [{ accountId, eventId: id, eventTime: time.getTime(), subject, matches }];
  }
}

function isRefused(entry: CustomEvent | EntryError): entry is EntryError {
  return 'errorCode' in entry;
}

function resultOf(entry: CustomEvent | EntryError, id: string): PutEventsEntry {
  return isRefused(entry) ? { eventId: null, ...entry } : { eventId: id, errorCode: null, errorMessage: null };
}
