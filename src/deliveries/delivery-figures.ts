import type { NewPoint } from '../metrics/data-point.port.js';
import type { MetricRegistry } from '../metrics/metric-registry.service.js';
import { ownPoint, ownSum } from '../metrics/own-figures.service.js';
import { PointWriter } from '../metrics/point-writer.service.js';
import type { Sql } from '../platform/database/database.js';
import type { EndedDelivery } from './delivery-claim.store.js';

export interface DeliveryFiguresDeps {
  readonly registry: MetricRegistry;
  readonly now: () => Date;
  /** What there is to tell of whatever has caused deliveries. */
  readonly causePoints: (ended: readonly EndedDelivery[], time: number) => NewPoint[];
  /** Told of actions of alarms that came to their end, or failed. */
  readonly onActionsEnded: (sql: Sql, ended: readonly EndedDelivery[], now: Date) => Promise<void>;
}

/** Tells of deliveries that came to their end, in the transaction that writes it down. */
export function createEndedFigures({ registry, now, causePoints, onActionsEnded }: DeliveryFiguresDeps) {
  return async (sql: Sql, ended: readonly EndedDelivery[]): Promise<void> => {
    if (ended.length === 0) return;
    await onActionsEnded(sql, ended, now());
    const points = new PointWriter(sql, registry, now());
    const time = now().getTime();
    await points.add([...deliveryPoints(ended, time), ...causePoints(ended, time)]);
    await points.finish();
  };
}

/**
 * What there is to tell of targets: how long deliveries took from what caused them, and how they ended.
 *
 * @param time milliseconds since 1970 UTC
 */
function deliveryPoints(ended: readonly EndedDelivery[], time: number): NewPoint[] {
  const byTarget = new Map<string, EndedDelivery[]>();
  for (const one of ended) {
    if (one.target === null) continue;
    const known = byTarget.get(one.target.name);
    if (known) known.push(one);
    else byTarget.set(one.target.name, [one]);
  }
  return [...byTarget.values()].flatMap((all) => {
    const { name, accountIds } = (all[0] as EndedDelivery).target as NonNullable<EndedDelivery['target']>;
    const subject = { accountIds, dimensions: { Target: name } };
    const delivered = all.filter(({ state }) => state === 'DELIVERED');
    const lags = delivered.map(({ seconds }) => Math.round(seconds * 1000) / 1000);
    return [
      ...(lags.length === 0 ? [] : [ownPoint('DeliveryLag', subject, time, lags)]),
      ...ownSum('DeliveriesDelivered', subject, time, delivered.length),
      ...ownSum('DeliveriesFailed', subject, time, all.length - delivered.length),
    ];
  });
}
