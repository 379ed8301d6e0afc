import { setImmediate } from 'node:timers/promises';
import { everyAccount } from '../access/scope.js';
import { readMetricSpans, type SpanWanted } from '../metrics/metric-series.service.js';
import type { Sql } from '../platform/database/database.js';
import type { CompletenessService } from '../sources/completeness.service.js';
import type { AlarmEvents } from './alarm-events.port.js';
import type { AlarmOutcome } from './alarm-outcome.js';
import {
  type AnnouncedChange,
  type ClaimedAlarm,
  claimAlarms,
  readAnnounced,
  touchAlarms,
  writeProgress,
} from './alarm-pass.store.js';
import { type Task, taskOf, windowsOf } from './alarm-task.js';
import { type Telling, type Told, tellChanges } from './alarm-telling.service.js';
import type { BandCache, BandNeed } from './band-cache.service.js';
import type { CompiledAlarm } from './compiled-alarm.js';
import { completeThroughOfReach } from './complete-through.js';
import { readChildren } from './composite-alarm.store.js';
import type { Definitions } from './definitions.service.js';
import { judgeTask, putOff, unjudged } from './judge-task.js';
import type { Evidence } from './judge-windows.js';

export interface AlarmPassDeps {
  readonly completeness: Pick<CompletenessService, 'eachAccount'>;
  readonly events: AlarmEvents;
  readonly definitions: Definitions;
  readonly bands: BandCache;
}

/** What a pass has come to. */
interface PassDone {
  readonly alarms: number;
  /** Whether there may be more to judge at once. */
  readonly hasMore: boolean;
}

const scope = everyAccount('alarms are judged for whoever may see them, each by the accounts of its reach');
/** Alarms after which others of the process have their turn. */
const turn = 200;
/** Of one transaction: windows that are judged, and data points that bands are learned from. The rest comes in the next. */
const mostAtOnce = { windows: 100_000, points: 100_000 };

/** Judges the alarms that are due, in one transaction. The number of statements does not grow with theirs. */
export class AlarmPass {
  #claimed: readonly string[] = [];

  constructor(private readonly deps: AlarmPassDeps) {}

  /** The ids of those that were taken in hand. */
  get claimed(): readonly string[] {
    return this.#claimed;
  }

  /** @param most alarms that are judged at once */
  async run(sql: Sql, now: Date, most: number): Promise<Told & PassDone> {
    const alarms = await claimAlarms(sql, now, most);
    this.#claimed = alarms.map(({ id }) => id);
    if (alarms.length === 0) return { alarms: 0, hasMore: false, changes: 0, deliveries: 0 };
    const all = await this.#tasksOf(sql, alarms, now.getTime());
    const tasks = this.#withinBudget(all);
    const outcomes = await this.#judge(sql, tasks, now.getTime());
    const known = new Set(all.map(({ alarm }) => alarm.id));
    const judged = alarms.map((alarm) => {
      const left = known.has(alarm.id) ? putOff(alarm, now.getTime()) : unjudged(alarm, now.getTime());
      return outcomes.get(alarm.id) ?? left;
    });
    await writeProgress(
      sql,
      judged.map((outcome, index) => {
        const { state } = outcome;
        const value = state && { ...state, reasonData: state.reasonData, transitionedAt: state.at };
        const { id, isCounted } = alarms[index] as ClaimedAlarm;
        return { ...outcome, id, isCounted, state: value };
      }),
      now,
    );
    await touchAlarms(
      sql,
      judged.flatMap(({ left }, index) =>
        left.map((span) => ({ ...span, alarmId: (alarms[index] as ClaimedAlarm).id })),
      ),
    );
    const told = await tellChanges(sql, this.deps.events, tellingsOf(tasks, outcomes), now);
    // Looked at again even where all was taken: what came for these alarms meanwhile, other processes have passed over. Those
    // that wait for what another process has in hand are judged later.
    const isStuck = judged.every((outcome) => outcome.isPutOff);
    return { ...told, alarms: alarms.length, hasMore: !isStuck };
  }

