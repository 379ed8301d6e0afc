import { startTestPostgres } from './test-postgres.js';

declare module 'vitest' {
  interface ProvidedContext {
    /** The URL of a database of the run's own server with every migration run; test databases are copies of it. */
    templateUrl: string;
  }
}

/** vitest's globalSetup: one PostgreSQL server for the whole run. */
export async function setup(project: {
  provide(key: 'templateUrl', value: string): void;
}): Promise<() => Promise<void>> {
  const server = await startTestPostgres();
  project.provide('templateUrl', server.templateUrl);
  return server.stop;
}
