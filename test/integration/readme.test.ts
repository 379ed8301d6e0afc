import { readFileSync } from 'node:fs';
import { buildSchema, parse, validate } from 'graphql';
import { expect, it } from 'vitest';
import { schemaText } from '../../src/app.js';
import { hubPolicy, readBucketPolicy, readQueuePolicy, tellQueuePolicy, trustPolicy } from '../../src/cli/policies.js';
import { configVariables } from '../../src/config.js';
import { parseStatistic } from '../../src/metrics/statistic.js';
import { parseEventPattern } from '../../src/patterns/event-pattern/parse-event-pattern.js';
import { parseFilterPattern } from '../../src/patterns/filter-pattern/parse-filter-pattern.js';
import { functionSignatures } from '../../src/patterns/metric-math/math-functions.js';
import { parseMetricMath } from '../../src/patterns/metric-math/parse-metric-math.js';
import { cliProgram } from '../support/cli-program.js';

/** What the README tells people to type and to paste is what the code does. */

const read = (file: string) => readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8');
const readme = read('README.md');
const rulesPage = read('docs/rules-and-targets.md');
const metricsPage = read('docs/metrics.md');
const scripts = JSON.parse(read('package.json')).scripts;

const commands = cliProgram.commands.flatMap((command) =>
  command.commands.length === 0 ? command.name() : command.commands.map((sub) => `${command.name()} ${sub.name()}`),
);

it('the table of the README is the configuration', () => {
  const rows = [...readme.matchAll(/^\| `([A-Z_]+)` \| (.*?) \| (.*) \|$/gm)];
  const shown = rows.map(([, name, byDefault, meaning]) => ({ name, default: byDefault, meaning }));
  const expected = configVariables.map((variable) => ({
    name: variable.name,
    default: variable.default === undefined || variable.default === '' ? '' : `\`${variable.default}\``,
    meaning: variable.meaning,
  }));
  expect(shown).toEqual(expected);
});

it('its policies are those that the commands print', () => {
  const policies = [...readme.matchAll(/^```json\n(.*?)^```$/gms)].map(([, text = '']) => JSON.parse(text));
  expect(policies).toEqual([
    hubPolicy('arn:aws:iam::*:role/crosstrail'),
    trustPolicy('arn:aws:iam::999900001111:role/crosstrail-hub', 'EXTERNAL_ID'),
    readBucketPolicy({ bucket: 'BUCKET' }),
    readQueuePolicy('QUEUE_ARN'),
    tellQueuePolicy('QUEUE_ARN', 'BUCKET'),
  ]);
});

it('its table of commands has every command', () => {
  const rows = [...readme.matchAll(/^\| (`[a-z `,-]+`) \| .* \|$/gm)].map(([, names = '']) => names);
  const shown = rows.flatMap((names) => {
    const [first = '', ...rest] = names.replaceAll('`', '').split(', ');
    const [group, name] = first.split(' ');
    return name === undefined ? [first, ...rest] : [first, ...rest.map((other) => `${group} ${other}`)];
  });
  expect(shown.sort()).toEqual([...commands].sort());
});

it('every npm script and every command that it names exists', () => {
  const blocks = [...(readme + metricsPage).matchAll(/^```sh\n(.*?)^```$/gms)].map(([, text]) => text).join('');
  const named = [...blocks.matchAll(/npm (?:run )?(\w+)/g)].map(([, name = '']) => name);
  const typed = [
    ...blocks.matchAll(/^crosstrail ((?:account |organization |source |token |metric |alarms )?[\w-]+)/gm),
  ].map(([, name = '']) => name);
  expect(named.length).toBeGreaterThan(0);
  expect(named.filter((name) => !(name in scripts))).toEqual([]);
  expect(typed.length).toBeGreaterThan(0);
  expect(typed.filter((name) => !commands.includes(name))).toEqual([]);
});

it.each([
  ['README.md', readme],
  ['docs/rules-and-targets.md', rulesPage],
  ['docs/metrics.md', metricsPage],
])('every GraphQL document of %s is one of the schema', async (_, page) => {
  const schema = buildSchema(await schemaText());
  const documents = [...page.matchAll(/^```graphql\n(.*?)^```$/gms)].map(([, text = '']) => text);
  expect(documents.length).toBeGreaterThan(0);
  expect(documents.flatMap((text) => validate(schema, parse(text)))).toEqual([]);
});

it.each(
  [...rulesPage.matchAll(/^\| `(\{.*\})` \| (.*) \|$/gm)].map(([, pattern = '', meaning = '']) => [meaning, pattern]),
)('the event pattern of the page for %s is one', (_, pattern) => {
  expect(() => parseEventPattern(pattern)).not.toThrow();
});

/** What stands as code in the first cells of a table of the page, by its header. */
function codeOf(header: string): string[] {
  const [table = ''] = metricsPage.split(`\n| ${header} |\n`)[1]?.split('\n\n') ?? [];
  const cells = table.split('\n').map((row) => row.split(/(?<!\\)\|/)[1] ?? '');
  return cells.flatMap((cell) => [...cell.matchAll(/`(.+?)`/g)].map(([, code = '']) => code.replaceAll('\\|', '|')));
}

it.each(codeOf('pattern | matches'))('the filter pattern %s of the page is one', (pattern) => {
  expect(() => parseFilterPattern(pattern)).not.toThrow();
});

it.each([...codeOf('function | gives'), ...codeOf('search | finds')].filter((code) => code.includes('(')))(
  'the expression %s of the page is one',
  (expression) => {
    expect(() => parseMetricMath(expression)).not.toThrow();
  },
);

it.each(codeOf('statistic | gives | is'))('the statistic %s of the page is one', (statistic) => {
  expect(() => parseStatistic(statistic)).not.toThrow();
});

it('the page has every function of metric math', () => {
  const shown = codeOf('function | gives').map((code) => code.replace(/\(.*/, ''));
  const known = [...Object.keys(functionSignatures), 'METRICS', 'SEARCH', 'ANOMALY_DETECTION_BAND'];
  expect([...new Set(shown)].sort()).toEqual(known.sort());
});
