import type { Finding, ValidationSummary, VerdictCounts } from '../../sources/log-validation.service.js';
import { type AddCommand, type CliContext, CommandFailed, examples, UsageError, withApp } from '../command.js';
import { moment } from '../option-values.js';
import { counted, type Terminal } from '../terminal.js';

interface VerifyOptions {
  account: string;
  from: Date;
  to?: Date;
  region?: string;
  source?: string;
  json?: boolean;
}

const progressEveryMs = 100;

export const addVerify: AddCommand = (program, context) => {
  program
    .command('verify')
    .description(
      'Read digests and log files from the bucket again and validate them, as `aws cloudtrail validate-logs` does; ' +
        'say where the ledger has something else.',
    )
    .requiredOption('--account <id>', 'the account whose log files are validated')
    .requiredOption('--from <time>', 'the first moment, such as 2026-01-31 or 2026-01-31T12:00:00Z (UTC)', moment)
    .option('--to <time>', 'the last moment; now when left out', moment)
    .option('--region <region>', 'only this region')
    .option('--source <id>', 'only what lies in this source, by the id that `source list` shows')
    .option('--json', 'print one JSON object a line: each finding, and the summary last')
    .addHelpText(
      'after',
      '\nThe exit code is 1 when something is invalid, could not be read, or there are no digests at all.\n' +
        examples(
          ['what was delivered since the start of the year', 'verify --account 111122223333 --from 2026-01-01'],
          ['one day, for a script', 'verify --account 111122223333 --from 2026-01-31 --to 2026-02-01 --json'],
        ),
    )
    .action((options: VerifyOptions) => verify(context, options));
};

async function verify(context: CliContext, options: VerifyOptions): Promise<void> {
  const { terminal } = context;
  if (!/^[0-9]{12}$/.test(options.account)) throw new UsageError('--account must be an account id of 12 digits.');
  const to = options.to ?? new Date();
  if (options.from >= to) throw new UsageError('--from must be before --to.');
  const { account: accountId, from, region = null, source: sourceId = null } = options;
  const range = `${seconds(from)} and ${seconds(to)}`;
  if (!options.json) terminal.out(`Validating log files of account ${accountId} between ${range}\n`);
  const listener = {
    onFinding: (finding: Finding) => terminal.out(options.json ? JSON.stringify(finding) : lineOf(finding)),
    onProgress: progressOn(terminal),
  };
  const summary = await withApp(context, (app, signal) =>
    app.verify({ accountId, from, to, region, sourceId }, listener, signal),
  );
  terminal.progress('');
  terminal.out(options.json ? summaryJson(summary) : summaryText(summary, from, to));
  if (!isProof(summary)) throw new CommandFailed('not everything is valid');
}

/** That something is valid takes at least one digest. */
function isProof({ digests, backfillDigests, logFiles }: ValidationSummary): boolean {
  const bad = [digests, backfillDigests, logFiles].some(({ invalid, unknown }) => invalid + unknown > 0);
  return !bad && digests.valid + backfillDigests.valid > 0;
}

function progressOn(terminal: Terminal): (summary: ValidationSummary) => void {
  let shown = 0;
  return ({ digests, backfillDigests, logFiles }) => {
    const now = Date.now();
    if (now - shown < progressEveryMs) return;
    shown = now;
    const read = total(digests) + total(backfillDigests);
    terminal.progress(`${counted(read, 'digest file')}, ${counted(total(logFiles), 'log file')} read …`);
  };
}

const names = { digest: 'Digest file', logFile: 'Log file' } as const;

/** The lines of AWS's validator, where it has one for the same. */
function lineOf(finding: Finding): string {
  if (finding.kind === 'gap') {
    return `${finding.reason} between ${seconds(finding.from)} and ${seconds(finding.to)} (${finding.region}, ${finding.trail})\n`;
  }
  if (finding.kind === 'ledger') {
    return `Ledger\t${finding.url}\t${finding.ledger}; in the bucket now: ${finding.now}\n`;
  }
  const backfill = finding.isBackfill ? '(backfill) ' : '';
  const verdict = finding.verdict === 'unknown' ? 'UNKNOWN' : finding.verdict.toUpperCase();
  return `${backfill}${names[finding.kind]}\t${finding.url}\t${verdict}: ${finding.reason}\n`;
}

function summaryText(summary: ValidationSummary, from: Date, to: Date): string {
  const { digests, backfillDigests, logFiles, disagreements, found } = summary;
  const lines = [`Results requested for ${seconds(from)} to ${seconds(to)}`];
  if (total(digests) + total(backfillDigests) === 0)
    return [...lines, 'No digests found: nothing is proven'].join('\n');
  lines.push(
    found === null
      ? 'No valid digests found in range'
      : `Results found for ${seconds(new Date(found.start))} to ${seconds(new Date(found.end))}:`,
    '',
    ...ratio(digests, 'digest'),
    ...ratio(backfillDigests, 'backfill digest'),
    ...ratio(logFiles, 'log'),
  );
  if (disagreements > 0) lines.push('', `The ledger says something else of ${counted(disagreements, 'file')}.`);
  return lines.join('\n');
}

function ratio(counts: VerdictCounts, name: string): string[] {
  const all = total(counts);
  if (all === 0) return [];
  const parts = [`${counts.valid}/${all} ${name} files valid`];
  if (counts.invalid > 0) parts.push(`${counts.invalid}/${all} ${name} files INVALID`);
  if (counts.unknown > 0) parts.push(`${counts.unknown}/${all} ${name} files UNKNOWN`);
  return [parts.join(', ')];
}

function summaryJson({ found, ...summary }: ValidationSummary): string {
  const [from, to] = found === null ? [null, null] : [new Date(found.start), new Date(found.end)];
  return JSON.stringify({ kind: 'summary', ...summary, found: found === null ? null : { from, to } });
}

function total({ valid, invalid, unknown }: VerdictCounts): number {
  return valid + invalid + unknown;
}

/** As AWS's validator writes times. */
function seconds(at: Date): string {
  return `${at.toISOString().slice(0, 19)}Z`;
}
