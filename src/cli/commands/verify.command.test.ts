import { expect, it } from 'vitest';
import { commandLine } from '../../../test/support/command-line.js';
import type { Finding, ValidationSummary } from '../../sources/log-validation.service.js';
import type { CliApp } from '../app.js';

const account = '111122223333';
const line = `verify --account ${account} --from 2026-01-31 --to 2026-01-31T12:00:00Z`;
const counts = (valid: number, invalid = 0, unknown = 0) => ({ valid, invalid, unknown });
const intact: ValidationSummary = {
  digests: counts(12),
  backfillDigests: counts(0),
  logFiles: counts(30),
  disagreements: 0,
  found: { start: Date.parse('2026-01-31T00:07:31Z'), end: Date.parse('2026-01-31T11:07:31Z') },
};

function verifying(summary: Partial<ValidationSummary>, findings: readonly Finding[] = []) {
  const requests: unknown[] = [];
  const verify: CliApp['verify'] = async (request, { onFinding }) => {
    requests.push(request);
    for (const finding of findings) onFinding(finding);
    return { ...intact, ...summary };
  };
  return { ...commandLine({}, null, verify), requests };
}

const place = { region: 'eu-west-1', trail: 'main', isBackfill: false };
const findings: readonly Finding[] = [
  { kind: 'logFile', url: 's3://b/log', ...place, verdict: 'invalid', reason: "hash value doesn't match" },
  { kind: 'digest', url: 's3://b/digest', ...place, isBackfill: true, verdict: 'invalid', reason: 'not found' },
  { kind: 'digest', url: 's3://b/other', ...place, verdict: 'unknown', reason: 'it could not be read: AccessDenied' },
  {
    kind: 'gap',
    ...{ region: 'eu-west-1', trail: 'main', reason: 'No valid digest speaks of the time' },
    ...{ from: new Date('2026-01-31T05:07:31Z'), to: new Date('2026-01-31T06:07:31Z') },
  },
  { kind: 'ledger', url: 's3://b/log', ledger: 'INGESTED, VERIFIED', now: 'changed' },
];

it('an intact chain: what was asked, what was found, and exit code 0', async () => {
  const { run, requests } = verifying({});
  const { code, out, stopped } = await run(line);
  expect(requests).toEqual([
    {
      accountId: account,
      from: new Date('2026-01-31T00:00:00Z'),
      to: new Date('2026-01-31T12:00:00Z'),
      region: null,
      sourceId: null,
    },
  ]);
  expect(out).toBe(`Validating log files of account 111122223333 between 2026-01-31T00:00:00Z and 2026-01-31T12:00:00Z

Results requested for 2026-01-31T00:00:00Z to 2026-01-31T12:00:00Z
Results found for 2026-01-31T00:07:31Z to 2026-01-31T11:07:31Z:

12/12 digest files valid
30/30 log files valid
`);
  expect([code, stopped]).toEqual([0, 1]);
});

it('each finding is a line as AWS writes it, and something invalid is exit code 1', async () => {
  const bad = { digests: counts(10, 0, 1), backfillDigests: counts(1, 1), logFiles: counts(29, 1), disagreements: 1 };
  const { code, out } = await verifying(bad, findings).run(line);
  expect(out.split('\n').filter(Boolean).slice(1)).toEqual([
    "Log file\ts3://b/log\tINVALID: hash value doesn't match",
    '(backfill) Digest file\ts3://b/digest\tINVALID: not found',
    'Digest file\ts3://b/other\tUNKNOWN: it could not be read: AccessDenied',
    'No valid digest speaks of the time between 2026-01-31T05:07:31Z and 2026-01-31T06:07:31Z (eu-west-1, main)',
    'Ledger\ts3://b/log\tINGESTED, VERIFIED; in the bucket now: changed',
    'Results requested for 2026-01-31T00:00:00Z to 2026-01-31T12:00:00Z',
    'Results found for 2026-01-31T00:07:31Z to 2026-01-31T11:07:31Z:',
    '10/11 digest files valid, 1/11 digest files UNKNOWN',
    '1/2 backfill digest files valid, 1/2 backfill digest files INVALID',
    '29/30 log files valid, 1/30 log files INVALID',
    'The ledger says something else of 1 file.',
  ]);
  expect(code).toBe(1);
});

it.each<[string, Partial<ValidationSummary>, number]>([
  ['a digest is invalid', { digests: counts(11, 1) }, 1],
  ['a backfill digest is invalid', { backfillDigests: counts(0, 1) }, 1],
  ['a log file is invalid', { logFiles: counts(29, 1) }, 1],
  ['something could not be read', { logFiles: counts(29, 0, 1) }, 1],
  ['there are no digests: nothing is proven', { digests: counts(0), logFiles: counts(0), found: null }, 1],
  ['only the ledger says something else', { disagreements: 3 }, 0],
])('exit code where %s', async (_, summary, code) => {
  expect((await verifying(summary).run(line)).code).toBe(code);
});

it('--json prints an object a line: each finding, and the summary', async () => {
  const { out } = await verifying({}, findings).run(`${line} --json --region eu-west-1 --source s`);
  const lines = out
    .trimEnd()
    .split('\n')
    .map((text) => JSON.parse(text));
  expect(lines.slice(0, -1)).toEqual(JSON.parse(JSON.stringify(findings)));
  expect(lines.at(-1)).toEqual({
    kind: 'summary',
    ...{ digests: counts(12), backfillDigests: counts(0), logFiles: counts(30), disagreements: 0 },
    found: { from: '2026-01-31T00:07:31.000Z', to: '2026-01-31T11:07:31.000Z' },
  });
});

it.each([
  ['--account 1 --from 2026-01-31', '--account must be an account id of 12 digits'],
  [`--account ${account} --from 2026-02-31`, 'It must be a day such as'],
  [`--account ${account} --from yesterday`, 'It must be a day such as'],
  [`--account ${account} --from 2026-02-01 --to 2026-01-31`, '--from must be before --to'],
  [`--account ${account}`, "required option '--from <time>'"],
])('refuses %s', async (options, reason) => {
  const { code, err, opened } = await verifying({}).run(`verify ${options}`);
  expect([code, opened]).toEqual([2, []]);
  expect(err).toContain(reason);
});

it('a stop signal ends it, and the app is released', async () => {
  let aborted = false;
  const verify: CliApp['verify'] = (_request, _listener, signal) =>
    new Promise((_, reject) => {
      signal.addEventListener('abort', () => {
        aborted = true;
        reject(new Error('aborted'));
      });
      process.emit('SIGINT', 'SIGINT');
    });
  const { code, err, stopped } = await commandLine({}, null, verify).run(line);
  expect([code, stopped, aborted]).toEqual([1, 1, true]);
  expect(err).toBe('SIGINT: stopping\n');
});
