import { setImmediate } from 'node:timers/promises';
import type { MetricPoints } from '../metrics/metric-series.service.js';
import type { AlarmState } from '../patterns/alarm-rule/alarm-state.js';
import { type CompiledAlarm, queriesOf } from './compiled-alarm.js';
import { type Evidence, type Judged, judgeWindows } from './judge-windows.js';

/** What one turn of the event loop may look at, so that it takes some 10 ms. */
const looksInTurn = 50_000;
/** What a window costs beside its periods, and a period that is computed beside one that is read. */
const [windowLooks, computedLooks] = [20, 5];

/** How many series a window computes or reads: one where it is a metric alone. */
export function seriesOf({ definition, isComputed, bandId }: CompiledAlarm): number {
  return isComputed || bandId !== null ? queriesOf(definition).length : 1;
}

/**
 * Judges as `judgeWindows` does, in parts: others have their turn between them. Taken together the parts are what the whole
 * would be, for a window that is judged without need changes nothing.
 *
 * @throws the reason of the signal when it aborts
 */
export async function* judgeInTurns(
  evidence: Evidence,
  { from, to }: { readonly from: number; readonly to: number },
  before: AlarmState,
  { now, signal }: { readonly now: number; readonly signal: AbortSignal },
): AsyncGenerator<Judged, void> {
  const { alarm } = evidence;
  const periodMs = alarm.settings.period * 1000;
  const windows = windowsInTurn(alarm);
  let state = before;
  for (let start = from; start <= to; start += windows * periodMs) {
    const end = Math.min(to, start + (windows - 1) * periodMs);
    // The first window may be the first that does not see a data point any more.
    const seen = (points: MetricPoints) => within(points, start - (alarm.range + 1) * periodMs, end);
    const metrics = new Map([...evidence.metrics].map(([id, points]) => [id, seen(points)]));
    const judged = judgeWindows({ ...evidence, metrics }, { from: start, to: end }, state, now);
    state = judged.state;
    yield judged;
    await setImmediate();
    signal.throwIfAborted();
  }
}

function windowsInTurn(alarm: CompiledAlarm): number {
  const isComputed = alarm.isComputed || alarm.bandId !== null;
  const looks = (alarm.range + windowLooks) * (isComputed ? computedLooks * seriesOf(alarm) : 1);
  return Math.max(1, Math.floor(looksInTurn / looks));
}

function within(points: MetricPoints, start: number, end: number): MetricPoints {
  const { series, sampleCounts, minimums, lasting } = points;
  const { timestamps, values } = series;
  const [from, to] = [firstAtOrAfter(timestamps, start), firstAtOrAfter(timestamps, end)];
  return {
    ...points,
    series: { ...series, timestamps: timestamps.slice(from, to), values: values.slice(from, to) },
    sampleCounts: sampleCounts.slice(from, to),
    minimums: minimums.slice(from, to),
    lasting: lasting.slice(from, to),
  };
}

/** The place of the first time in order that is not before another. */
function firstAtOrAfter(times: readonly number[], time: number): number {
  let [low, high] = [0, times.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((times[middle] as number) < time) low = middle + 1;
    else high = middle;
  }
  return low;
}
