import { failureFields, type Logger } from '../platform/log.js';
import { type SecretBox, SecretKeyMissing } from '../platform/secrets/secret-box.js';
import type { ClaimedDelivery } from './delivery-claim.store.js';
import type { TargetType } from './target.entity.js';
import type { Message, Outcome, SendContext } from './target-kind.js';
import { sendToTarget } from './targets/registry.js';

export interface DeliverySenderDeps extends Pick<SendContext, 'http' | 'aws' | 'now'> {
  readonly secretBox: SecretBox;
  readonly log: Logger;
}

/** A target as it is stored. */
export interface SealedTarget {
  readonly targetName: string;
  readonly type: TargetType;
  readonly settings: object;
  readonly secrets: Buffer;
  readonly timeoutSeconds: number;
}

/** Secrets are bound to the target that they are of: they open in no other row. */
export function secretContext(targetName: string): string {
  return `target:${targetName}`;
}

/** Makes single attempts. Whatever goes wrong is an outcome: nothing is thrown. */
export class DeliverySender {
  constructor(private readonly deps: DeliverySenderDeps) {}

  /** @param signal aborts when the attempt is to be given up */
  async send(delivery: ClaimedDelivery, signal: AbortSignal): Promise<Outcome> {
    const { key, body, attempts, createdAt, group, subject } = delivery;
    if (!delivery.isWithinReach) {
      // Whoever sees the target need not see what was on its way there before.
      const reason = 'what caused it saw accounts that the target is not for any more';
      return { delivered: false, reason, retry: false, blames: 'message', unsent: true };
    }
    const target = { ...delivery, type: delivery.targetType as TargetType };
    return this.sendTo(target, { id: key, body, attempt: attempts + 1, createdAt, group, subject }, signal);
  }

  async sendTo(target: SealedTarget, message: Message, signal: AbortSignal): Promise<Outcome> {
    const { http, aws, now, secretBox, log } = this.deps;
    const timeout = AbortSignal.timeout(target.timeoutSeconds * 1000);
    const { either, release } = eitherOf(signal, timeout);
    const context = { http, aws, now, signal: either };
    try {
      const secrets = secretBox.open(target.secrets, secretContext(target.targetName));
      const sending = sendToTarget(target.type, { settings: target.settings, secrets }, message, context);
      // Not all that is done on the way to a call of AWS heeds the signal.
      return await unlessAborted(sending, either);
    } catch (error) {
      if (timeout.aborted) {
        const reason = `it did not answer within ${target.timeoutSeconds} s`;
        return { delivered: false, reason, retry: true, blames: 'target' };
      }
      if (signal.aborted) return { delivered: false, reason: 'the process ends', retry: true, blames: 'message' };
      const isKeyMissing = error instanceof SecretKeyMissing;
      const fields = { ...failureFields(error), target: target.targetName };
      // What a key is missing for is told at the start, and on each target.
      log[isKeyMissing ? 'warn' : 'error'](fields, 'a delivery could not be tried');
      const reason = isKeyMissing ? error.message : 'it could not be tried; the log says why';
      return { delivered: false, reason, retry: true, blames: 'target' };
    } finally {
      release();
    }
  }
}

function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason);
    signal.addEventListener('abort', abort, { once: true });
    if (signal.aborted) abort();
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}

/** As `AbortSignal.any`, of which something stays on a signal that lasts as long as there is work. */
function eitherOf(lasting: AbortSignal, other: AbortSignal): { either: AbortSignal; release: () => void } {
  const controller = new AbortController();
  const signals = [lasting, other];
  const abort = (): void => controller.abort(signals.find(({ aborted }) => aborted)?.reason);
  for (const signal of signals) signal.addEventListener('abort', abort);
  if (lasting.aborted) abort();
  const release = () => {
    for (const signal of signals) signal.removeEventListener('abort', abort);
  };
  return { either: controller.signal, release };
}
