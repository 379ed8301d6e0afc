import { setTimeout as delay } from 'node:timers/promises';
import type { Command } from 'commander';
import { type AddCommand, type CliContext, CommandFailed, examples, listOption, withApp } from '../command.js';
import * as documents from '../documents.js';
import { followMetricBackfill, percent, type ShownMetricBackfill } from '../metric-backfill-progress.js';
import { momentOrAgo } from '../option-values.js';
import { allNodes } from '../pages.js';
import { tableLines } from '../terminal.js';
import { addMetricPlot } from './metric-plot.command.js';

interface MetricRow {
  namespace: string;
  metricName: string;
  dimensions: { name: string; value: string }[];
  accountId: string | null;
  region: string | null;
}

interface FilterRow {
  name: string;
  filterPattern: string;
  accountIds: string[] | null;
  metricTransformations: { metricNamespace: string; metricName: string; metricValue: string }[];
  backfills: ShownMetricBackfill[];
}

const lookEveryMs = 2000;

export const addMetric: AddCommand = (program, context) => {
  const metric = program.command('metric').description('What is counted and measured, and the filters that count.');
  addMetricPlot(metric, context);
  addList(metric, context);
  addFilters(metric, context);
  addBackfill(metric, context);
};

function addList(metric: Command, context: CliContext): void {
  metric
    .command('list')
    .description('Show the metrics that have data points.')
    .option('--namespace <namespace>', 'only those of this namespace')
    .option('--name <name>', 'only those of this name')
    .addOption(listOption('--account <id>', 'only those that speak of this account alone', 'all'))
    .option('--json', 'print JSON')
    .addHelpText('after', examples(['those of a namespace', 'metric list --namespace Security']))
    .action(async (options: { namespace?: string; name?: string; account: string[]; json?: boolean }) => {
      const { namespace, name: metricName, account } = options;
      const filter = { namespace, metricName, accountIds: account.length === 0 ? undefined : account };
      const rows = await withApp(context, (app) =>
        allNodes<MetricRow>(app, documents.listMetrics, 'metrics', { filter }),
      );
      const { terminal } = context;
      if (options.json) return terminal.out(JSON.stringify(rows, null, 2));
      if (rows.length === 0) return terminal.err('There are no such metrics.');
      const columns = [
        { title: 'namespace', value: (row: MetricRow) => row.namespace },
        { title: 'name', value: (row: MetricRow) => row.metricName },
        { title: 'dimensions', value: (row: MetricRow) => dimensionsOf(row) || null },
        { title: 'account', value: (row: MetricRow) => row.accountId },
        { title: 'region', value: (row: MetricRow) => row.region },
      ];
      for (const line of tableLines(terminal, columns, rows)) terminal.out(line);
    });
}

/** As `metric plot --dimension` takes them, one behind the other. */
function dimensionsOf({ dimensions }: MetricRow): string {
  return dimensions.map(({ name, value }) => `${name}=${value}`).join(' ');
}

function addFilters(metric: Command, context: CliContext): void {
  metric
    .command('filters')
    .description('Show the metric filters, what each counts, and its last backfill.')
    .option('--json', 'print JSON')
    .addHelpText('after', examples(['those whose backfill is at work', 'metric filters | grep RUNNING']))
    .action(async ({ json }: { json?: boolean }) => {
      const rows = await withApp(context, (app) =>
        allNodes<FilterRow>(app, documents.listMetricFilters, 'metricFilters'),
      );
      const { terminal } = context;
      if (json) return terminal.out(JSON.stringify(rows, null, 2));
      if (rows.length === 0)
        return terminal.err('There are no metric filters yet: docs/metrics.md shows how to make one.');
      const columns = [
        { title: 'name', value: (row: FilterRow) => row.name },
        { title: 'namespace', value: (row: FilterRow) => row.metricTransformations[0]?.metricNamespace },
        { title: 'metric', value: (row: FilterRow) => row.metricTransformations[0]?.metricName },
        { title: 'value', value: (row: FilterRow) => row.metricTransformations[0]?.metricValue },
        { title: 'accounts', value: (row: FilterRow) => row.accountIds?.length ?? 'every' },
        { title: 'backfill', value: (row: FilterRow) => backfillOf(row.backfills) },
        { title: 'pattern', value: (row: FilterRow) => row.filterPattern || '(every event)' },
      ];
      for (const line of tableLines(terminal, columns, rows)) terminal.out(line);
    });
}

function backfillOf([last]: readonly ShownMetricBackfill[]): string | null {
  if (last === undefined) return null;
  if (last.state !== 'RUNNING') return last.state;
  return `RUNNING ${percent(last.progress)}${last.error === null ? '' : `: ${last.error}`}`;
}

function addBackfill(metric: Command, context: CliContext): void {
  metric
    .command('backfill')
    .description('Run a metric filter over stored events that it has not counted. None is counted twice.')
    .argument('<filter>', 'the name of the filter')
    .option('--from <time>', 'events since then: 3h, 7d or 2w ago, a day, or a moment (default: all)', momentOrAgo)
    .option('--to <time>', 'events until then (default: all)', momentOrAgo)
    .option('--watch', 'show how far it is, until it is done')
    .addHelpText(
      'after',
      '\nWorkers do it, in whole hours of event time.\n' +
        examples(
          ['all that is stored', 'metric backfill failed-logins --watch'],
          ['the last two weeks', 'metric backfill failed-logins --from 2w'],
        ),
    )
    .action((name: string, options: { from?: Date; to?: Date; watch?: boolean }) => backfill(context, name, options));
}

async function backfill(
  context: CliContext,
  name: string,
  { from, to, watch }: { from?: Date; to?: Date; watch?: boolean },
): Promise<void> {
  const { terminal } = context;
  let isRunning = false;
  try {
    await withApp(context, async (app, signal) => {
      const { backfillMetricFilter } = await app.execute<{ backfillMetricFilter: { backfill: { id: string } } }>(
        documents.startMetricBackfill,
        { input: { name, from: from?.toISOString(), to: to?.toISOString() } },
      );
      isRunning = true;
      if (!watch) return terminal.err('It is started. How far it is:  crosstrail metric filters');
      const options = { terminal, wait: () => delay(lookEveryMs, undefined, { signal }), now: Date.now };
      const ended = await followMetricBackfill(app, name, backfillMetricFilter.backfill.id, options);
      isRunning = false;
      if (ended.state === 'DONE') return;
      terminal.err('It was ended before it was done. What was counted stays; another run counts the rest.');
      throw new CommandFailed(ended.state);
    });
  } catch (error) {
    if (isRunning && error instanceof CommandFailed) {
      terminal.err('The backfill goes on while a worker runs: crosstrail metric filters');
    }
    throw error;
  }
}
