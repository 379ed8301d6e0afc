#!/usr/bin/env node
/**
 * A migration that has landed never changes: databases out there have run it. `migrations/hashes.json` holds the
 * SHA-256 of each. Without arguments this adds the new ones; it never replaces one. With --check it writes nothing
 * and fails when a migration was changed, removed, or is not in the file yet.
 *
 *   node scripts/migration-hashes.mjs [--check] [FOLDER]
 */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const args = process.argv.slice(2);
const checkOnly = args.includes('--check');
const folder = args.find((arg) => !arg.startsWith('--')) ?? fileURLToPath(new URL('../migrations', import.meta.url));
const file = join(folder, 'hashes.json');

/** @type {Record<string, string>} */
const landed = readLanded();
const present = Object.fromEntries(
  readdirSync(folder)
    .filter((name) => /^\d{13}-.+\.ts$/.test(name))
    .sort()
    .map((name) => [
      name,
      createHash('sha256')
        .update(readFileSync(join(folder, name)))
        .digest('hex'),
    ]),
);

const problems = [
  ...Object.keys(landed)
    .filter((name) => !(name in present))
    .map((name) => `${name} is gone`),
  ...Object.keys(landed)
    .filter((name) => name in present && present[name] !== landed[name])
    .map((name) => `${name} was changed after it landed; undo that and write a new migration instead`),
];
const added = Object.keys(present).filter((name) => !(name in landed));
if (checkOnly) problems.push(...added.map((name) => `${name} is not in hashes.json yet:  npm run migrations`));
if (Object.keys(present).length === 0) problems.push(`no migrations in ${folder}`);

if (problems.length > 0) {
  console.error(problems.join('\n'));
  process.exitCode = 1;
} else if (checkOnly) {
  console.log(`${Object.keys(present).length} migrations`);
} else {
  writeFileSync(file, `${JSON.stringify(present, null, 2)}\n`);
  console.log(added.length === 0 ? 'Nothing new' : `Added ${added.join(', ')}`);
}

function readLanded() {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code === 'ENOENT') return {};
    throw error;
  }
}
