import { expect, it } from 'vitest';
import { createTelemetry } from '../platform/telemetry.js';
import { createIngestTelemetry } from './ingest-telemetry.js';

it('tells what was stored and how many sources rest', async () => {
  const telemetry = createTelemetry();
  const files = [
    { id: '1', events: 3, duplicates: 2, records: 5, quarantined: null, sha256: null, object: null },
    { id: '2', events: 1, duplicates: 0, records: 1, quarantined: 'cut short', sha256: null, object: null },
  ];
  createIngestTelemetry(telemetry, { resting: () => ['a', 'b'] }).stored(
    { position: '1', files, deliveries: 0, crowded: [] },
    0.2,
  );
  const lines = (await telemetry.render()).split('\n');
  expect(lines).toEqual(
    expect.arrayContaining([
      'crosstrail_ingest_resting_sources 2',
      'crosstrail_ingest_files_total{outcome="ingested"} 1',
      'crosstrail_ingest_files_total{outcome="quarantined"} 1',
      'crosstrail_ingest_events_total{kind="new"} 4',
      'crosstrail_ingest_events_total{kind="duplicate"} 2',
    ]),
  );
});
