import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import { CountsReporter } from './test/support/counts-reporter.js';
import { FaultReporter } from './test/support/fault-reporter.js';

const at = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const globalSetup = at('test/support/global-setup.ts');

export default defineConfig({
  resolve: {
    // graphql refuses objects of a second copy of itself, and its ESM and CommonJS builds count as two.
    alias: [{ find: /^graphql$/, replacement: at('node_modules/graphql/index.js') }],
  },
  oxc: { decorator: { legacy: true } },
  test: {
    pool: 'forks',
    // On Node 20 the AWS SDK says once a process that it will ask for Node 22 some day.
    env: { AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true' },
    // Each worker holds a Postgres connection pool and, for some suites, a child process or two.
    maxWorkers: 2,
    // Several runs at once share this checkout: nothing is kept between them.
    cache: false,
    testTimeout: 20_000,
    hookTimeout: 60_000,
    teardownTimeout: 20_000,
    reporters: [process.stdout.isTTY ? 'default' : 'dot', new FaultReporter(), new CountsReporter()],
    projects: [
      {
        extends: true,
        test: { name: 'unit', include: ['src/**/*.test.ts', 'bench/**/*.test.ts'], exclude: ['bench/peers/**'] },
      },
      {
        extends: true,
        test: {
          name: 'integration',
          include: ['test/**/*.test.ts'],
          globalSetup: existsSync(globalSetup) ? [globalSetup] : [],
        },
      },
    ],
  },
});
