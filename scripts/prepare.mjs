#!/usr/bin/env node
/**
 * Runs before `npm run demo`, `npm start`, `npm test` and their like, so that each works from a bare clone: checks Node,
 * installs what package-lock.json asks for, builds what is not built. Says nothing when there is nothing to do.
 * Uses nothing but Node itself, since nothing else is there yet.
 */
import { readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, lockOf } from './lib/build.mjs';
import { withLock } from './lib/lock.mjs';
import { run, secondsSince } from './lib/run.mjs';
import { isBuilt, isInstalled, markInstalled } from './lib/state.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const production = process.env.NODE_ENV === 'production';

class PreparationFailed extends Error {}

try {
  requireNode();
  if (!isReady()) await withLock(lockOf(root), sayWaiting, prepare);
} catch (error) {
  console.error(error instanceof PreparationFailed ? error.message : error);
  process.exit(1);
}

function requireNode() {
  const { engines } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const [major = 0, minor = 0] = engines.node.replace('>=', '').split('.').map(Number);
  const [ourMajor = 0, ourMinor = 0] = process.versions.node.split('.').map(Number);
  if (ourMajor > major || (ourMajor === major && ourMinor >= minor)) return;
  throw new PreparationFailed(
    `Crosstrail needs Node.js ${major}.${minor} or later, and this is ${process.versions.node}.\n` +
      'Install a current release from https://nodejs.org and run the command again.',
  );
}

function isReady() {
  return isBuilt(root) && isInstalled(root, { withDev: !production });
}

/** @param {string} holder */
function sayWaiting(holder) {
  console.error(`Another process (${holder}) is installing or building here; waiting for it.`);
  console.error(`If no such process runs, delete ${lockOf(root)}`);
}

async function prepare() {
  // Looked at again: whoever held the lock before us may have done it all.
  const mustBuild = !isBuilt(root);
  // The compiler is a development package, so a build needs those in production too.
  if (!isInstalled(root, { withDev: mustBuild || !production })) {
    await step('Installing packages', () => npm('ci', '--include=dev', '--no-audit', '--no-fund', '--loglevel=error'));
    markInstalled(root);
  }
  if (mustBuild) await step('Building', () => build(root));
}

/** @param {string} title @param {() => Promise<{ ok: boolean, output: string }>} work */
async function step(title, work) {
  const start = performance.now();
  // On stderr, so that what the command itself prints on stdout stays its own.
  process.stderr.write(`${title} ...`);
  const { ok, output } = await work();
  process.stderr.write(ok ? ` ${secondsSince(start)}\n` : ' failed\n');
  if (!ok) throw new PreparationFailed(`\n${output.trimEnd()}\n\n${title} failed; the reason stands above.`);
}

/** The npm that runs us, which need not be the one on PATH. @param {string[]} args */
function npm(...args) {
  const script = process.env.npm_execpath ?? '';
  if (basename(script) === 'npm-cli.js') return run(process.execPath, [script, ...args], { cwd: root });
  return run('npm', args, { cwd: root });
}
