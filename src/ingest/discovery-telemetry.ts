import type { Telemetry } from '../platform/telemetry.js';
import type { PassResult } from '../sources/listing.port.js';
import type { SourceType } from '../sources/source.entity.js';

/** What looking through buckets tells Prometheus. */
export interface DiscoveryTelemetry {
  /** @param isBackfill false for the regular look for what is new */
  listed(type: SourceType, result: PassResult, isBackfill: boolean): void;
}

export function createDiscoveryTelemetry(telemetry: Telemetry): DiscoveryTelemetry {
  const calls = telemetry.counter({
    name: 'crosstrail_discovery_list_calls_total',
    help: 'LIST calls, which S3 bills, by type of source and by what they were made for: new files, or a backfill.',
    labelNames: ['type', 'purpose'],
  });
  const files = telemetry.counter({
    name: 'crosstrail_discovery_files_total',
    help: 'Log files and digests that listings showed and that were not known, or had changed, by type of source.',
    labelNames: ['type', 'purpose', 'kind'],
  });
  return {
    listed(type, { lists, added, changed, digests }, isBackfill) {
      const purpose = isBackfill ? 'backfill' : 'new';
      calls.inc({ type, purpose }, lists);
      files.inc({ type, purpose, kind: 'added' }, added);
      files.inc({ type, purpose, kind: 'changed' }, changed);
      files.inc({ type, purpose, kind: 'digest' }, digests);
    },
  };
}
