import { buildProgram } from '../../src/cli/program.js';
import { createTerminal } from '../../src/cli/terminal.js';

/** The command line to look at, not to run. */
export const cliProgram = buildProgram({
  openApp: () => Promise.reject(new Error('nothing is opened here')),
  migrate: () => Promise.reject(new Error('nothing is opened here')),
  settings: () => ({ dataDir: '', adminToken: null }),
  stopSignal: () => Promise.reject(new Error('nothing runs here')),
  terminal: createTerminal(process.stdout, process.stderr),
  version: '0',
});
