import { dayMs } from '../lib/time.js';
import type { Schedule } from '../patterns/schedule/schedule.js';
import type { MissedTimes } from './rule.entity.js';

/** A time that is older was missed: no worker ran. */
const missedAfterMs = 60_000;
/** Of missed times, the newest of a day are made up at most. */
const mostMadeUp = 100;

/**
 * The times at which a schedule has to run now, oldest first.
 *
 * @param since the first time that it has not run for yet
 */
export function dueTimes(schedule: Schedule, anchor: Date, since: Date, now: Date, missed: MissedTimes): Date[] {
  const times = timesOf(schedule, anchor, new Date(Math.max(since.getTime(), now.getTime() - dayMs)), now);
  const isMissed = (time: Date) => time.getTime() < now.getTime() - missedAfterMs;
  const onTime = times.filter((time) => !isMissed(time));
  if (missed === 'ALL') return [...times.filter(isMissed).slice(-mostMadeUp), ...onTime];
  if (missed === 'SKIP' || onTime.length > 0) return onTime;
  const latest = times.at(-1) ?? latestTime(schedule, anchor, since, now);
  return latest === null ? [] : [latest];
}

/** All times from `from` to `now`. */
function timesOf(schedule: Schedule, anchor: Date, from: Date, now: Date): Date[] {
  const times: Date[] = [];
  for (let time = schedule.next(justBefore(from), anchor); time !== null && time <= now; ) {
    times.push(time);
    time = schedule.next(time, anchor);
  }
  return times;
}

/** Found by halving: no worker may have run for years, of which every minute was a time. */
function latestTime(schedule: Schedule, anchor: Date, since: Date, now: Date): Date | null {
  let latest: Date | null = null;
  let [low, high] = [since.getTime() - 1, now.getTime()];
  while (low < high) {
    // The first probe is at `since` itself: as a rule nothing else is to be found.
    const probe = latest === null ? low : Math.floor((low + high) / 2);
    const time = schedule.next(new Date(probe), anchor);
    if (time !== null && time <= now) [latest, low] = [time, time.getTime()];
    else if (latest === null) return null;
    else high = probe;
  }
  return latest;
}

function justBefore(time: Date): Date {
  return new Date(time.getTime() - 1);
}
