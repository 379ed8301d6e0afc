#!/usr/bin/env node
/**
 * Whether `npm ci` can install package-lock.json on any machine. When a registry does not have the newest build of a
 * package for some other platform (yet), npm leaves it out of the lock file without a word, and from then on `npm ci`
 * refuses that file everywhere. The way out is a version of the package that has all its platforms.
 *
 *   node scripts/check-lockfile.mjs [FILE]
 */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const file = process.argv[2] ?? fileURLToPath(new URL('../package-lock.json', import.meta.url));
const { packages } = JSON.parse(readFileSync(file, 'utf8'));
/** @type {string[]} */
const problems = [];

for (const [path, entry] of Object.entries(packages)) {
  const wanted = {
    ...entry.dependencies,
    ...entry.optionalDependencies,
    ...(path === '' ? entry.devDependencies : {}),
  };
  for (const [name, range] of Object.entries(wanted)) {
    if (!isLocked(path, name))
      problems.push(`${name}@${range} is not in it, but ${path || 'package.json'} asks for it`);
  }
  if (path !== '' && entry.link !== true && entry.integrity === undefined)
    problems.push(`${path} has no integrity hash`);
}

if (problems.length > 0) {
  console.error(`${problems.join('\n')}\n\nnpm ci will refuse this package-lock.json; see scripts/check-lockfile.mjs.`);
  process.exitCode = 1;
} else {
  console.log(`${Object.keys(packages).length} packages`);
}

/**
 * Whether Node would find a package from another: in its own node_modules or in those of a folder above.
 *
 * @param {string} from
 * @param {string} name
 */
function isLocked(from, name) {
  for (let folder = from; ; folder = folder.slice(0, Math.max(folder.lastIndexOf('/node_modules/'), 0))) {
    if (`${folder === '' ? '' : `${folder}/`}node_modules/${name}` in packages) return true;
    if (folder === '') return false;
  }
}
