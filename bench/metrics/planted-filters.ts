import { createCursorCodec } from '../../src/lib/cursor.js';
import type { MetricTransformationInput } from '../../src/metrics/metric-filter.inputs.js';
import { MetricFilterService } from '../../src/metrics/metric-filter.service.js';
import { MetricRegistry } from '../../src/metrics/metric-registry.service.js';
import type { Database } from '../../src/platform/database/database.js';
import { mixedFilters } from '../patterns/filter-mixes.js';
import { benchCaller, noAudit } from './bench-caller.js';

interface PlantedFilter {
  readonly filterPattern: string;
  readonly transformation: Omit<MetricTransformationInput, 'metricNamespace' | 'metricName'>;
}

const counted = { metricValue: '1', unit: 'Count' };

/** What people count: the few filters that match, by a default, by dimensions, and by values out of the records. */
const watched: readonly PlantedFilter[] = [
  {
    filterPattern: '{ ($.errorCode = "*UnauthorizedOperation") || ($.errorCode = "AccessDenied*") }',
    transformation: { ...counted, defaultValue: 0 },
  },
  {
    filterPattern: '{ $.errorCode = "AccessDenied*" && $.userIdentity.type != "AWSService" }',
    transformation: { ...counted, dimensions: { Account: '$.recipientAccountId', Source: '$.eventSource' } },
  },
  {
    filterPattern:
      '{ ($.eventSource = iam.amazonaws.com) && (($.eventName = "Put*Policy") || ($.eventName = "Attach*")) }',
    transformation: { ...counted, defaultValue: 0 },
  },
  {
    filterPattern: '{ $.eventName = GetObject && $.additionalEventData.bytesTransferredOut > 850000 }',
    transformation: { metricValue: '$.additionalEventData.bytesTransferredOut', unit: 'Bytes' },
  },
  {
    filterPattern: '{ $.eventName = "Terminate*" && $.readOnly IS FALSE && $.awsRegion = "us-*" }',
    transformation: { ...counted, dimensions: { Region: '$.awsRegion' } },
  },
];

/** So many filters, the last of them such as match nothing. */
export async function plantFilters(database: Database, count: number): Promise<void> {
  const now = () => new Date();
  const cursors = createCursorCodec(Buffer.alloc(32));
  const service = new MetricFilterService({ database, audit: noAudit, cursors, registry: new MetricRegistry(now) });
  const quiet = Array.from(
    { length: Math.max(0, count - watched.length) },
    (_, index): PlantedFilter => ({
      filterPattern: mixedFilters(index),
      transformation: index % 2 === 0 ? { ...counted, defaultValue: 0 } : counted,
    }),
  );
  for (const [index, { filterPattern, transformation }] of [...watched, ...quiet].slice(0, count).entries()) {
    const metric = { metricNamespace: 'Bench', metricName: `Metric${index}` };
    const name = `filter-${index}`;
    await service.put(benchCaller, { name, filterPattern, metricTransformations: [{ ...metric, ...transformation }] });
  }
}
