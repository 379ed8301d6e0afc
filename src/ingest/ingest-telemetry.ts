import type { Telemetry } from '../platform/telemetry.js';
import type { SourceHealth } from '../sources/source-health.service.js';
import type { Ingested } from './ingest-batch.js';

/** What ingest tells Prometheus. */
export interface IngestTelemetry {
  /** @param seconds how long the batch's transaction took, decoding included */
  stored(ingested: Ingested, seconds: number): void;
}

export function createIngestTelemetry(telemetry: Telemetry, health: Pick<SourceHealth, 'resting'>): IngestTelemetry {
  const files = telemetry.counter({
    name: 'crosstrail_ingest_files_total',
    help: 'Log files stored, by outcome.',
    labelNames: ['outcome'],
  });
  const events = telemetry.counter({
    name: 'crosstrail_ingest_events_total',
    help: 'Records of stored log files: new events, and duplicates of events stored before.',
    labelNames: ['kind'],
  });
  const duration = telemetry.histogram({
    name: 'crosstrail_ingest_batch_duration_seconds',
    help: 'Time to decode and store a batch of log files.',
    buckets: [0.01, 0.05, 0.1, 0.5, 1, 5, 10, 30, 60],
  });
  telemetry.gauge({
    name: 'crosstrail_ingest_resting_sources',
    help: 'Sources that this process leaves alone for a while because they fail as a whole.',
    collect() {
      this.set(health.resting().length);
    },
  });
  return {
    stored(ingested, seconds) {
      duration.observe(seconds);
      for (const file of ingested.files) {
        files.inc({ outcome: file.quarantined === null ? 'ingested' : 'quarantined' });
        events.inc({ kind: 'new' }, file.events);
        events.inc({ kind: 'duplicate' }, file.duplicates);
      }
    },
  };
}
