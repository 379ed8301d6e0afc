import type { Effect, EffectCause } from '../events/segment.port.js';
import { envelopeText, toEnvelope } from '../formats/cloudtrail/envelope.js';
import { defaultEventBus } from './event-bus.js';
import { CompiledRules } from './rule-matching.service.js';
import type { MatchedEvent } from './rule-run.service.js';
import type { RuleSet } from './rule-set.port.js';

/** What rules make of a new event, besides its being stored. */
export interface RuleEffect extends Effect, MatchedEvent {}

/** What rules make of each new event. */
type RuleEffectOf = (cause: EffectCause) => RuleEffect | null;

const nothing: RuleEffectOf = () => null;
/** What a match holds of memory besides its text. */
const matchBytes = 200;

/** @param ingestionTime ISO 8601 */
export function ruleEffects(compiled: CompiledRules | null, ingestionTime: string): RuleEffectOf {
  if (compiled === null) return nothing;
  return ({ raw, record, accountId, eventId, eventTime }) => {
    const envelope = toEnvelope(record, { accountId, eventId });
    const text = () => envelopeText(envelope, raw);
    const matches = compiled.match(
      defaultEventBus,
      { value: envelope, text, accountIds: [accountId], time: eventTime },
      ingestionTime,
    );
    if (matches.length === 0) return null;
    const texts = matches.flatMap(({ bodies }) => bodies.map(({ body }) => body?.length ?? 0));
    const bytes = matchBytes + texts.reduce((sum, length) => sum + length + matchBytes, 0);
    return { bytes, accountId, eventId, eventTime, subject: subjectOf(record, envelope.source), matches };
  };
}

/** Null where there is nothing to match. */
export function compileRules(set: RuleSet): CompiledRules | null {
  return set.rules.length === 0 ? null : new CompiledRules(set);
}

function subjectOf(record: Readonly<Record<string, unknown>>, source: string): string {
  const name = record['eventName'];
  return `${source} ${typeof name === 'string' ? name : String(record['eventType'] ?? '')}`.trim().slice(0, 200);
}