  /** Those whose definition cannot be read are left out. */
  async #tasksOf(sql: Sql, alarms: readonly ClaimedAlarm[], now: number): Promise<Task[]> {
    const definitions = await this.deps.definitions.of(
      sql,
      alarms.map(({ definitionId }) => definitionId),
    );
    // Before the data are read: what is complete by this is there then.
    const accounts = alarms.some(({ isCounted }) => isCounted) ? await this.deps.completeness.eachAccount(scope) : [];
    const completeOf = completeThroughOfReach(accounts);
    return alarms.flatMap((alarm): Task[] => {
      const known = definitions.get(alarm.definitionId) ?? null;
      return known === null ? [] : [taskOf(alarm, known, completeOf, now)];
    });
  }

  /** As many as one transaction may take, and one of each kind at least: at midnight all bands are learned anew. */
  #withinBudget(tasks: readonly Task[]): readonly Task[] {
    let [windows, points] = [0, 0];
    return tasks.filter((task) => {
      const own = { windows: windowsOf(task), points: this.#pointsToLearn(task) };
      const isTaken =
        (windows === 0 || windows + own.windows <= mostAtOnce.windows) &&
        (points === 0 || own.points === 0 || points + own.points <= mostAtOnce.points);
      if (isTaken) {
        windows += own.windows;
        points += own.points;
      }
      return isTaken;
    });
  }

  #pointsToLearn({ alarm: { definitionId, reachId }, known, judged: spans }: Task): number {
    if (known.type === 'COMPOSITE') return 0;
    const { compiled } = known;
    const costs = spans.map(({ from, to }) =>
      this.deps.bands.costOf({ definitionId, alarm: compiled, reachId, from, to }),
    );
    return costs.reduce((sum, cost) => sum + cost, 0);
  }

  async #judge(sql: Sql, tasks: readonly Task[], now: number): Promise<Map<string, AlarmOutcome>> {
    const spans = tasks.flatMap((task, index) => task.judged.map((span) => ({ index, task, span })));
    const announced = await readAnnounced(
      sql,
      spans.flatMap(({ task, span }) =>
        task.spans === null && task.known.type === 'METRIC' ? [] : [{ alarmId: task.alarm.id, ...span }],
      ),
    );
    const evidence = await this.#evidenceOf(sql, tasks);
    const composites = tasks.filter(({ known }) => known.type === 'COMPOSITE');
    const children = await readChildren(
      sql,
      composites.map(({ alarm, judged }) => ({ id: alarm.id, from: judged[0]?.from ?? now })),
    );
    const told = gathered(announced, tasks);
    const byParent = groupBy(children, ({ parentId }) => parentId);
    const touched = new Set(composites.flatMap(({ alarm }) => (alarm.touches.length > 0 ? [alarm.id] : [])));
    const outcomes = new Map<string, AlarmOutcome>();
    for (const [index, task] of tasks.entries()) {
      if (index % turn === turn - 1) await setImmediate();
      const { id } = task.alarm;
      const own = {
        announced: told.get(task) ?? [],
        evidence: evidence.get(task) ?? [],
        children: byParent.get(id) ?? [],
      };
      // What its children are told now, they tell it next: until then it would say what never was.
      const isEarly = own.children.some((child) => child.isPending || touched.has(child.id));
      outcomes.set(id, isEarly ? putOff(task.alarm, now) : judgeTask(task, own, now));
    }
    return outcomes;
  }

  /** What the windows of each span see. */
  async #evidenceOf(sql: Sql, tasks: readonly Task[]): Promise<ReadonlyMap<Task, readonly Evidence[]>> {
    const { bands } = this.deps;
    const wanted: (SpanWanted & { task: Task; compiled: CompiledAlarm; need: BandNeed })[] = [];
    for (const task of tasks) {
      if (task.known.type === 'COMPOSITE') continue;
      const { compiled } = task.known;
      const { reachId, definitionId } = task.alarm;
      for (const { from, to } of task.judged) {
        const need = { definitionId, alarm: compiled, reachId, from, to };
        const first = from - compiled.range * compiled.settings.period * 1000;
        wanted.push({ query: compiled.query, reachId, from: first, to, task, compiled, need });
      }
    }
    const read = await readMetricSpans(sql, wanted);
    await bands.load(
      sql,
      wanted.flatMap(({ compiled, need }) => (compiled.learning === null ? [] : [need])),
    );
    const evidence = new Map<Task, Evidence[]>();
    for (const [index, { task, compiled, need }] of wanted.entries()) {
      const modelsAt = (end: number) => bands.at(need, end);
      const one = {
        alarm: compiled,
        metrics: read[index] ?? new Map(),
        modelsAt,
        completeThrough: task.completeThrough,
      };
      const known = evidence.get(task);
      if (known) known.push(one);
      else evidence.set(task, [one]);
    }
    return evidence;
  }
}

/** What was told, by task and span. */
function gathered(
  announced: readonly AnnouncedChange[],
  tasks: readonly Task[],
): ReadonlyMap<Task, readonly (readonly AnnouncedChange[])[]> {
  const bySpan = groupBy(announced, ({ index }) => index);
  let next = 0;
  return new Map(
    tasks
      .filter(({ spans, known }) => spans !== null || known.type === 'COMPOSITE')
      .map((task) => [task, task.judged.map(() => bySpan.get(next++) ?? [])]),
  );
}

function groupBy<K, T>(all: readonly T[], keyOf: (one: T) => K): ReadonlyMap<K, readonly T[]> {
  const groups = new Map<K, T[]>();
  for (const one of all) {
    const known = groups.get(keyOf(one));
    if (known) known.push(one);
    else groups.set(keyOf(one), [one]);
  }
  return groups;
}

function tellingsOf(tasks: readonly Task[], outcomes: ReadonlyMap<string, AlarmOutcome>): Telling[] {
  return tasks.flatMap(({ alarm, known, judged: spans }): Telling[] => {
    const outcome = outcomes.get(alarm.id);
    if (outcome === undefined || outcome.changes.length + outcome.released.length === 0) return [];
    const isNoNews = spans.every((span) => span.isHistory);
    const { changes, released } = outcome;
    return [{ alarm: { ...alarm, definition: known.definition }, changes, released, isHistory: isNoNews }];
  });
}
