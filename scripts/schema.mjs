#!/usr/bin/env node
/**
 * Writes `schema.graphql` from the built code. With --check it writes nothing and fails when the file is stale, so that
 * every change of the public contract is seen in review.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const file = fileURLToPath(new URL('../schema.graphql', import.meta.url));
const { schemaText } = await import(new URL('../dist/src/app.js', import.meta.url).href);
const current = await schemaText();

if (!process.argv.includes('--check')) {
  writeFileSync(file, current);
  console.log('Wrote schema.graphql');
} else if (read() === current) {
  console.log(`${current.split('\n').length} lines`);
} else {
  console.error(`schema.graphql does not say what the code says${firstDifference(read(), current)}`);
  console.error('If the change of the contract is meant:  npm run schema');
  process.exitCode = 1;
}

function read() {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

/** @param {string} committed @param {string} generated */
function firstDifference(committed, generated) {
  const [before, after] = [committed.split('\n'), generated.split('\n')];
  const line = after.findIndex((text, index) => text !== before[index]);
  const at = line === -1 ? after.length : line;
  return `; first at line ${at + 1}:\n  committed: ${before[at] ?? '(ends)'}\n  the code:  ${after[at] ?? '(ends)'}`;
}
