import { type Command, InvalidArgumentError, Option } from 'commander';
import { hourMs } from '../../lib/time.js';
import type { CliApp } from '../app.js';
import { type CliContext, examples, listOption, UsageError, withApp } from '../command.js';
import * as documents from '../documents.js';
import { momentOrAgo } from '../option-values.js';
import { type PlotSeries, plotSeries } from '../plot.js';
import { fittingPeriod, metricDataInput, type PlotRequest, plotTitle, retold, shownLabel } from '../plot-request.js';
import { type Terminal, tableLines } from '../terminal.js';

interface PlotOptions {
  dimension: { name: string; value: string }[];
  stat: string[];
  expression: string[];
  period?: number;
  from?: Date;
  to?: Date;
  account?: string;
  region?: string;
  height: number;
  table?: boolean;
  json?: boolean;
}

interface Result {
  readonly id: string;
  readonly label: string;
  readonly timestamps: readonly string[];
  readonly values: readonly number[];
  readonly messages: readonly { readonly code: string; readonly value: string }[];
}

const defaultStat = 'Sum';
const defaultSpanMs = 3 * hourMs;

/** What stands left of the points of a plot, about. */
const gutter = 7;

export function addMetricPlot(metric: Command, context: CliContext): void {
  metric
    .command('plot')
    .description('Draw a metric, or what metric math makes of it, in the terminal.')
    .argument('[namespace]', 'the namespace of the metric; without it, expressions must find their own')
    .argument('[name]', 'its name')
    .addOption(
      new Option('--dimension <name=value>', 'a dimension of it; may be given again')
        .argParser(dimension)
        .default([], 'none'),
    )
    .option('--account <id>', 'of this account alone (default: of all together)')
    .option('--region <region>', 'of this region alone (default: of all together)')
    .addOption(listOption('--stat <statistic>', 'Sum, Average, p99 …: a line each, m1, m2 and so on', defaultStat))
    .addOption(
      new Option('--expression <text>', 'metric math over m1, m2 …; may be given again')
        .argParser(collected)
        .default([], 'none'),
    )
    .option('--period <seconds>', 'of a data point (default: about a point a column)', whole)
    .option(
      '--from <time>',
      'where to start: 30m, 3h, 7d or 2w ago, a day, or a moment; UTC (default: 3h)',
      momentOrAgo,
    )
    .option('--to <time>', 'where to end; now when left out', momentOrAgo)
    .option('--height <lines>', 'how high it is', whole, 12)
    .option('--table', 'print the values in place of drawing them')
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      examples(
        ['failed calls of the last three hours', 'metric plot Security Errors'],
        ['the mean and the slowest of a week', 'metric plot Shop Latency --stat Average,p99 --from 7d'],
        [
          'how much they change from hour to hour',
          "metric plot Security Errors --period 3600 --from 2d --expression 'DIFF(m1)'",
        ],
        [
          'all metrics of a name, whatever their dimensions',
          `metric plot --expression "SEARCH('Security Denied', 'Sum')"`,
        ],
      ),
    )
    .action((namespace: string | undefined, name: string | undefined, options: PlotOptions) =>
      plot(context, requestOf(namespace, name, options, context.terminal), options),
    );
}

function requestOf(
  namespace: string | undefined,
  metricName: string | undefined,
  { dimension: dimensions, stat, expression, from, to, account, region, ...options }: PlotOptions,
  terminal: Terminal,
): PlotRequest {
  const isNamed = namespace !== undefined && metricName !== undefined;
  if (namespace !== undefined && metricName === undefined) throw new UsageError('Give the name of the metric as well.');
  if (!isNamed && expression.length === 0) throw new UsageError('Name a metric, or give an --expression.');
  const ofMetric = [...dimensions, ...stat, account, region].some((value) => value !== undefined);
  if (!isNamed && ofMetric) {
    throw new UsageError('--stat, --dimension, --account and --region are of a metric: name it.');
  }
  const end = to ?? new Date();
  const start = from ?? new Date(end.getTime() - defaultSpanMs);
  if (start >= end) throw new UsageError('--from must be before --to.');
  return {
    metric: isNamed ? { namespace, metricName, dimensions, accountId: account, region } : null,
    stats: stat.length === 0 ? [defaultStat] : stat,
    expressions: expression,
    from: start,
    to: end,
    period: options.period ?? fittingPeriod(end.getTime() - start.getTime(), terminal.width - gutter),
  };
}

