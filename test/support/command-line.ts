import type { CliApp, CliDeps, Role } from '../../src/cli/app.js';
import { runCli } from '../../src/cli/program.js';
import type { Terminal } from '../../src/cli/terminal.js';

/** A command line with an app that answers what it is told to, and notes what it was asked. */
export function commandLine(
  answers: Record<string, unknown> = {},
  hub: string | null = null,
  verify: CliApp['verify'] = () => Promise.reject(new Error('nothing to verify')),
) {
  const asked: { operation: string; variables: unknown }[] = [];
  const opened: Role[] = [];
  let stopped = 0;
  const app: CliApp = {
    url: null,
    newAdminToken: null,
    async execute<Data>(document: string, variables?: Readonly<Record<string, unknown>>) {
      const operation = /(?:query|mutation) (\w+)/.exec(document)?.[1] ?? document;
      asked.push({ operation, variables });
      const answer = answers[operation];
      if (answer instanceof Error) throw answer;
      return answer as Data;
    },
    hubIdentity: async () => hub,
    verify,
    stop: async () => void (stopped += 1),
  };
  const deps: CliDeps = {
    openApp: async (role) => {
      opened.push(role);
      return app;
    },
    migrate: async () => ['First1', 'Second2'],
    settings: () => ({ dataDir: '/nowhere', adminToken: null }),
    version: '1.2.3',
  };
  let out = '';
  let err = '';
  const terminal: Terminal = {
    interactive: false,
    columns: 100,
    width: 100,
    rows: 24,
    out: (text) => void (out += `${text}\n`),
    err: (text) => void (err += `${text}\n`),
    status: () => undefined,
    progress: () => undefined,
    draw: () => undefined,
    endDrawing: () => undefined,
    style: (_, text) => text,
  };
  const run = async (line: string) => {
    const code = await runCli(line.split(' ').filter(Boolean), deps, terminal);
    return { code, out, err, asked, opened, stopped };
  };
  return { run, deps, terminal };
}
