import { existsSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { run } from './run.mjs';
import { markBuilt } from './state.mjs';

/** Held by whoever installs or builds in this tree. @param {string} root */
export const lockOf = (root) => join(root, '.crosstrail-prepare');

/**
 * Compiles src, migrations and bench to dist, and puts GraphiQL beside them. Built in a folder of its own and moved into
 * place at the end, so that a process that runs from dist never meets half a build and nothing of an old one stays.
 * The caller holds the lock.
 *
 * @param {string} root
 * @returns {Promise<{ ok: boolean, output: string }>} output: of the step that failed
 */
export async function build(root) {
  const dist = join(root, 'dist');
  // As deep as dist, since source maps name their sources by relative paths.
  const next = join(root, '.crosstrail-build');
  const old = join(root, '.crosstrail-build-old');
  rmSync(next, { recursive: true, force: true });
  rmSync(old, { recursive: true, force: true });

  const steps = [['node_modules/typescript/bin/tsc', '-p', 'tsconfig.build.json', '--outDir', next]];
  const graphiql = 'scripts/build-graphiql.mjs';
  if (existsSync(join(root, graphiql))) steps.push([graphiql, join(next, 'graphiql')]);
  for (const step of steps) {
    const result = await run(process.execPath, step, { cwd: root });
    if (!result.ok) return result;
  }

  markBuilt(root, next);
  if (existsSync(dist)) renameSync(dist, old);
  renameSync(next, dist);
  rmSync(old, { recursive: true, force: true });
  return { ok: true, output: '' };
}
