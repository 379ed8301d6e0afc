import type { Counter, Gauge } from 'prom-client';
import type { Telemetry } from '../platform/telemetry.js';

export interface LiveTelemetry {
  readonly connections: Gauge<'transport'>;
  readonly subscriptions: Gauge;
  readonly messages: Counter;
  readonly slowClients: Counter<'transport'>;
}

export function createLiveTelemetry(telemetry: Telemetry): LiveTelemetry {
  return {
    connections: telemetry.gauge({
      name: 'crosstrail_live_connections',
      help: 'Open connections that can carry subscriptions.',
      labelNames: ['transport'],
    }),
    subscriptions: telemetry.gauge({ name: 'crosstrail_subscriptions', help: 'Subscriptions that are running.' }),
    messages: telemetry.counter({
      name: 'crosstrail_subscription_messages_total',
      help: 'Messages of subscriptions, heartbeats included.',
    }),
    slowClients: telemetry.counter({
      name: 'crosstrail_slow_clients_total',
      help: 'Connections that were closed because the client did not take what was sent.',
      labelNames: ['transport'],
    }),
  };
}