async function plot(context: CliContext, request: PlotRequest, { height, table, json }: PlotOptions): Promise<void> {
  const { terminal } = context;
  const results = await withApp(context, (app) => readAll(app, request)).catch((error: unknown) => {
    throw retold(error, request, terminal);
  });
  const labelled = results.map((result) => ({ ...result, label: shownLabel(request, result) }));
  for (const { label, messages } of labelled) {
    for (const { value } of messages) terminal.err(`${label}: ${value}`);
  }
  if (json) return terminal.out(JSON.stringify(labelled, null, 2));
  if (table) for (const line of valueLines(terminal, labelled)) terminal.out(line);
  else terminal.out(drawn(terminal, labelled, plotTitle(request), height));
  const isNothing = labelled.every(({ values, messages }) => values.length === 0 && messages.length === 0);
  if (request.metric !== null && isNothing) {
    terminal.err('Is it there, and does it have these dimensions?  crosstrail metric list');
  }
}

/** All pages of an answer, put together. */
async function readAll(app: CliApp, request: PlotRequest): Promise<Result[]> {
  const input = metricDataInput(request);
  let results: Result[] = [];
  let nextToken: string | null = null;
  do {
    const { metricData }: { metricData: (Result & { nextToken: string | null })[] } = await app.execute(
      documents.readMetricData,
      { input: { ...input, nextToken } },
    );
    results = metricData.map(({ nextToken: _, timestamps, values, ...rest }, index) => ({
      ...rest,
      timestamps: [...(results[index]?.timestamps ?? []), ...timestamps],
      values: [...(results[index]?.values ?? []), ...values],
    }));
    nextToken = metricData[0]?.nextToken ?? null;
  } while (nextToken !== null);
  return results;
}

function drawn(terminal: Terminal, results: readonly Result[], title: string, height: number): string {
  const series: PlotSeries[] = results.map(({ label, timestamps, values }) => ({
    label,
    timestamps: timestamps.map((time) => Date.parse(time)),
    values,
  }));
  const style: Terminal['style'] = (one, text) => terminal.style(one, text);
  const options = { width: terminal.width, height, title };
  // Without colours each series needs a character of its own.
  return plotSeries(series, style('cyan', 'x') === 'x' ? options : { ...options, style });
}

/** A row for each time that has a data point, and a column for each series. */
function valueLines(terminal: Terminal, results: readonly Result[]): string[] {
  const byTime = results.map(({ timestamps, values }) => new Map(timestamps.map((time, at) => [time, values[at]])));
  const times = [...new Set(results.flatMap(({ timestamps }) => timestamps))].sort();
  const columns = [
    { title: 'time', value: (time: string) => time },
    ...results.map(({ label }, index) => ({ title: label, value: (time: string) => byTime[index]?.get(time) })),
  ];
  return tableLines(terminal, columns, times);
}

function dimension(given: string, previous: PlotOptions['dimension']): PlotOptions['dimension'] {
  const at = given.indexOf('=');
  if (at < 1) throw new InvalidArgumentError('It must be a name and a value, such as Region=eu-west-1.');
  return [...previous, { name: given.slice(0, at), value: given.slice(at + 1) }];
}

/** Not parted at commas, which expressions have. */
function collected(given: string, previous: readonly string[]): string[] {
  return [...previous, given];
}

function whole(value: string): number {
  if (!/^[1-9]\d{0,4}$/.test(value)) throw new InvalidArgumentError('It must be a whole number.');
  return Number(value);
}
