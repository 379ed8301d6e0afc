import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, it } from 'vitest';

/**
 * `scripts/check-imports.mjs` on small trees made for it. A check that sees nothing finds nothing wrong, so each rule is
 * shown a violation of itself here.
 */

const project = fileURLToPath(new URL('../..', import.meta.url));
const trees: string[] = [];

afterEach(() => {
  for (const tree of trees.splice(0)) rmSync(tree, { recursive: true, force: true });
});

const sound = {
  'package.json': JSON.stringify({ dependencies: { pg: '*' }, devDependencies: { vitest: '*' } }),
  'src/lib/time.ts': `import { createHash } from 'node:crypto';\nexport const hour = () => createHash('md5');\n`,
  'src/platform/clock.ts': `import 'pg';\nimport { hour } from '../lib/time.js';\nexport const clock = hour;\n`,
  'src/sources/ledger.service.ts': `import { clock } from '../platform/clock.js';\nexport const ledger = clock;\n`,
  'src/sources/index.ts': `import { ledger } from './ledger.service.js';\nexport const createSources = () => ledger;\n`,
  'src/ingest/pass.job.ts': `import { ledger } from '../sources/ledger.service.js';\nexport const pass = ledger;\n`,
  'src/config.ts': `import process from 'node:process';\nexport const config = process.env;\n`,
  'src/app.ts': `import { config } from './config.js';\nimport { createSources } from './sources/index.js';\nimport { pass } from './ingest/pass.job.js';\nexport const app = { config, createSources, pass };\n`,
  'src/cli/run.ts': `import { app } from '../app.js';\nexport const run = app;\n`,
  'src/main.ts': `import { run } from './cli/run.js';\nrun;\n`,
  'src/lib/time.test.ts': `import { it } from 'vitest';\nimport { hour } from './time.js';\nit('tells the hour', () => hour());\n`,
};

const violations: { rule: string; file: string; content: string }[] = [
  { rule: 'order-lib', file: 'src/lib/a.ts', content: `import '../platform/clock.js';` },
  {
    rule: 'order-sources',
    file: 'src/sources/b.ts',
    content: `import type { pass } from '../ingest/pass.job.js';\nexport type P = typeof pass;`,
  },
  { rule: 'known-rooms', file: 'src/attic/q.ts', content: `import '../lib/time.js';` },
  { rule: 'doors', file: 'src/ingest/c.ts', content: `import '../sources/b.js';` },
  { rule: 'doors', file: 'src/ingest/d.ts', content: `import '../sources/index.js';` },
  { rule: 'root-files', file: 'src/platform/e.ts', content: `import '../config.js';` },
  { rule: 'app-below-cli', file: 'src/app.ts', content: `import './cli/run.js';` },
  { rule: 'no-cycles', file: 'src/lib/f.ts', content: `import './g.js';` },
  { rule: 'no-orphans', file: 'src/lib/h.ts', content: `export const h = 1;` },
  { rule: 'pure-core', file: 'src/lib/i.ts', content: `import 'node:fs';` },
  { rule: 'environment', file: 'src/platform/j.ts', content: `import 'node:process';` },
  { rule: 'not-to-test', file: 'src/platform/k.ts', content: `import '../../test/support/l.js';` },
  { rule: 'not-to-tests', file: 'test/m.ts', content: `import '../src/lib/time.test.js';` },
  { rule: 'not-to-dev-package', file: 'src/platform/n.ts', content: `import 'vitest';` },
  { rule: 'not-to-undeclared-package', file: 'src/platform/o.ts', content: `import 'zod';` },
  { rule: 'resolvable', file: 'src/platform/p.ts', content: `import './nowhere.js';` },
];

function plant(files: Record<string, string>): string {
  const tree = mkdtempSync(join(tmpdir(), 'crosstrail-imports-'));
  trees.push(tree);
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(tree, path)), { recursive: true });
    writeFileSync(join(tree, path), content);
  }
  symlinkSync(join(project, 'node_modules'), join(tree, 'node_modules'));
  return tree;
}

function check(tree: string) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(project, 'scripts/check-imports.mjs'), tree], {
    encoding: 'utf8',
  });
  return { status, stdout, stderr };
}

it('a tree that keeps the rules passes, with the number of modules that were seen', () => {
  const { status, stdout, stderr } = check(plant(sound));
  expect(stderr).toBe('');
  expect(stdout).toMatch(/^10 modules, \d+ imports\n$/);
  expect(status).toBe(0);
});

/** What some of the violations import. */
const accomplices = {
  'src/lib/g.ts': `import './f.js';`,
  'test/support/l.ts': `export const l = 1;`,
};

it('each rule that is broken is named with the import that breaks it', () => {
  const planted = Object.fromEntries(violations.map(({ file, content }) => [file, content]));
  const { status, stderr } = check(plant({ ...sound, ...accomplices, ...planted }));
  const found = [...stderr.matchAll(/^(\S+) -> .*\n {4}([\w-]+):/gm)].map(([, file, rule]) => `${rule} in ${file}`);
  expect(found).toEqual(expect.arrayContaining(violations.map(({ rule, file }) => `${rule} in ${file}`)));
  expect(status).toBe(1);
});

it('a tree in which no module was seen fails', () => {
  const { status, stderr } = check(plant({ 'src/nothing.txt': '' }));
  expect(stderr).toContain('Only 0 of 0 modules were seen');
  expect(status).toBe(1);
});
