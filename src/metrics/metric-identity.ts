import { hash } from 'node:crypto';

/** Names of dimensions and their values. */
export type Dimensions = Readonly<Record<string, string>>;

/** What makes a metric the one that it is. */
export interface MetricIdentity {
  readonly namespace: string;
  readonly metricName: string;
  readonly dimensions: Dimensions;
  /** Of what it speaks, where that is one account, or one region of it. */
  readonly accountId: string | null;
  readonly awsRegion: string | null;
  /** Whose data it holds: sorted; null: every account's. */
  readonly accountIds: readonly string[] | null;
}

/** What a metric is called, whoever it speaks of. */
export type MetricName = Pick<MetricIdentity, 'namespace' | 'metricName' | 'dimensions'>;

/** The same for equal identities, in whichever order their dimensions come. */
export function digestOf(metric: MetricIdentity): string {
  const { accountId, awsRegion, accountIds } = metric;
  return digest([...nameParts(metric), accountId, awsRegion, accountIds]);
}

/** The same for metrics of one name and the same dimensions. */
export function nameDigestOf(metric: MetricName): string {
  return digest(nameParts(metric));
}

function nameParts({ namespace, metricName, dimensions }: MetricName): unknown[] {
  return [namespace, metricName, Object.entries(dimensions).sort(([one], [other]) => (one < other ? -1 : 1))];
}

function digest(parts: readonly unknown[]): string {
  return hash('sha256', JSON.stringify(parts), 'base64url');
}
