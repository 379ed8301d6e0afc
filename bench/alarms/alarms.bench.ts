import type { Benchmark } from '../figures.js';
import { withBenchServer } from '../server.js';
import { fileFigures } from './file-figures.js';
import { ingestFigures } from './ingest-figures.js';
import { subscriberFigures } from './subscriber-figures.js';
import { tickFigures } from './tick-figures.js';

export const alarmsBenchmark: Benchmark = {
  name: 'alarms',
  description: 'alarms judged, and their changes told to subscribers',
  async *run(options) {
    for (const figuresOf of [tickFigures, subscriberFigures, fileFigures, ingestFigures]) {
      yield* await withBenchServer((server) => figuresOf(server, options));
    }
  },
};
