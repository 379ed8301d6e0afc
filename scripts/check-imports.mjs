#!/usr/bin/env node
/**
 * Holds every import against the rules of `.dependency-cruiser.mjs`.
 *
 * Counts what it saw: a compiler that dependency-cruiser cannot load makes it see no TypeScript at all, and report no
 * violation.
 *
 *   node scripts/check-imports.mjs [ROOT]     ROOT: the tree to check, by default this one
 */
import { existsSync, readdirSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cruise } from 'dependency-cruiser';
import extractTSConfig from 'dependency-cruiser/config-utl/extract-ts-config';
import { forbidden, options } from '../.dependency-cruiser.mjs';

const home = dirname(dirname(fileURLToPath(import.meta.url)));
const root = resolve(process.argv[2] ?? home);
const folders = ['src', 'migrations', 'bench', 'test'].filter((folder) => existsSync(join(root, folder)));

process.chdir(root);
const { output } = await cruise(
  folders,
  { ...options, ruleSet: { forbidden }, validate: true, baseDir: root },
  undefined,
  { tsConfig: extractTSConfig(join(home, 'tsconfig.json')) },
);
if (typeof output === 'string') throw new Error('dependency-cruiser was asked for data and gave text');

const seen = output.modules.filter((module) => /^(src|migrations|bench|test)\/.*\.ts$/.test(module.source)).length;
const there = folders.flatMap(typeScriptFiles).length;
if (seen < there || there === 0) {
  console.error(`Only ${seen} of ${there} modules were seen, so the rules were not held against the rest.`);
  process.exitCode = 1;
}

const { violations } = output.summary;
for (const { rule, from, to } of violations) {
  const comment = forbidden.find(({ name }) => name === rule.name)?.comment ?? '';
  console.error(`${from} -> ${to}\n    ${rule.name}: ${comment}`);
}
if (violations.length > 0) process.exitCode = 1;
else if (process.exitCode !== 1) console.log(`${seen} modules, ${output.summary.totalDependenciesCruised} imports`);

/** @param {string} folder */
function typeScriptFiles(folder) {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).filter(
    (file) => file.endsWith('.ts') && !join(folder, file).startsWith('bench/peers/'),
  );
}
