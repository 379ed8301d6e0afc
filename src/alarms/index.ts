import { randomUUID } from 'node:crypto';
import type { EventService } from '../events/event.service.js';
import type { MetricFilterService } from '../metrics/metric-filter.service.js';
import { failureFields, type Logger } from '../platform/log.js';
import type { PubSub } from '../platform/pubsub/pubsub.js';
import type { CompletenessService } from '../sources/completeness.service.js';
import { AlarmResolver } from './alarm.resolver.js';
import { AlarmService, type AlarmServiceDeps } from './alarm.service.js';
import { AlarmBacktests } from './alarm-backtest.service.js';
import { configurationEvent } from './alarm-configuration-event.js';
import { AlarmEvaluator } from './alarm-evaluator.service.js';
import type { AlarmEvents } from './alarm-events.port.js';
import { AlarmFeedService } from './alarm-feed.service.js';
import { AlarmHistory } from './alarm-history.service.js';
import { AlarmInvestigationResolver, AlarmStateChangeResolver } from './alarm-investigation.resolver.js';
import { AlarmPacks } from './alarm-pack.service.js';
import { AlarmStateResolver } from './alarm-state.resolver.js';
import { AlarmStates } from './alarm-state.service.js';
import { AlarmSubjects } from './alarm-subject.service.js';
import { AlarmSubscriptionResolver } from './alarm-subscription.resolver.js';
import { AlarmWriter, type AlarmWriterDeps } from './alarm-writer.service.js';
import { alarmsChanged } from './alarms.topics.js';
import { LiveAlarms } from './live-alarms.service.js';
import { RelatedEvents } from './related-events.service.js';

export interface AlarmsDeps extends AlarmServiceDeps, Omit<AlarmWriterDeps, 'onAlarmsChanged'> {
  readonly pubsub: PubSub;
  readonly log: Logger;
  readonly alarmEvents: AlarmEvents;
  readonly completeness: Pick<CompletenessService, 'eachAccount'>;
  readonly filters: MetricFilterService;
  readonly events: EventService;
  /** Called after a commit that left something to deliver. */
  readonly onDeliveries: () => Promise<void>;
}

export function createAlarms(deps: AlarmsDeps) {
  const { pubsub, log, alarmEvents, now, database } = deps;
  const onChanges = async () => {
    // Whoever follows the changes looks for them as well.
    await pubsub
      .publish(alarmsChanged)
      .catch((error: unknown) => log.warn(failureFields(error), 'changes of alarms not told at once'));
  };
  const history = new AlarmHistory(deps);
  const writer = new AlarmWriter(
    {
      ...deps,
      onAlarmsChanged: async (sql, changes) => {
        await alarmEvents.publish(
          sql,
          changes.map((change) => configurationEvent(change, randomUUID(), now())),
        );
      },
    },
    history,
  );
  const service = new AlarmService(deps, writer);
  const feed = new AlarmFeedService(deps);
  const live = new LiveAlarms({ feed, pubsub, log });
  const states = new AlarmStates({ ...deps, events: alarmEvents, onChanges });
  const packs = new AlarmPacks({ ...deps, writer });
  const subjects = new AlarmSubjects(deps);
  const related = new RelatedEvents(deps);
  return {
    service,
    liveAlarms: live,
    evaluator: new AlarmEvaluator({ ...deps, events: alarmEvents, onChanges }),
    resolvers: [
      new AlarmResolver(service, history),
      new AlarmStateResolver(states, feed, new AlarmBacktests(deps), packs),
      new AlarmInvestigationResolver(database, subjects, related),
      new AlarmStateChangeResolver(service, subjects, related),
      new AlarmSubscriptionResolver(live),
    ],
  };
}
