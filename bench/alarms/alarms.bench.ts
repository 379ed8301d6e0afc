import type { Benchmark } from '../figures.js';
import { withBenchServer } from '../server.js';
import { tickFigures } from './tick-figures.js';

export const alarmsBenchmark: Benchmark = {
  name: 'alarms',
  description: 'alarms judged, and their changes told to subscribers',
  async *run(options) {
    yield* await withBenchServer((server) => tickFigures(server, options));
  },
};
