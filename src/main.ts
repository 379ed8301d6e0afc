import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runCli } from './cli/program.js';
import { createTerminal } from './cli/terminal.js';
import { configFromEnvironment } from './config.js';

/** The package, whether this runs from src or from dist/src. */
function version(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  for (;;) {
    try {
      return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')).version;
    } catch {
      if (dirname(folder) === folder) return 'unknown';
      folder = dirname(folder);
    }
  }
}

// Whoever reads may leave early (`crosstrail account list | head`, a closed terminal): the work is still finished in order.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE' && error.code !== 'EIO') throw error;
  });
}

process.exitCode = await runCli(
  process.argv.slice(2),
  {
    // The app is loaded when it is opened: help and mistakes in typing should not wait for it.
    openApp: async (role, defaults) => {
      const config = configFromEnvironment(defaults);
      const { openApp } = await import('./app.js');
      return openApp(config, role);
    },
    migrate: async () => {
      const config = configFromEnvironment();
      const { migrateApp } = await import('./app.js');
      return migrateApp(config);
    },
    settings: (defaults) => {
      const { dataDir, adminToken } = configFromEnvironment(defaults);
      return { dataDir, adminToken: adminToken ?? null };
    },
    version: version(),
  },
  createTerminal(process.stdout, process.stderr),
);
