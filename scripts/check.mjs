#!/usr/bin/env node
/**
 * `npm run check`: everything about the code that needs no database. Each check runs whether or not another failed,
 * two at a time, and ends in one line; the output of those that failed follows.
 *
 *   npm run check [-- NAME ...]     only these
 */
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { run, secondsSince } from './lib/run.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const bin = (/** @type {string} */ path) => `node_modules/${path}`;

/** @type {{ name: string, says: string, commands: string[][] }[]} */
const checks = [
  {
    name: 'types',
    says: 'tsc over sources, tests, benchmarks and scripts',
    commands: [
      [bin('typescript/bin/tsc'), '--noEmit', '-p', '.'],
      [bin('typescript/bin/tsc'), '--noEmit', '-p', 'scripts'],
    ],
  },
  {
    name: 'format',
    says: 'biome: format, order of imports, lint',
    commands: [[bin('@biomejs/biome/bin/biome'), 'ci', '--colors=off', '--error-on-warnings', '.']],
  },
  { name: 'imports', says: 'who may import whom', commands: [['scripts/check-imports.mjs']] },
  { name: 'dead-code', says: 'knip: files, exports, packages', commands: [[bin('knip/bin/knip.js'), '--no-progress']] },
  { name: 'lockfile', says: 'npm ci works on every platform', commands: [['scripts/check-lockfile.mjs']] },
  { name: 'schema', says: 'schema.graphql is what the code says', commands: [['scripts/schema.mjs', '--check']] },
  {
    name: 'migrations',
    says: 'landed migrations are unchanged',
    commands: [['scripts/migration-hashes.mjs', '--check']],
  },
];

const asked = process.argv.slice(2);
const unknown = asked.filter((name) => !checks.some((check) => check.name === name));
if (unknown.length > 0) {
  console.error(`No check is named ${unknown.join(', ')}; there are: ${checks.map(({ name }) => name).join(', ')}`);
  process.exit(2);
}

const start = performance.now();
const waiting = checks.filter(({ name }) => asked.length === 0 || asked.includes(name));
const total = waiting.length;
/** @type {{ name: string, output: string }[]} */
const failures = [];
await Promise.all([worker(), worker()]);

for (const { name, output } of failures) console.error(`\n--- ${name}\n${output.trimEnd()}`);
console.log(`\nChecks: ${total - failures.length} passed, ${failures.length} failed in ${secondsSince(start)}`);
process.exitCode = failures.length === 0 ? 0 : 1;

async function worker() {
  for (let check = waiting.shift(); check !== undefined; check = waiting.shift()) {
    const since = performance.now();
    const output = await failureOf(check.commands);
    if (output !== undefined) failures.push({ name: check.name, output });
    const verdict = output === undefined ? 'ok    ' : 'FAILED';
    console.log(`${verdict}  ${check.name.padEnd(10)} ${secondsSince(since).padStart(7)}   ${check.says}`);
  }
}

/** @param {string[][]} commands @returns {Promise<string | undefined>} what the failing ones said */
async function failureOf(commands) {
  const outputs = [];
  for (const command of commands) {
    const { ok, output } = await run(process.execPath, command, { cwd: root });
    if (!ok) outputs.push(output);
  }
  return outputs.length === 0 ? undefined : outputs.join('\n');
}
