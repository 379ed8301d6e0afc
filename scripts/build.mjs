#!/usr/bin/env node
/** `npm run build`: builds dist whether or not it is stale. */
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, lockOf } from './lib/build.mjs';
import { withLock } from './lib/lock.mjs';
import { secondsSince } from './lib/run.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const start = performance.now();

await withLock(
  lockOf(root),
  (holder) => console.error(`Another process (${holder}) is installing or building here; waiting for it.`),
  async () => {
    const { ok, output } = await build(root);
    if (!ok) {
      console.error(output.trimEnd());
      process.exit(1);
    }
    console.log(`Built dist in ${secondsSince(start)}`);
  },
);
