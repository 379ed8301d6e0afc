import type { Command } from 'commander';
import type { Role } from '../app.js';
import { type AddCommand, type CliContext, examples } from '../command.js';

/** `start`, `api` and `worker`: run until a signal comes. */
export const addServe: AddCommand = (program, context) => {
  add(program, 'start', 'Run everything in one process: collecting, and the API')
    .addHelpText('after', examples(['on this machine, with a database of its own unless DATABASE_URL is set', 'start']))
    .action(() => serve(context, 'all'));
  add(program, 'api', 'Run the API alone; any number of these may run')
    .addHelpText('after', examples(['beside one or more `crosstrail worker`, on one DATABASE_URL', 'api']))
    .action(() => serve(context, 'api'));
  add(program, 'worker', 'Run the collecting alone; any number of these may run')
    .addHelpText('after', examples(['beside `crosstrail api`, on the same DATABASE_URL', 'worker']))
    .action(() => serve(context, 'worker'));
};

function add(program: Command, name: string, description: string): Command {
  return program.command(name).description(`${description}.`);
}

async function serve({ openApp, stopSignal, terminal }: CliContext, role: Role): Promise<void> {
  // From here on a signal does not end the process: whatever is opened by then is released in order.
  const stopped = stopSignal();
  const app = await openApp(role);
  if (app.url !== null) terminal.err(`Crosstrail serves ${app.url}/graphql; open ${app.url} in a browser`);
  else terminal.err('Crosstrail is collecting');
  if (app.newAdminToken !== null) {
    terminal.err('A first token with every scope was made. It is shown this once:');
    terminal.out(app.newAdminToken);
  }
  terminal.err(`${await stopped}: stopping`);
  await app.stop();
}
