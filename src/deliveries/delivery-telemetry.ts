import type { Telemetry } from '../platform/telemetry.js';

/** Figures of deliveries, for `GET /metrics`. */
export interface DeliveryTelemetry {
  /** @param seconds how long the target took */
  attempted(type: string, state: 'DELIVERED' | 'FAILED' | 'PENDING', seconds: number): void;
  expired(deliveries: number): void;
}

const outcomes = { DELIVERED: 'delivered', FAILED: 'failed', PENDING: 'retried' } as const;

export function createDeliveryTelemetry(telemetry: Telemetry): DeliveryTelemetry {
  const attempts = telemetry.counter({
    name: 'crosstrail_delivery_attempts_total',
    help: 'Attempts to deliver, by type of target and what became of them: delivered, retried, or failed for good',
    labelNames: ['type', 'outcome'],
  });
  const seconds = telemetry.histogram({
    name: 'crosstrail_delivery_attempt_seconds',
    help: 'How long targets took to answer',
    labelNames: ['type'],
    buckets: [0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
  });
  const expired = telemetry.counter({
    name: 'crosstrail_deliveries_expired_total',
    help: 'Deliveries that were set aside untried: they could not be delivered in time, or their target was deleted',
  });
  return {
    attempted(type, state, took) {
      attempts.inc({ type, outcome: outcomes[state] });
      seconds.observe({ type }, took);
    },
    expired: (deliveries) => expired.inc(deliveries),
  };
}
