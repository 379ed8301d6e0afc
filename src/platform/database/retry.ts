import { setTimeout as delay } from 'node:timers/promises';

/** Deadlock and serialisation failure: the transaction was rolled back through no fault of its own. */
const retryableCodes = new Set(['40P01', '40001']);

export const maxAttempts = 5;

export function isRetryable(error: unknown): boolean {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === 'string' && retryableCodes.has(code);
}

/** How long to wait before attempt `attempt` + 1: up to 20, 40, 80, 160 ms, at random so that two rivals part. */
export function backoffMs(attempt: number, random: () => number): number {
  return Math.ceil(random() * 10 * 2 ** attempt);
}

/** Runs `attempt` until it succeeds, fails for good, or has failed {@link maxAttempts} times; then its last error. */
export async function withRetry<T>(run: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await run();
    } catch (error) {
      if (!isRetryable(error) || attempt >= maxAttempts) throw error;
      await delay(backoffMs(attempt, Math.random));
    }
  }
}
