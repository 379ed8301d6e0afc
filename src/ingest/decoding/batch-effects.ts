import type { Effect, EffectCause, EffectMaker } from '../../events/segment.port.js';
import { lastMade } from '../../lib/last-made.js';
import {
  type CompiledFilters,
  compileFilters,
  gatherSamples,
  type Sample,
} from '../../metrics/filter-matching.service.js';
import type { FilterSamples, FilterSet } from '../../metrics/filter-set.port.js';
import { LogMessage } from '../../patterns/filter-pattern/log-message.js';
import { compileRules, type RuleEffect, ruleEffects } from '../../rules/rule-effects.service.js';
import type { CompiledRules } from '../../rules/rule-matching.service.js';
import type { RuleSet } from '../../rules/rule-set.port.js';

/** What new events are held against. */
export interface Watchers {
  readonly rules: RuleSet;
  readonly filters: FilterSet;
}

/** What follows from some new events. Plain data: it is handed between threads. */
export interface BatchEffects {
  readonly rules: readonly RuleEffect[];
  readonly samples: readonly FilterSamples[];
}

interface EventEffect extends Effect {
  readonly rule: RuleEffect | null;
  readonly samples: readonly Sample[];
}

const nothing: readonly Sample[] = [];
/** What a sample holds of memory, its text aside. */
const sampleBytes = 120;

/** Rules and filters of a thread, compiled when they are others than those before. */
export class CompiledWatchers {
  readonly #rulesOf = lastMade(compileRules);
  readonly #filtersOf = lastMade(compileFilters);
  #rules: CompiledRules | null = null;
  #filters: CompiledFilters | null = null;

  /** Takes what has changed; what is null stays. */
  update({ rules, filters }: { readonly [K in keyof Watchers]: Watchers[K] | null }): void {
    if (rules !== null) this.#rules = this.#rulesOf(rules);
    if (filters !== null) this.#filters = this.#filtersOf(filters);
  }

  /** @param ingestionTime ISO 8601 */
  effects(ingestionTime: string): EffectMaker {
    const ofRules = ruleEffects(this.#rules, ingestionTime);
    const filters = this.#filters;
    return {
      effectOf(cause): EventEffect | null {
        const rule = ofRules(cause);
        const samples = filters === null ? nothing : samplesOf(filters, cause);
        if (rule === null && samples.length === 0) return null;
        const ofSamples = samples.reduce(
          (sum, { dimensionValues }) =>
            dimensionValues.reduce((all, text) => all + (text?.length ?? 0), sum + sampleBytes),
          0,
        );
        return { bytes: (rule?.bytes ?? 0) + ofSamples, rule, samples };
      },
      gather(effects): BatchEffects {
        const all = effects as readonly EventEffect[];
        return {
          rules: all.flatMap(({ rule }) => (rule === null ? [] : [rule])),
          samples: gatherSamples(all.flatMap(({ samples }) => samples)),
        };
      },
    };
  }
}

function samplesOf(filters: CompiledFilters, cause: EffectCause): Sample[] {
  const { raw, record, accountId, awsRegion, eventTime } = cause;
  return filters.samplesOf({ message: LogMessage.ofRecord(raw, record), accountId, awsRegion, eventTime });
}
