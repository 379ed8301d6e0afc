import { setTimeout as delay } from 'node:timers/promises';

/** Postgres's code for a lock that was not had within `lock_timeout`. */
const lockNotAvailable = '55P03';

/** Whoever waits for a lock makes all who come after wait as well: it gives way to those at work, and tries again. */
export async function withPatience<T>(attempt: () => Promise<T>, maxTries = 30): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await attempt();
    } catch (error) {
      if (!isLockNotAvailable(error) || tries === maxTries) throw error;
      await delay(100 * tries);
    }
  }
}

export function isLockNotAvailable(error: unknown): boolean {
  return (error as { code?: unknown } | null)?.code === lockNotAvailable;
}
