import { setImmediate } from 'node:timers/promises';
import { everyAccount } from '../access/scope.js';
import { dayMs, minuteMs } from '../lib/time.js';
import { readMetricSpans, type SpanWanted } from '../metrics/metric-series.service.js';
import { MathQueryError } from '../patterns/metric-math/metric-math-error.js';
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
import { type Telling, type Told, tellChanges } from './alarm-telling.service.js';
import type { BandCache, BandNeed } from './band-cache.service.js';
import type { CompiledAlarm } from './compiled-alarm.js';
import { completeThroughOfReach } from './complete-through.js';
import { type ChildRow, readChildren } from './composite-alarm.store.js';
import type { ChildTimeline } from './composite-judgement.js';
import type { CompiledDefinition, Definitions } from './definitions.service.js';
import { judgeCompositeAlarm } from './judge-composite-alarm.js';
import { judgeLiveAlarm, liveEnds } from './judge-live-alarm.js';
import { type EvidentSpan, judgeLogAlarm } from './judge-log-alarm.js';
import type { Evidence } from './judge-windows.js';
import { type JudgedSpan, type JudgedSpans, spansToJudge } from './judged-spans.js';

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

/** What is to be judged of one alarm. */
interface Task {
  readonly alarm: ClaimedAlarm;
  readonly known: CompiledDefinition;
  /** Null for those that are judged as they are now. */
  readonly spans: JudgedSpans | null;
  /** In the order of time. */
  readonly judged: readonly JudgedSpan[];
  readonly completeThrough: number | null;
}

const scope = everyAccount('alarms are judged for whoever may see them, each by the accounts of its reach');
/** Alarms after which others of the process have their turn. */
const turn = 200;
/** Windows that are judged in one transaction: what is behind by more is judged in several. */
const mostWindowsAtOnce = 100_000;

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
    const tasks = withinBudget(all);
    const outcomes = await this.#judge(sql, tasks, now.getTime());
    for (const { alarm } of all.slice(tasks.length)) outcomes.set(alarm.id, putOff(alarm, now.getTime()));
    const judged = alarms.map((alarm) => outcomes.get(alarm.id) ?? unjudged(alarm, now.getTime()));
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

function taskOf(
  alarm: ClaimedAlarm,
  known: CompiledDefinition,
  completeOf: ReturnType<typeof completeThroughOfReach>,
  now: number,
): Task {
  if (known.type === 'COMPOSITE') {
    const from = alarm.touches.reduce((first, touch) => Math.min(first, touch.from), now);
    // Its children may be judged before their periods are over.
    const span = { from, to: now + 2 * dayMs, isHistory: isHistory(alarm) };
    return { alarm, known, spans: null, judged: [span], completeThrough: null };
  }
  const { compiled } = known;
  if (!alarm.isCounted) {
    const { over, open } = liveEnds(compiled, now);
    const span = { from: over, to: open, isHistory: false };
    return { alarm, known, spans: null, judged: [span], completeThrough: now };
  }
  const complete = completeOf(alarm);
  const { period, evaluationDelay } = compiled.settings;
  const counted = asCounted(alarm);
  const place = { ...counted, period, evaluationDelay, range: compiled.range, completeThrough: complete };
  const spans = spansToJudge(place, now);
  const judged = spans.next === null ? spans.reopened : [...spans.reopened, spans.next];
  return { alarm: counted, known, spans, judged, completeThrough: complete };
}

/** What was judged before a metric filter counted any of its metrics was judged by what was there, and stays so. */
function asCounted(alarm: ClaimedAlarm): ClaimedAlarm {
  const isFirst = !alarm.wasCounted && alarm.judgedThrough > alarm.judgedFrom;
  return isFirst ? { ...alarm, closedThrough: alarm.judgedThrough } : alarm;
}

