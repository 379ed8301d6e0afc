/** Answers when the part works, throws or stays silent when it does not. */
export type HealthCheck = () => Promise<unknown>;

export interface Readiness {
  readonly ready: boolean;
  /** One line a part: `ok`, or what is wrong in general terms. */
  readonly checks: Readonly<Record<string, string>>;
}

/** Asks every part at once; a part that is silent for `timeoutMs` counts as failed. */
export async function readiness(
  checks: Readonly<Record<string, HealthCheck>>,
  timeoutMs: number,
  onFailure: (part: string, error: unknown) => void,
): Promise<Readiness> {
  const results = await Promise.all(
    Object.entries(checks).map(async ([part, check]): Promise<[string, string]> => {
      try {
        const answered = await withinTime(check(), timeoutMs);
        return [part, answered ? 'ok' : `no answer within ${timeoutMs} ms`];
      } catch (error) {
        // The endpoint needs no token: the cause, which may name hosts, goes to the log only.
        onFailure(part, error);
        return [part, 'failed'];
      }
    }),
  );
  return { ready: results.every(([, result]) => result === 'ok'), checks: Object.fromEntries(results) };
}

async function withinTime(work: Promise<unknown>, timeoutMs: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<boolean>((resolve) => {
    timer = setTimeout(resolve, timeoutMs, false);
  });
  try {
    return await Promise.race([work.then(() => true), timeout]);
  } finally {
    clearTimeout(timer);
  }
}
