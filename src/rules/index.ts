import type { EventService } from '../events/event.service.js';
import type { Logger } from '../platform/log.js';
import { AlarmEventRules } from './alarm-event.service.js';
import { type CustomEventDeps, CustomEvents } from './custom-event.service.js';
import { PatternResolver } from './pattern.resolver.js';
import { RuleResolver } from './rule.resolver.js';
import { RuleService, type RuleServiceDeps } from './rule.service.js';
import { RuleSets } from './rule-set.service.js';
import { type ScheduleRunDeps, ScheduleRuns } from './schedule-run.service.js';

export type RulesDeps = RuleServiceDeps &
  ScheduleRunDeps &
  Omit<CustomEventDeps, 'rules'> & { readonly events: EventService; readonly log: Logger };

export function createRules(deps: RulesDeps) {
  const rules = new RuleSets(deps.log);
  const service = new RuleService(deps);
  const customEvents = new CustomEvents({ ...deps, rules });
  return {
    rules,
    /** Where events of alarms go to. */
    alarmEvents: new AlarmEventRules({ ...deps, rules }),
    schedules: new ScheduleRuns(deps),
    resolvers: [new RuleResolver(service, customEvents), new PatternResolver(deps.events, deps.now)],
  };
}
