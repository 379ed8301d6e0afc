import { type AddCommand, examples } from '../command.js';
import { counted } from '../terminal.js';

export const addMigrate: AddCommand = (program, { migrate, terminal, stopSignal }) => {
  program
    .command('migrate')
    .description('Bring the database up to date and end. The other commands do it too, when they start.')
    .addHelpText('after', examples(['before a rollout, so that no process waits for it at its start', 'migrate']))
    .action(async () => {
      // A signal waits for it: what is begun is finished, and a database server that was started for it is stopped.
      void stopSignal();
      const names = await migrate();
      for (const name of names) terminal.out(name);
      terminal.err(names.length === 0 ? 'The database is up to date' : `Ran ${counted(names.length, 'migration')}`);
    });
};
