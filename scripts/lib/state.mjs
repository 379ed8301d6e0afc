import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * What is installed and built is told by content, never by file times: a clone, a checkout of another branch and a
 * restored cache all set those as they please.
 */

const installedStamp = 'node_modules/.crosstrail-installed';
const builtStamp = '.built-from';

/** Everything that `dist` is made from. */
const buildInputs = [
  'src',
  'migrations',
  'bench',
  'scripts/lib',
  'scripts/build-graphiql.mjs',
  'tsconfig.json',
  'tsconfig.build.json',
  'package-lock.json',
];

/**
 * Whether node_modules holds what package-lock.json asks for.
 *
 * @param {string} root
 * @param {{ withDev: boolean }} options withDev: the packages for building and testing too
 */
export function isInstalled(root, { withDev }) {
  const hidden = readJson(join(root, 'node_modules/.package-lock.json'));
  if (hidden === undefined) return false;
  if (withDev && readText(join(root, installedStamp)) === lockHash(root)) return true;
  // Installed by hand, or without development packages: npm's own record of node_modules decides.
  const wanted = readJson(join(root, 'package-lock.json'))?.packages ?? {};
  return Object.entries(wanted).every(([path, entry]) => {
    if (path === '' || entry.link || (!withDev && entry.dev) || !isForThisMachine(entry)) return true;
    const found = hidden.packages?.[path];
    return found === undefined ? entry.optional === true && entry.os === undefined : found.version === entry.version;
  });
}

/** To be called after a complete install. @param {string} root */
export function markInstalled(root) {
  writeFileSync(join(root, installedStamp), lockHash(root));
}

/** @param {string} root */
function lockHash(root) {
  const hash = createHash('sha256').update(readFileSync(join(root, 'package-lock.json')));
  // node_modules may come from another machine by way of a shared folder; it holds binaries.
  return hash.update(`${process.platform}-${process.arch}`).digest('hex');
}

/** @param {{ os?: string[], cpu?: string[], libc?: string[] }} entry */
function isForThisMachine({ os, cpu, libc }) {
  if (os !== undefined && !os.includes(process.platform)) return false;
  if (cpu !== undefined && !cpu.includes(process.arch)) return false;
  // Which C library is in use takes a slow system report to tell; the variants without one are check enough.
  return libc === undefined;
}

/** Whether dist was built from what stands here. A tree without sources (an image) is taken as it is. @param {string} root */
export function isBuilt(root) {
  if (!existsSync(join(root, 'tsconfig.build.json'))) return true;
  return readText(join(root, 'dist', builtStamp)) === buildHash(root);
}

/** @param {string} root @param {string} directory the finished build */
export function markBuilt(root, directory) {
  writeFileSync(join(directory, builtStamp), buildHash(root));
}

/** @param {string} root */
function buildHash(root) {
  const hash = createHash('sha256');
  for (const file of buildInputs.flatMap((input) => filesOf(root, input))) {
    const content = readFileSync(join(root, file));
    hash.update(`${file}\0${content.length}\0`).update(content);
  }
  return hash.digest('hex');
}

/** @param {string} root @param {string} input a file or folder @returns {string[]} */
function filesOf(root, input) {
  const path = join(root, input);
  if (!existsSync(path)) return [];
  if (/\.\w+$/.test(input)) return [input];
  return readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.name.endsWith('.test.ts'))
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1))
    .sort();
}

/** @param {string} path @returns {any} undefined where there is none, or it is none */
function readJson(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return undefined;
  }
}

/** @param {string} path */
function readText(path) {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
