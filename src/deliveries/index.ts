import type { Telemetry } from '../platform/telemetry.js';
import { DeliveryResolver } from './delivery.resolver.js';
import { DeliveryService, type DeliveryServiceDeps } from './delivery.service.js';
import { createEndedFigures, type DeliveryFiguresDeps } from './delivery-figures.js';
import { DeliverySender, type DeliverySenderDeps } from './delivery-sender.js';
import { createDeliveryTelemetry } from './delivery-telemetry.js';
import { Dispatcher } from './dispatcher.service.js';
import { TargetResolver } from './target.resolver.js';
import { TargetService, type TargetServiceDeps } from './target.service.js';
import type { TargetRules } from './target-kind.js';

export type DeliveriesDeps = Omit<TargetServiceDeps, 'sender' | 'http'> &
  DeliveryServiceDeps &
  Omit<DeliverySenderDeps, 'http'> &
  DeliveryFiguresDeps & { readonly http: DeliverySenderDeps['http'] & TargetRules['http'] };

export function createDeliveries(deps: DeliveriesDeps) {
  const sender = new DeliverySender(deps);
  const targets = new TargetService({ ...deps, sender });
  const deliveries = new DeliveryService(deps);
  return {
    targets,
    deliveries,
    /** One for a process that works. */
    createDispatcher: (telemetry: Telemetry, stopping: AbortSignal) =>
      new Dispatcher({
        ...deps,
        sender,
        stopping,
        onEnded: createEndedFigures(deps),
        telemetry: createDeliveryTelemetry(telemetry),
        random: Math.random,
      }),
    resolvers: [new TargetResolver(targets), new DeliveryResolver(deliveries)],
  };
}
