import type { AlarmState } from '../../src/patterns/alarm-rule/alarm-state.js';
import type { Database } from '../../src/platform/database/database.js';

/** A change as it is stored, with its alarm. */
export interface AuditedChange {
  readonly id: string;
  readonly alarm: string;
  readonly type: 'METRIC' | 'COMPOSITE';
  readonly tags: Readonly<Record<string, string>>;
  readonly accountIds: readonly string[] | null;
  /** Milliseconds since 1970 UTC. */
  readonly at: number;
  readonly from: AlarmState;
  readonly to: AlarmState;
  readonly isSet: boolean;
  readonly isSuperseded: boolean;
  /** What it corrects. */
  readonly supersedes: string | null;
}

/** Every change, in the order of positions. */
export async function readAllChanges(database: Database): Promise<AuditedChange[]> {
  return database.query<AuditedChange>(
    `SELECT change.id, alarm.name AS alarm, alarm.type, alarm.tags, change.account_ids AS "accountIds",
       extract(epoch FROM evaluated_at)::float8 * 1000 AS at, previous_state AS "from", change.state AS "to",
       change.is_set AS "isSet", is_superseded AS "isSuperseded", supersedes
     FROM alarm_change AS change JOIN alarm ON alarm.id = alarm_id ORDER BY position`,
  );
}

/**
 * Holds what was told of alarms against itself and against their states, when nothing moves any more.
 *
 * @param isLive whether an alarm is judged by what is there when it is looked at: its changes are in the order in which they
 *   were told; those of others are in that of their times, and what was set by hand is no part of them
 * @returns what is not as it must be, in words
 */
export async function auditAlarms(database: Database, isLive: (alarm: string) => boolean): Promise<string[]> {
  const changes = await readAllChanges(database);
  const states = await database.query<{ name: string; state: AlarmState }>('SELECT name, state FROM alarm');
  return [
    ...states.flatMap(({ name, state }) => {
      const told = changes.filter(({ alarm, isSuperseded }) => alarm === name && !isSuperseded);
      return [...doubled(told), ...(isLive(name) ? brokenChain(told, state) : brokenTimeline(told, state))];
    }),
    ...wrongCorrections(changes),
    ...(await wrongPositions(database)),
    ...(await wrongHistory(database)),
    ...(await wrongActions(database)),
  ];
}

const shown = ({ alarm, at, from, to }: AuditedChange) => `${alarm} ${new Date(at).toISOString()} ${from} -> ${to}`;

function doubled(told: readonly AuditedChange[]): string[] {
  const seen = new Set<string>();
  return told.flatMap((change) => {
    const key = shown(change);
    if (seen.has(key)) return [`told twice: ${key}`];
    seen.add(key);
    return [];
  });
}

function brokenTimeline(told: readonly AuditedChange[], state: AlarmState): string[] {
  const judged = told.filter(({ isSet, from, to }) => !isSet && from !== to);
  return brokenChain(
    judged.toSorted((one, other) => one.at - other.at),
    state,
  );
}

function brokenChain(told: readonly AuditedChange[], state: AlarmState): string[] {
  const last = told.at(-1);
  if (last === undefined) return [];
  const breaks = told.filter(({ from }, index) => from !== (told[index - 1]?.to ?? 'INSUFFICIENT_DATA'));
  return [
    ...breaks.map((change) => `does not follow from the change before: ${shown(change)}`),
    ...(last.to === state ? [] : [`the alarm is in ${state}, and was last told of as: ${shown(last)}`]),
  ];
}

function wrongCorrections(changes: readonly AuditedChange[]): string[] {
  const corrected = changes.flatMap(({ supersedes }) => supersedes ?? []);
  const superseded = changes.flatMap(({ id, isSuperseded }) => (isSuperseded ? [id] : []));
  const isSame = corrected.toSorted().join() === superseded.toSorted().join();
  return isSame ? [] : ['what is superseded, and what supersedes it, are not the same'];
}

/** Without a gap: a place that was given and not used was lost. */
async function wrongPositions(database: Database): Promise<string[]> {
  return problems(
    database,
    `SELECT format('%s changes, and the newest place is %s', count(*), max(alarm_position.position)) AS problem
     FROM alarm_change, alarm_position
     HAVING count(*) <> max(alarm_position.position) OR max(alarm_change.position) <> max(alarm_position.position)`,
  );
}

async function wrongHistory(database: Database): Promise<string[]> {
  return problems(
    database,
    `SELECT format('%s has %s changes, and %s of them in its history', name, changes, told) AS problem FROM (
       SELECT name, (SELECT count(*) FROM alarm_change WHERE alarm_id = alarm.id) AS changes,
         (SELECT count(*) FROM alarm_history WHERE alarm_id = alarm.id AND type = 'StateUpdate') AS told
       FROM alarm) AS counted
     WHERE changes <> told`,
  );
}

/** Each change of an alarm with actions is delivered under one key, and each end of a delivery is in the history once. */
async function wrongActions(database: Database): Promise<string[]> {
  const notOnce = await problems(
    database,
    `SELECT format('change %s of %s: %s deliveries, %s of them delivered', id, name, sent, delivered) AS problem
     FROM (
       SELECT change.id, alarm.name, count(delivery.key) AS sent,
         count(*) FILTER (WHERE delivery.state = 'DELIVERED') AS delivered
       FROM alarm_change AS change
       JOIN alarm ON alarm.id = change.alarm_id
       JOIN alarm_action AS action ON action.alarm_id = alarm.id AND action.state = change.state
       LEFT JOIN delivery ON delivery.event_id = change.id::text AND delivery.target_id = action.target_id
       GROUP BY change.id, alarm.id
     ) AS counted
     WHERE sent <> 1 OR delivered <> 1`,
  );
  const notWritten = await problems(
    database,
    `SELECT format('%s has %s deliveries, and %s in its history', name, sent, written) AS problem FROM (
       SELECT name, (SELECT count(*) FROM delivery WHERE alarm_name = alarm.name) AS sent,
         (SELECT count(*) FROM alarm_history WHERE alarm_id = alarm.id AND type = 'Action') AS written
       FROM alarm) AS counted
     WHERE sent <> written`,
  );
  return [...notOnce, ...notWritten];
}

async function problems(database: Database, query: string): Promise<string[]> {
  const rows = await database.query<{ problem: string }>(query);
  return rows.map(({ problem }) => problem);
}
