import { AlarmEvaluator } from '../../src/alarms/alarm-evaluator.service.js';
import { minuteMs } from '../../src/lib/time.js';
import { MetricRegistry } from '../../src/metrics/metric-registry.service.js';
import { PointWriter } from '../../src/metrics/point-writer.service.js';
import type { Database } from '../../src/platform/database/database.js';
import { AlarmEventRules } from '../../src/rules/alarm-event.service.js';
import { RuleSets } from '../../src/rules/rule-set.service.js';
import { CompletenessService } from '../../src/sources/completeness.service.js';
import { type BenchmarkOptions, type Figure, median } from '../figures.js';
import type { BenchServer } from '../server.js';
import { silentLog } from '../silent-log.js';
import type { MixAlarm } from './alarm-mix.js';
import { countingStatements } from './counting-statements.js';
import { type PlantedMix, plantMinute, plantMix } from './planted-mix.js';

const start = Date.UTC(2026, 10, 20, 12);
const accounts = 20;
const changing = { share: 0.01, value: 1000 };
const touched = 1000;

/** What one tick took. */
interface Tick {
  readonly seconds: number;
  readonly statements: number;
  readonly changes: number;
}

/** Ticks of 10,000 alarms, all of which are due. */
export async function tickFigures(server: BenchServer, options: BenchmarkOptions): Promise<Figure[]> {
  const figures: Figure[] = [];
  await server.withDatabase(async (database) => {
    options.note('planting alarms of all kinds, and what they look at');
    await plantSource(database);
    const mix = await plantMix(database, start, options.scale);
    figures.push(...(await measure(new Ticking(database, mix), options)));
  });
  return figures;
}

async function measure(ticking: Ticking, { runs, note }: BenchmarkOptions): Promise<Figure[]> {
  const first = await ticking.tick([]);
  await ticking.tick([]);
  const [quiet, busy, settled, woken]: [Tick[], Tick[], Tick[], Tick[]] = [[], [], [], []];
  for (let run = 1; run <= runs; run++) {
    note(`ticks ${run} of ${runs}`);
    const breaching = ticking.some(run);
    quiet.push(await ticking.tick([]));
    busy.push(await ticking.tick(breaching));
    settled.push(await ticking.tick([]));
    // Windows of several periods see the breach for as long.
    for (let more = 0; more < 5; more++) await ticking.tick([]);
    woken.push(await ticking.ingest());
  }
  const count = ticking.alarms.toLocaleString('en');
  return [
    { name: `first tick of ${count} alarms, definitions and bands not known yet`, value: shown([first]) },
    { name: `tick of ${count} alarms (goal < 2 s, at most 10 statements), nothing changes`, value: shown(quiet) },
    { name: `tick of ${count} alarms, 1 % change and tell a target`, value: shown(busy) },
    { name: 'the tick after it', value: shown(settled) },
    { name: `${touched} alarms of which one batch of files brings data`, value: shown(woken) },
  ];
}

function shown(ticks: readonly Tick[]): string {
  const of = (key: keyof Tick) => median(ticks.map((tick) => tick[key]));
  return `${of('seconds').toFixed(2)} s, ${of('statements')} statements, ${of('changes')} changes`;
}

/** Alarms that are judged by a clock of their own. */
class Ticking {
  readonly #counting;
  readonly #evaluator;
  readonly #registry;
  #now = start;

  constructor(
    private readonly database: Database,
    private readonly mix: PlantedMix,
  ) {
    const now = () => new Date(this.#now);
    const counting = countingStatements(database);
    this.#counting = counting;
    this.#registry = new MetricRegistry(now);
    this.#evaluator = new AlarmEvaluator({
      database: counting.database,
      completeness: new CompletenessService({ database: counting.database, now }),
      events: new AlarmEventRules({ rules: new RuleSets(silentLog), registry: this.#registry, now }),
      log: silentLog,
      now,
      onDeliveries: async () => undefined,
      onChanges: async () => undefined,
    });
  }

  get alarms(): number {
    return this.mix.alarms;
  }

  /** Other alarms in each run: half of them on counted metrics. */
  some(run: number): MixAlarm[] {
    const { counted, live } = this.mix.byKind;
    const each = Math.round((this.mix.alarms * changing.share) / 2);
    return [counted, live].flatMap((alarms) => alarms.slice(run * each, (run + 1) * each));
  }

  /** A minute passes; then all alarms are due. */
  async tick(breaching: readonly MixAlarm[]): Promise<Tick> {
    const { database } = this;
    await plantMinute(database, this.#now, this.mix);
    await this.#put(breaching, this.#now, changing.value);
    this.#now += minuteMs;
    await database.query('UPDATE source_account SET looked_at = $1', [new Date(this.#now)]);
    await database.query('UPDATE alarm SET due_at = $1', [new Date(this.#now)]);
    return this.#judge();
  }

  /** Data of counted metrics come, as with a batch of log files; nobody is due. */
  async ingest(): Promise<Tick> {
    await this.#put(this.mix.byKind.counted.slice(0, touched), this.#now - 5 * minuteMs, 1);
    return this.#judge();
  }

  async #judge(): Promise<Tick> {
    // What was planted would otherwise be paid for by the tick.
    await this.database.query('VACUUM ANALYZE alarm, data_point, metric_touch');
    const changes = await this.#changes();
    this.#counting.taken();
    const started = performance.now();
    await this.#evaluator.work();
    const seconds = (performance.now() - started) / 1000;
    return { seconds, statements: this.#counting.taken().length, changes: (await this.#changes()) - changes };
  }

  async #put(alarms: readonly MixAlarm[], time: number, value: number): Promise<void> {
    await this.database.transaction(async (sql) => {
      const points = new PointWriter(sql, this.#registry, new Date(this.#now));
      const samples = { values: [value], counts: [1] };
      const place = { outputId: null, time, storageResolution: 60, unit: 'Count', samples } as const;
      await points.add(
        alarms.flatMap(({ metrics }) =>
          metrics.map((metric) => {
            return { ...place, metric: { ...metric, accountId: null, awsRegion: null, accountIds: null } };
          }),
        ),
      );
      await points.finish();
    });
  }

  async #changes(): Promise<number> {
    const [row] = await this.database.query<{ position: string }>('SELECT position FROM alarm_position');
    return Number(row?.position);
  }
}

/** Accounts whose files come: up to when they are complete decides what is judged for good. */
async function plantSource(database: Database): Promise<void> {
  await database.query(
    `WITH bucket AS (INSERT INTO log_bucket (endpoint, name) VALUES ('file:', '/bench') RETURNING id),
     source AS (INSERT INTO source (type, bucket_id) SELECT 'DIRECTORY', id FROM bucket RETURNING id),
     account AS (
       INSERT INTO account (account_id, name) SELECT id, id FROM (
         SELECT (100000000000 + place)::text AS id FROM generate_series(1, $1::integer) AS place) AS numbered
       RETURNING account_id)
     INSERT INTO source_account (source_id, account_id) SELECT source.id, account_id FROM source, account`,
    [accounts],
  );
}
