import type { AccountScope } from '../access/scope.js';
import type { Database } from '../platform/database/database.js';
import { findAlarms } from './alarm.store.js';
import type { AlarmChange } from './alarm-change.port.js';
import { readChanges, readNewestChanges, type StoredChange } from './alarm-change.store.js';
import { queriesOf } from './compiled-alarm.js';
import { decidingTimesOf, triggeringAlarmsOf } from './reason-data.js';
import type { RelatedSubject } from './related-events.service.js';

type Metrics = RelatedSubject['metrics'];
type Periods = RelatedSubject['periods'];

const nothing: RelatedSubject = { metrics: [], periods: [], accountIds: [] };
/** How deep composite alarms are followed. */
const mostLevels = 5;

/** What alarms, and changes of them, are about: the metrics, and the periods whose data points decided. */
export class AlarmSubjects {
  constructor(private readonly deps: { readonly database: Database }) {}

  /** Of the newest time that an alarm was in ALARM, as far as the scope covers what it saw then. */
  async ofAlarm(scope: AccountScope, alarmId: string): Promise<RelatedSubject> {
    const [change] = await readNewestChanges(this.deps.database, scope, [{ alarmId, state: 'ALARM' }]);
    return change === undefined ? nothing : this.#of(scope, change, mostLevels);
  }

  /** Of a change that the scope covers. */
  async ofChange(scope: AccountScope, id: string): Promise<RelatedSubject> {
    const [change] = await readChanges(this.deps.database, [id]);
    return change === undefined ? nothing : this.#of(scope, change, mostLevels);
  }

  async #of(scope: AccountScope, change: StoredChange, levels: number): Promise<RelatedSubject> {
    const { definition, accountIds } = change;
    if (definition.alarmType === 'METRIC') {
      return { metrics: metricsOf(change), periods: periodsOf(change), accountIds };
    }
    if (levels === 0) return nothing;
    const children = await findAlarms(this.deps.database, triggeringNames(change));
    const changes = await readNewestChanges(
      this.deps.database,
      scope,
      children.map(({ id }) => ({ alarmId: id, state: 'ALARM' as const })),
    );
    const subjects = await Promise.all(changes.map((child) => this.#of(scope, child, levels - 1)));
    return {
      metrics: subjects.flatMap(({ metrics }) => metrics),
      periods: subjects.flatMap(({ periods }) => periods),
      accountIds,
    };
  }
}

function metricsOf({ definition }: AlarmChange): Metrics {
  if (definition.alarmType !== 'METRIC') return [];
  return queriesOf(definition).flatMap(({ metricStat }) => {
    if (metricStat === null) return [];
    const { dimensions, ...metric } = metricStat.metric;
    return [{ ...metric, dimensions: Object.fromEntries(dimensions.map(({ name, value }) => [name, value])) }];
  });
}

/** The data points that decided; those that were missing have no events. */
function periodsOf({ definition, stateReasonData }: AlarmChange): Periods {
  if (definition.alarmType !== 'METRIC') return [];
  const periodMs = definition.period * 1000;
  return decidingTimesOf(stateReasonData).map((from) => ({ from, to: from + periodMs }));
}

function triggeringNames({ stateReasonData }: AlarmChange): string[] {
  return triggeringAlarmsOf(stateReasonData).map(({ arn }) => arn.split(':').slice(6).join(':'));
}
