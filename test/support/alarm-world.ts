import type { Caller } from '../../src/access/context.js';
import type { MetricAlarmInput, PutCompositeAlarmInput } from '../../src/alarms/alarm.inputs.js';
import { AlarmEvaluator } from '../../src/alarms/alarm-evaluator.service.js';
import type { AlarmEvent } from '../../src/alarms/alarm-events.port.js';
import { AlarmStates } from '../../src/alarms/alarm-state.service.js';
import { createAlarms } from '../../src/alarms/index.js';
import { createCursorCodec } from '../../src/lib/cursor.js';
import type { AlarmState } from '../../src/patterns/alarm-rule/alarm-state.js';
import type { Database, Sql } from '../../src/platform/database/database.js';
import { admin } from './collection.js';
import { namespace, openMetricWorld } from './metric-world.js';
import { silentLog } from './silent-log.js';

/** What is told of a change, with short times. */
export interface TestChange {
  readonly alarm: string;
  readonly at: number;
  readonly timestamp: number;
  readonly detectedAt: number;
  readonly from: AlarmState;
  readonly to: AlarmState;
  readonly reason: string;
  readonly revision: number;
  readonly id: string;
  readonly supersedes: string | null;
  readonly isSuperseded: boolean;
}

/** A sum over minutes of which one is enough, where a test says nothing else. */
export function alarmInput(alarmName: string, more: Partial<MetricAlarmInput> = {}): MetricAlarmInput {
  const metric = more.metrics ? {} : { namespace, metricName: alarmName, period: 60 };
  const statistic = more.metrics || more.extendedStatistic ? {} : { statistic: 'Sum' };
  return {
    alarmName,
    evaluationPeriods: 1,
    threshold: 1,
    comparisonOperator: 'GreaterThanOrEqualToThreshold',
    ...metric,
    ...statistic,
    ...more,
  } as MetricAlarmInput;
}

/** The metrics room, and alarms beside it that are judged when a test says so, by its clock. */
export async function openAlarmWorld(options: { readonly poolSize?: number } = {}) {
  const world = await openMetricWorld(options);
  const { database, now } = world;
  /** Up to when files of an account are expected to have come, in milliseconds since 1970 UTC. */
  const complete = new Map<string, number>();
  const published: AlarmEvent[] = [];
  const events = {
    publish: async (_sql: Sql, some: readonly AlarmEvent[]) => {
      published.push(...some);
      return 0;
    },
  };
  const completeness = {
    eachAccount: async () =>
      [...complete].map(([account, time]) => ({ account, expectedThrough: new Date(time) })) as never,
  };
  const targets = { findForRules: async () => new Map() };
  const nothing = async () => undefined;
  const audit = { record: nothing };
  const cursors = createCursorCodec(Buffer.alloc(32, 1));
  const pubsub = { publish: nothing, subscribe: async () => nothing };
  const alarms = createAlarms({
    ...{ database, audit, cursors, targets, now, pubsub, completeness, alarmEvents: events, log: silentLog },
    ...{ onDue: nothing, onDeliveries: nothing, filters: world.filters, events: null },
  } as never);
  const states = new AlarmStates({ database, audit, events, now, onChanges: nothing, onDeliveries: nothing });
  const openEvaluator = (on: Database = database) =>
    new AlarmEvaluator({
      database: on,
      completeness,
      events,
      log: silentLog,
      now,
      onDeliveries: async () => undefined,
      onChanges: async () => undefined,
    });
  const evaluator = openEvaluator();

  return {
    ...world,
    complete,
    published,
    alarms,
    openEvaluator,
    putAlarm: (name: string, more: Partial<MetricAlarmInput> = {}, caller: Caller = admin) =>
      alarms.service.putMetric(caller, alarmInput(name, more)),
    putComposite: (alarmName: string, alarmRule: string, more: Partial<PutCompositeAlarmInput> = {}) =>
      alarms.service.putComposite(admin, { alarmName, alarmRule, ...more }),
    setState: (alarmName: string, stateValue: AlarmState) =>
      states.set(admin, { alarmName, stateValue, stateReason: 'by hand' }),
    /** Judges what is due at a time, by default now. */
    async tick(at: number = world.clock.time): Promise<void> {
      world.clock.time = at;
      await evaluator.work();
    },
    /** All that was told, in the order in which it was. */
    async changes(alarm?: string): Promise<TestChange[]> {
      return database.query<TestChange>(
        `SELECT definition ->> 'alarmName' AS alarm, extract(epoch FROM evaluated_at)::float8 * 1000 AS at,
           extract(epoch FROM happened_at)::float8 * 1000 AS timestamp,
           extract(epoch FROM detected_at)::float8 * 1000 AS "detectedAt", previous_state AS "from", state AS "to",
           state_reason AS reason, revision, alarm_change.id, supersedes, is_superseded AS "isSuperseded"
         FROM alarm_change JOIN alarm_definition ON alarm_definition.id = definition_id
         WHERE $1::text IS NULL OR definition ->> 'alarmName' = $1
         ORDER BY position`,
        [alarm ?? null],
      );
    },
    /** What holds of all that was told: in the order of time. */
    async timeline(alarm: string): Promise<{ at: number; from: AlarmState; to: AlarmState }[]> {
      const told = await this.changes(alarm);
      return told
        .filter(({ isSuperseded, from, to }) => !isSuperseded && from !== to)
        .sort((one, other) => one.at - other.at)
        .map(({ at, from, to }) => ({ at, from, to }));
    },
    async state(alarm: string): Promise<AlarmState | undefined> {
      const [row] = await database.query<{ state: AlarmState }>('SELECT state FROM alarm WHERE name = $1', [alarm]);
      return row?.state;
    },
  };
}

export type AlarmWorld = Awaited<ReturnType<typeof openAlarmWorld>>;
