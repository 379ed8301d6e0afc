import type { Benchmark, Figure } from '../figures.js';
import { benchmarkSpan, withBenchServer } from '../server.js';
import { explaining, isExplaining } from './explaining.js';
import { mergeFigures } from './merge-figures.js';
import { plantAll } from './planted-metrics.js';
import { putFigures } from './put-figures.js';
import { questions } from './questions.js';
import { timedFigures } from './timing.js';

const now = benchmarkSpan.to;

export const metricsBenchmark: Benchmark = {
  name: 'metrics',
  description: 'data points read, put and merged in a table of more than 2,000,000',
  async *run({ scale, runs, note }) {
    const figures: Figure[] = [];
    await withBenchServer(async (server) => {
      await server.withDatabase(async (database) => {
        const planted = await plantAll(database, now, scale, note);
        if (isExplaining) {
          const noting = explaining(database, note);
          for (const { name, run } of questions(noting, now, planted)) {
            note(`## ${name}`);
            await run();
          }
          await mergeFigures(noting, now, { runs: 1, note, scale: scale / 5 });
        }
        note('asking');
        figures.push(...(await timedFigures(questions(database, now, planted), runs)));
        figures.push(...(await putFigures(database, now, { runs, note, scale })));
        figures.push(...(await mergeFigures(database, now, { runs, note, scale })));
      });
    });
    yield* figures;
  },
};
