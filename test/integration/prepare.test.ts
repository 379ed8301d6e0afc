import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  appendFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, it } from 'vitest';

/** `scripts/prepare.mjs` in a small tree of its own, with stand-ins for npm and the compiler that take no time. */

const project = fileURLToPath(new URL('../..', import.meta.url));
let tree: string;

const fakeCompiler = `
  const { mkdirSync, readFileSync, writeFileSync } = require('node:fs');
  const source = readFileSync('src/main.ts', 'utf8');
  if (source.includes('wrong')) { console.log('src/main.ts(2,14): error TS2322'); process.exit(1); }
  const outDir = process.argv.at(-1);
  mkdirSync(outDir + '/src', { recursive: true });
  writeFileSync(outDir + '/src/main.js', source);
`;

const fakeNpm = `
  const { appendFileSync, copyFileSync, mkdirSync, rmSync, writeFileSync } = require('node:fs');
  appendFileSync('npm-calls', process.argv.slice(2).join(' ') + '\\n');
  if (process.env.NPM_FAILS) { console.error('no such registry'); process.exit(1); }
  rmSync('node_modules', { recursive: true, force: true });
  mkdirSync('node_modules/typescript/bin', { recursive: true });
  writeFileSync('node_modules/typescript/bin/tsc', ${JSON.stringify(fakeCompiler)});
  copyFileSync('package-lock.json', 'node_modules/.package-lock.json');
`;

beforeEach(() => {
  tree = mkdtempSync(join(tmpdir(), 'crosstrail-prepare-'));
  cpSync(join(project, 'scripts/lib'), join(tree, 'scripts/lib'), { recursive: true });
  cpSync(join(project, 'scripts/prepare.mjs'), join(tree, 'scripts/prepare.mjs'));
  write('npm-cli.js', fakeNpm);
  write('package.json', JSON.stringify({ type: 'commonjs', engines: { node: '>=20.19' } }));
  write(
    'package-lock.json',
    JSON.stringify({ packages: { '': {}, 'node_modules/typescript': { version: '6.0.0', dev: true } } }),
  );
  write('tsconfig.build.json', '{}');
  mkdirSync(join(tree, 'src'));
  write('src/main.ts', 'export const answer = 42;\n');
});

afterEach(() => rmSync(tree, { recursive: true, force: true }));

const write = (path: string, content: string) => writeFileSync(join(tree, path), content);
const read = (path: string) => readFileSync(join(tree, path), 'utf8');
const npmCalls = () => (existsSync(join(tree, 'npm-calls')) ? read('npm-calls').trim().split('\n') : []);

async function prepare(env: NodeJS.ProcessEnv = {}, script = 'scripts/prepare.mjs') {
  const child = spawn(process.execPath, [script], {
    cwd: tree,
    env: { PATH: process.env['PATH'], npm_execpath: join(tree, 'npm-cli.js'), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk) => (stdout += chunk));
  child.stderr.on('data', (chunk) => (stderr += chunk));
  const [code] = await once(child, 'close');
  return { code: code as number, stdout, stderr };
}

it('a bare clone is installed and built, with one line for each', async () => {
  const { code, stdout, stderr } = await prepare();
  expect(stderr).toMatch(/^Installing packages \.\.\. [\d.]+ s\nBuilding \.\.\. [\d.]+ s\n$/);
  expect(stdout).toBe('');
  expect(code).toBe(0);
  expect(npmCalls()).toEqual([expect.stringMatching(/^ci --include=dev /)]);
  expect(read('dist/src/main.js')).toContain('answer = 42');
});

it('with nothing to do it says and does nothing', async () => {
  await prepare();
  expect(await prepare()).toEqual({ code: 0, stdout: '', stderr: '' });
  expect(npmCalls()).toHaveLength(1);
});

it('a changed source is built again, without what a former build left', async () => {
  await prepare();
  write('dist/src/gone.js', '');
  write('src/main.ts', 'export const answer = 43;\n');
  const { stderr } = await prepare();
  expect(stderr).toMatch(/^Building \.\.\. [\d.]+ s\n$/);
  expect(read('dist/src/main.js')).toContain('answer = 43');
  expect(existsSync(join(tree, 'dist/src/gone.js'))).toBe(false);
});

it('a changed lock file is installed', async () => {
  await prepare();
  write(
    'package-lock.json',
    JSON.stringify({ packages: { '': {}, 'node_modules/typescript': { version: '6.0.1', dev: true } } }),
  );
  await prepare();
  expect(npmCalls()).toHaveLength(2);
});

it('packages that were installed by hand are not installed again', async () => {
  const npm = spawn(process.execPath, ['npm-cli.js', 'install'], { cwd: tree, stdio: 'ignore' });
  await once(npm, 'close');
  const { stderr } = await prepare();
  expect(stderr).not.toContain('Installing');
  expect(npmCalls()).toEqual(['install']);
});

it('in production a finished build needs no development packages', async () => {
  await prepare();
  rmSync(join(tree, 'node_modules/typescript'), { recursive: true });
  write('node_modules/.package-lock.json', JSON.stringify({ packages: {} }));
  rmSync(join(tree, 'node_modules/.crosstrail-installed'));
  expect(await prepare({ NODE_ENV: 'production' })).toMatchObject({ code: 0, stderr: '' });
});

it('two at once install and build once', async () => {
  const both = await Promise.all([prepare(), prepare()]);
  expect(both.map(({ code }) => code)).toEqual([0, 0]);
  expect(npmCalls()).toHaveLength(1);
  expect(both.filter(({ stderr }) => stderr.includes('Building'))).toHaveLength(1);
});

it('a lock whose holder died is taken over', async () => {
  const dead = spawn(process.execPath, ['-e', '0'], { stdio: 'ignore' });
  await once(dead, 'close');
  mkdirSync(join(tree, '.crosstrail-prepare'));
  write(`.crosstrail-prepare/${dead.pid}@${hostname()}`, '');
  const { code, stderr } = await prepare();
  expect(stderr).not.toContain('waiting');
  expect(code).toBe(0);
  expect(readdirSync(tree).filter((name) => name.startsWith('.crosstrail'))).toEqual([]);
});

it('a failing install ends with what npm said', async () => {
  const { code, stderr } = await prepare({ NPM_FAILS: '1' });
  expect(stderr).toContain('no such registry');
  expect(stderr).toContain('Installing packages failed');
  expect(code).toBe(1);
});

it('a failing build ends with what the compiler said, and the former build stays', async () => {
  await prepare();
  appendFileSync(join(tree, 'src/main.ts'), 'export const wrong: string = answer;\n');
  const { code, stderr } = await prepare();
  expect(stderr).toContain('src/main.ts(2,14)');
  expect(code).toBe(1);
  expect(existsSync(join(tree, 'dist/src/main.js'))).toBe(true);
});

it('a Node.js that is too old is told so in a sentence', async () => {
  write('package.json', JSON.stringify({ type: 'commonjs', engines: { node: '>=99.1' } }));
  const { code, stderr } = await prepare();
  expect(stderr).toBe(
    `Crosstrail needs Node.js 99.1 or later, and this is ${process.versions.node}.\n` +
      'Install a current release from https://nodejs.org and run the command again.\n',
  );
  expect(code).toBe(1);
});
