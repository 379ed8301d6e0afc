import type { JobDefinition } from '../platform/queue/queue.js';
import type { DigestVerifier } from '../sources/digest-verifier.service.js';
import type { ProvenSpans } from '../sources/proven-spans.service.js';

/** Hint that digests may be due, or that what is proven may have changed. It carries nothing: rows say which. */
export const verifyDigestsJob = { name: 'verify-digests' };

export interface VerifyDigestsDeps {
  readonly verifier: Pick<DigestVerifier, 'verifyDue'>;
  readonly spans: Pick<ProvenSpans, 'settle'>;
  /** Aborts when the process is told to stop. */
  readonly stopping: AbortSignal;
}

/** Verifies digests until none is due, and keeps what is proven in step. Several processes share the rows. */
export function createVerifyDigestsJob({ verifier, spans, stopping }: VerifyDigestsDeps): JobDefinition<object> {
  return {
    ...verifyDigestsJob,
    concurrency: 1,
    async handle(_data, context) {
      const signal = AbortSignal.any([context.signal, stopping]);
      while (!signal.aborted) {
        const claimed = await verifier.verifyDue(signal);
        const hasChanged = await spans.settle();
        if (claimed === 0 && !hasChanged) return;
      }
    },
  };
}
