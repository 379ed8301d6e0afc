/** Starts of UTC minutes, hours and days. Times are milliseconds since 1970 UTC, before it too. */
export const minuteMs = 60_000;
export const hourMs = 60 * minuteMs;
export const dayMs = 24 * hourMs;

export function startOfMinute(time: number): number {
  return Math.floor(time / minuteMs) * minuteMs;
}

export function startOfHour(time: number): number {
  return Math.floor(time / hourMs) * hourMs;
}

export function startOfDay(time: number): number {
  return Math.floor(time / dayMs) * dayMs;
}
