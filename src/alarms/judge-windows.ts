import { type BandModels, computeSeries, type MetricPoints } from '../metrics/metric-series.service.js';
import type { AlarmState } from '../patterns/alarm-rule/alarm-state.js';
import type { TimeSeries } from '../patterns/metric-math/time-series.js';
import { type AlarmWindow, type Evaluation, evaluate, type WindowPoint } from './alarm-evaluation.js';
import type { Transition } from './alarm-timeline.js';
import type { CompiledAlarm } from './compiled-alarm.js';

/** What the windows of an alarm are judged by. Times in milliseconds since 1970 UTC. */
export interface Evidence {
  readonly alarm: CompiledAlarm;
  /** By the id of the query: all that windows look at. */
  readonly metrics: ReadonlyMap<string, MetricPoints>;
  /** What its bands are at the end of a window. */
  readonly modelsAt: (end: number) => BandModels;
  /** Up to when all data is known to have come. */
  readonly completeThrough: number | null;
}

/** A change of state, with the window that shows it. */
export interface JudgedTransition extends Transition {
  readonly window: AlarmWindow;
  readonly evaluation: Evaluation;
}

/** What came of judging one window after the other. */
export interface Judged {
  readonly transitions: readonly JudgedTransition[];
  /** After the last one. */
  readonly state: AlarmState;
  /** The last window that decided; null: none did. */
  readonly last: { readonly window: AlarmWindow; readonly evaluation: Evaluation } | null;
}

/**
 * Judges the windows that end at the ends of the periods from `from` to `to`, each with the state that the one before
 * left. Between data, where one window without data points is followed by the next, nothing can change: those are passed
 * over.
 *
 * @param now milliseconds since 1970 UTC
 */
export function judgeWindows(
  evidence: Evidence,
  span: { readonly from: number; readonly to: number },
  before: AlarmState,
  now: number,
): Judged {
  const transitions: JudgedTransition[] = [];
  let state = before;
  let last: Judged['last'] = null;
  const windows = new Windows(evidence);
  for (const end of endsToJudge(evidence, span)) {
    const window = windows.at(end, state);
    const evaluation = evaluate(window, now);
    if (!evaluation.isKept) last = { window, evaluation };
    if (evaluation.state !== state)
      transitions.push({ at: end, from: state, to: evaluation.state, window, evaluation });
    state = evaluation.state;
  }
  return { transitions, state, last };
}

/** One window alone. */
export function judgeWindow(
  evidence: Evidence,
  end: number,
  previous: AlarmState,
  now: number,
): { readonly window: AlarmWindow; readonly evaluation: Evaluation } {
  const window = new Windows(evidence).at(end, previous);
  return { window, evaluation: evaluate(window, now) };
}

/** The ends of windows that see a data point, or are the first that does not see it any more; and both ends of the span. */
function* endsToJudge(
  { alarm, metrics }: Evidence,
  { from, to }: { readonly from: number; readonly to: number },
): Generator<number> {
  const periodMs = alarm.settings.period * 1000;
  if (alarm.isComputed) {
    for (let end = from; end <= to; end += periodMs) yield end;
    return;
  }
  yield from;
  let next = from + periodMs;
  for (const time of metrics.get(alarm.resultId)?.series.timestamps ?? []) {
    const until = Math.min(to, time + (alarm.range + 1) * periodMs);
    for (let end = Math.max(next, time + periodMs); end <= until; end += periodMs) {
      yield end;
      next = end + periodMs;
    }
  }
  // The one before it may be of the future, and see nothing where this one has to be judged for good.
  if (next <= to) yield to;
}

/** Makes windows; of a plain metric its points are made once. */
class Windows {
  readonly #points: readonly WindowPoint[] | null;
  readonly #minimums: readonly number[];
  #from = 0;

  constructor(private readonly evidence: Evidence) {
    const { alarm, metrics } = evidence;
    const read = metrics.get(alarm.resultId);
    const isPlain = !alarm.isComputed && alarm.bandId === null;
    this.#points = isPlain ? (read === undefined ? [] : plainPoints(read)) : null;
    this.#minimums = read?.minimums ?? [];
  }

  /** Ends come in their order. */
  at(end: number, previous: AlarmState): AlarmWindow {
    const { alarm, completeThrough } = this.evidence;
    const { settings, range } = alarm;
    const start = end - range * settings.period * 1000;
    const common = { settings, end, previous, completeThrough };
    if (this.#points === null) return { ...common, points: this.#computed(start, end) };
    while ((this.#points[this.#from]?.time ?? Number.POSITIVE_INFINITY) < start) this.#from += 1;
    let until = this.#from;
    let hasNegative = false;
    while ((this.#points[until]?.time ?? Number.POSITIVE_INFINITY) < end) {
      hasNegative ||= (this.#minimums[until] as number) < 0;
      until += 1;
    }
    const isSum = alarm.definition.statistic === 'Sum';
    return { ...common, points: this.#points.slice(this.#from, until), hasNegative: isSum && hasNegative };
  }

  #computed(start: number, end: number): WindowPoint[] {
    const { alarm, metrics, modelsAt } = this.evidence;
    const { settings, query, resultId, bandId } = alarm;
    const span = { start, end, period: settings.period };
    const read = new Map([...metrics].map(([id, { series }]) => [id, series]));
    const computed = computeSeries(query, read, span, modelsAt(end));
    const [result] = computed.get(resultId) ?? [];
    if (result === undefined) return [];
    const [upper, lower] = (bandId === null ? null : computed.get(bandId)) ?? [];
    const bounds = [upper, lower].map((series) => (series === undefined ? null : valuesByTime(series)));
    return result.timestamps.flatMap((time, at) => {
      const bound = bounds.map((values) => values?.get(time) ?? null);
      // Where there is no band yet, there is nothing to compare with.
      if (bandId !== null && (bound[0] === null || bound[1] === null)) return [];
      const [high = null, low = null] = bound;
      return [{ time, value: result.values[at] as number, sampleCount: null, lower: low, upper: high }];
    });
  }
}

function plainPoints({ series, sampleCounts, lasting }: MetricPoints): WindowPoint[] {
  return series.timestamps.map((time, at) => ({
    time,
    value: series.values[at] as number,
    sampleCount: sampleCounts[at] as number,
    lower: null,
    upper: null,
    lasting: lasting[at] as number | null,
  }));
}

function valuesByTime({ timestamps, values }: TimeSeries): ReadonlyMap<number, number> {
  return new Map(timestamps.map((time, at) => [time, values[at] as number]));
}
