#!/usr/bin/env node
import { existsSync } from 'node:fs';

const main = new URL('../dist/src/main.js', import.meta.url);

if (existsSync(main)) {
  // Stack traces in the log name the lines of the sources.
  process.setSourceMapsEnabled(true);
  await import(main.href);
} else {
  console.error(
    'Crosstrail is not built yet. In its folder run:  npm run build   (npm start and npm run demo do it too)',
  );
  process.exitCode = 1;
}
