import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, it } from 'vitest';

/** The smaller checks of `npm run check`, each shown what it is there to find. */

const scripts = fileURLToPath(new URL('../../scripts', import.meta.url));
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'crosstrail-checks-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const write = (name: string, content: string) => writeFileSync(join(folder, name), content);

function run(script: string, ...args: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(scripts, script), ...args], {
    encoding: 'utf8',
  });
  return { status, text: `${stdout}${stderr}` };
}

const lockfile = (packages: object) => {
  write('lock.json', JSON.stringify({ packages }));
  return run('check-lockfile.mjs', join(folder, 'lock.json'));
};

const tool = { integrity: 'sha512-a', optionalDependencies: { 'tool-linux': '1.0.0', 'tool-darwin': '1.0.0' } };
const built = { integrity: 'sha512-b', optional: true };

it('a lock file with every platform passes, wherever its packages lie', () => {
  const packages = {
    '': { devDependencies: { tool: '^1.0.0' } },
    'node_modules/tool': tool,
    'node_modules/tool-linux': built,
    'node_modules/tool/node_modules/tool-darwin': built,
  };
  expect(lockfile(packages)).toEqual({ status: 0, text: '4 packages\n' });
});

it('a lock file that leaves out a platform fails, as npm ci would', () => {
  const packages = { '': { dependencies: { tool: '1' } }, 'node_modules/tool': tool, 'node_modules/tool-linux': built };
  const { status, text } = lockfile(packages);
  expect(text).toContain('tool-darwin@1.0.0 is not in it, but node_modules/tool asks for it');
  expect(status).toBe(1);
});

it('a package without a hash fails', () => {
  expect(lockfile({ '': {}, 'node_modules/tool': {} })).toMatchObject({ status: 1 });
});

const migration = '1700000000000-first.ts';
const hashes = (...args: string[]) => run('migration-hashes.mjs', ...args, folder);

it('a new migration fails the check until its hash is noted', () => {
  write(migration, 'one');
  expect(hashes('--check')).toMatchObject({
    status: 1,
    text: `${migration} is not in hashes.json yet:  npm run migrations\n`,
  });
  expect(hashes()).toEqual({ status: 0, text: `Added ${migration}\n` });
  expect(hashes('--check')).toEqual({ status: 0, text: '1 migrations\n' });
});

it('a landed migration that is changed or gone fails, and its hash is not replaced', () => {
  write(migration, 'one');
  hashes();
  write(migration, 'two');
  for (const args of [['--check'], []]) expect(hashes(...args)).toMatchObject({ status: 1 });
  expect(hashes('--check').text).toContain(`${migration} was changed after it landed`);
  rmSync(join(folder, migration));
  write('1700000000001-second.ts', 'three');
  expect(hashes('--check').text).toContain(`${migration} is gone`);
});

it('a folder without migrations fails: there is nothing that was checked', () => {
  expect(hashes('--check')).toMatchObject({ status: 1 });
});
