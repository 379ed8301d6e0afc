import type { Dimensions } from './metric-identity.js';

/** A statistic of a metric, as far as it has a name. */
export interface Nameable {
  readonly namespace: string;
  readonly metricName: string;
  readonly dimensions: Dimensions;
  readonly accountId: string | null;
  readonly region: string | null;
  readonly stat: string;
}

/**
 * What to call statistics that stand side by side: the name of the metric, and of everything else what they do not have in
 * common. AWS does not say how it chooses; it shows them so.
 */
export function labelsOf(all: readonly Nameable[]): string[] {
  const parts = all.map(partsOf);
  const names = new Set(parts.flatMap((one) => [...one.keys()]));
  const differing = [...names].filter((name) => new Set(parts.map((one) => one.get(name))).size > 1);
  return all.map(({ metricName }, index) => {
    const others = differing.filter((name) => name !== 'metricName').map((name) => parts[index]?.get(name));
    return [metricName, ...others.filter((part) => part !== undefined)].join(' ');
  });
}

function partsOf({ namespace, metricName, dimensions, accountId, region, stat }: Nameable): Map<string, string> {
  return new Map([
    ['namespace', namespace],
    ['metricName', metricName],
    ...Object.entries(dimensions).map(([name, value]): [string, string] => [`dimension ${name}`, value]),
    ...(accountId === null ? [] : ([['accountId', accountId]] as const)),
    ...(region === null ? [] : ([['region', region]] as const)),
    ['stat', stat],
  ]);
}
