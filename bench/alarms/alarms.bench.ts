import type { Benchmark } from '../figures.js';
import { withBenchServer } from '../server.js';
import { subscriberFigures } from './subscriber-figures.js';
import { tickFigures } from './tick-figures.js';

export const alarmsBenchmark: Benchmark = {
  name: 'alarms',
  description: 'alarms judged, and their changes told to subscribers',
  async *run(options) {
    for (const figuresOf of [tickFigures, subscriberFigures]) {
      yield* await withBenchServer((server) => figuresOf(server, options));
    }
  },
};
