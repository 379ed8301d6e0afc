import type { Caller } from '../access/context.js';
import type { AccountScope } from '../access/scope.js';
import { narrow } from '../access/scope.js';
import { type MetricPoints, readMetricSpansFor } from '../metrics/metric-series.service.js';
import type { AlarmState } from '../patterns/alarm-rule/alarm-state.js';
import { MathQueryError } from '../patterns/metric-math/metric-math-error.js';
import type { Database, Sql } from '../platform/database/database.js';
import { badInput, CrosstrailError } from '../platform/errors.js';
import { parseMetricAlarm } from './alarm-settings.js';
import type { BacktestAlarmInput, BacktestAlarmPayload, BacktestTransition } from './alarm-state.inputs.js';
import { BandCache } from './band-cache.service.js';
import { type CompiledAlarm, compileAlarm } from './compiled-alarm.js';
import { givenPoints } from './given-points.js';
import { judgeInTurns, seriesOf } from './judge-in-turns.js';
import type { Evidence } from './judge-windows.js';
import { statedReason } from './stated-reason.js';

/**
 * Windows of one backtest, periods that all of them look at together (where they are computed: of each metric and each
 * expression), and what an answer holds.
 */
const most = { windows: 100_000, looks: 20_000_000, computed: 4_000_000, transitions: 10_000 };

/** Tries alarms on the past, by the same judgement that alarms are judged by. */
export class AlarmBacktests {
  constructor(private readonly deps: { readonly database: Database; readonly now: () => Date }) {}

  /**
   * What an alarm would have done: one evaluation at the end of each period in (startTime, endTime].
   *
   * @throws BAD_USER_INPUT, COST_EXCEEDED
   */
  async run(caller: Caller, input: BacktestAlarmInput, signal: AbortSignal): Promise<BacktestAlarmPayload> {
    const { startTime, endTime } = input;
    if (startTime >= endTime) throw badInput('input.endTime', 'must be after startTime');
    const definition = parseMetricAlarm(input.alarm, caller.accounts, 'input.alarm.');
    const compiled = compileAlarm(definition);
    const periodMs = compiled.settings.period * 1000;
    const span = {
      from: (Math.floor(startTime.getTime() / periodMs) + 1) * periodMs,
      to: Math.floor(endTime.getTime() / periodMs) * periodMs,
    };
    requireFew(compiled, (span.to - span.from) / periodMs + 1);
    const initial = input.initialState ?? 'INSUFFICIENT_DATA';
    if (span.to < span.from) return { transitions: [], finalState: initial };
    const scope = narrow(caller.accounts, definition.accountIds);
    const evidence = input.dataPoints
      ? evidenceOf(compiled, givenPoints(definition, input.dataPoints))
      : await this.#stored(this.deps.database.until(signal).reads, scope, compiled, span);
    const now = this.deps.now().getTime();
    return judged(evidence, span, initial, { now, signal });
  }

  async #stored(
    sql: Sql,
    scope: AccountScope,
    compiled: CompiledAlarm,
    { from, to }: { readonly from: number; readonly to: number },
  ): Promise<Evidence> {
    const now = this.deps.now().getTime();
    const read = (on: Sql, wanted: Parameters<typeof readMetricSpansFor>[2]) =>
      readMetricSpansFor(on, scope, wanted, now);
    const first = from - (compiled.range + 1) * compiled.settings.period * 1000;
    const [metrics] = await read(sql, [{ query: compiled.query, from: first, to }]);
    const bands = new BandCache(read);
    const need = { definitionId: 'backtest', alarm: compiled, reachId: null, from, to };
    if (compiled.learning !== null) await bands.load(sql, [need]);
    return {
      alarm: compiled,
      metrics: metrics ?? new Map(),
      modelsAt: (end) => bands.at(need, end),
      completeThrough: Number.POSITIVE_INFINITY,
    };
  }
}

/** Points that were given are what the alarm judges, whatever it would compute. */
function evidenceOf(compiled: CompiledAlarm, points: MetricPoints): Evidence {
  if (compiled.bandId !== null) {
    throw badInput('input.dataPoints', 'an alarm with a band takes stored data: a band is learned from weeks of it');
  }
  return {
    alarm: { ...compiled, isComputed: false },
    metrics: new Map([[compiled.resultId, points]]),
    modelsAt: () => new Map(),
    completeThrough: Number.POSITIVE_INFINITY,
  };
}

function requireFew(compiled: CompiledAlarm, windows: number): void {
  const { range, isComputed, bandId } = compiled;
  const looks = windows * range * seriesOf(compiled);
  const mostLooks = isComputed || bandId !== null ? most.computed : most.looks;
  if (windows <= most.windows && looks <= mostLooks) return;
  throw new CrosstrailError(
    'COST_EXCEEDED',
    `this takes ${windows} evaluations of ${range} periods each: ask for a shorter time, or a longer period`,
    { limit: most.windows, cost: windows },
  );
}

/** @throws BAD_USER_INPUT where its metric math cannot be computed, COST_EXCEEDED for too many changes, as the signal says */
async function judged(
  evidence: Evidence,
  span: { readonly from: number; readonly to: number },
  initial: AlarmState,
  during: { readonly now: number; readonly signal: AbortSignal },
): Promise<BacktestAlarmPayload> {
  const changes: BacktestTransition[] = [];
  let finalState = initial;
  try {
    for await (const { transitions, state } of judgeInTurns(evidence, span, initial, during)) {
      finalState = state;
      if (changes.length + transitions.length > most.transitions) throw tooManyChanges();
      for (const { at, from, to, window, evaluation } of transitions) {
        const { reason } = statedReason(evidence.alarm, window, evaluation, during.now);
        changes.push({ timestamp: new Date(at), from, to, reason });
      }
    }
  } catch (error) {
    if (error instanceof MathQueryError) throw badInput('input.alarm.metrics', error.reason, error.position);
    throw error;
  }
  return { transitions: changes, finalState };
}

function tooManyChanges(): CrosstrailError {
  return new CrosstrailError(
    'COST_EXCEEDED',
    `the alarm would have changed more than ${most.transitions} times: ask for a shorter time`,
    { limit: most.transitions },
  );
}
