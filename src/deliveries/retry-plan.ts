import type { Outcome } from './target-kind.js';

/** Of what speaks of one message alone: 1 s, then twice as long each time, a quarter of an hour at most. */
const messageBackoff = { firstSeconds: 1, mostSeconds: 900 };
/** Of what speaks of the target, whose rest comes on top: soon after it works again each message is tried. */
const targetBackoff = { firstSeconds: 1, mostSeconds: 60 };
/** A target's own wish is heeded up to here. */
const mostRetryAfterSeconds = 3600;

/** Failures in a row after which a target rests: 5 s, then twice as long each time, five minutes at most. */
export const restPolicy = { afterFailures: 5, firstSeconds: 5, mostSeconds: 300 } as const;

/** What becomes of a delivery after an attempt. */
export type Verdict =
  | { readonly state: 'DELIVERED'; readonly answer: string }
  | ({ readonly state: 'FAILED' } & Failure)
  | ({ readonly state: 'PENDING'; readonly afterSeconds: number } & Failure);

interface Failure {
  readonly error: string;
  readonly blamesTarget: boolean;
  /** For how long the target asked to be left alone. */
  readonly restSeconds: number | null;
  /** It was not sent at all, which says nothing of the target. */
  readonly isUnsent?: true;
}

/**
 * @param attempts those made, this one included
 * @param left seconds until the delivery expires
 * @param random 0 to 1, less than 1: many that failed together must not come back together
 */
export function judge(outcome: Outcome, attempts: number, left: number, random: number): Verdict {
  if (outcome.delivered) return { state: 'DELIVERED', answer: outcome.answer };
  const { reason, retry } = outcome;
  const blamesTarget = outcome.blames === 'target';
  if (!retry) {
    const unsent = outcome.unsent ? { isUnsent: outcome.unsent } : {};
    return { state: 'FAILED', error: reason, blamesTarget, restSeconds: null, ...unsent };
  }
  const asked = Math.min(outcome.retryAfterSeconds ?? 0, mostRetryAfterSeconds);
  const restSeconds = asked > 0 ? asked : null;
  const afterSeconds = Math.max(asked, backoff(blamesTarget ? targetBackoff : messageBackoff, attempts, random));
  if (afterSeconds >= left) {
    return { state: 'FAILED', error: `${reason}; no time is left for another attempt`, blamesTarget, restSeconds };
  }
  return { state: 'PENDING', error: reason, afterSeconds, blamesTarget, restSeconds };
}

function backoff({ firstSeconds, mostSeconds }: typeof messageBackoff, attempts: number, random: number): number {
  const full = Math.min(firstSeconds * 2 ** Math.min(attempts - 1, 30), mostSeconds);
  return full * (0.5 + random / 2);
}