/** As many as one transaction may take, and one at least. */
function withinBudget(tasks: readonly Task[]): readonly Task[] {
  let windows = 0;
  const end = tasks.findIndex((task, index) => {
    windows += windowsOf(task);
    return index > 0 && windows > mostWindowsAtOnce;
  });
  return end === -1 ? tasks : tasks.slice(0, end);
}

function windowsOf({ known, judged }: Task): number {
  if (known.type === 'COMPOSITE') return 1;
  const periodMs = known.compiled.settings.period * 1000;
  return judged.reduce((sum, { from, to }) => sum + (to - from) / periodMs + 1, 0);
}

function isHistory({ touches }: ClaimedAlarm): boolean {
  return touches.length > 0 && touches.every((touch) => touch.isHistory);
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

interface Own {
  readonly announced: readonly (readonly AnnouncedChange[])[];
  readonly evidence: readonly Evidence[];
  readonly children: readonly ChildRow[];
}

/** An expression that cannot be computed leaves its alarm as it is. */
function judgeTask(task: Task, own: Own, now: number): AlarmOutcome {
  try {
    return judged(task, own, now);
  } catch (error) {
    if (!(error instanceof MathQueryError)) throw error;
    const judgedThrough = task.spans?.judgedThrough ?? task.alarm.judgedThrough;
    return { ...unjudged(task.alarm, now), judgedThrough, evaluationState: 'EVALUATION_ERROR' };
  }
}

function judged({ alarm, known, spans, judged: all }: Task, own: Own, now: number): AlarmOutcome {
  const parts = all.map((span, index): EvidentSpan => {
    return { span, evidence: own.evidence[index] as Evidence, announced: own.announced[index] ?? [] };
  });
  const [first] = parts;
  if (known.type === 'COMPOSITE') {
    const { definition, rule } = known;
    const { children } = own;
    const suppressor = children.find((child) => child.isSuppressor);
    return judgeCompositeAlarm({
      alarm,
      name: definition.alarmName,
      rule,
      children: children.filter((child) => !child.isSuppressor).map(timelineOf),
      suppressor: suppressor
        ? {
            timeline: timelineOf(suppressor),
            periods: {
              waitPeriod: definition.actionsSuppressorWaitPeriod ?? 0,
              extensionPeriod: definition.actionsSuppressorExtensionPeriod ?? 0,
            },
          }
        : null,
      announced: first?.announced ?? [],
      from: first?.span.from ?? now,
      isHistory: first?.span.isHistory ?? false,
      now,
    });
  }
  const { compiled } = known;
  if (spans === null) return judgeLiveAlarm(alarm, compiled, (first as EvidentSpan).evidence, now);
  const next = spans.next === null ? null : (parts.at(-1) as EvidentSpan);
  const reopened = next === null ? parts : parts.slice(0, -1);
  return judgeLogAlarm({ alarm, compiled, spans, now }, reopened, next);
}

/** One of which nothing was ever judged is as it was made. */
function timelineOf({ name, accountId, region, state, changes }: ChildRow): ChildTimeline {
  const stateBefore = changes[0]?.before ?? 'INSUFFICIENT_DATA';
  return { name, place: { accountId, region }, state, stateBefore, changes };
}

/** One that is judged in the next pass. */
function putOff(alarm: ClaimedAlarm, now: number): AlarmOutcome {
  return { ...unjudged(alarm, now), dueAt: now, evaluationState: null, left: alarm.touches, isPutOff: true };
}

/** One that cannot be judged as it is. */
function unjudged(alarm: ClaimedAlarm, now: number): AlarmOutcome {
  const { judgedThrough, earlyThrough, closedThrough, isSet, suppression } = alarm;
  return {
    changes: [],
    state: null,
    released: [],
    suppression,
    judgedThrough,
    earlyThrough,
    closedThrough,
    dueAt: now + minuteMs,
    isSet,
    evaluationState: 'EVALUATION_ERROR',
    left: [],
  };
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
