import { type AddCommand, examples } from '../command.js';
import { counted } from '../terminal.js';

export const addMigrate: AddCommand = (program, { migrate, terminal }) => {
  program
    .command('migrate')
    .description('Bring the database up to date. The other commands do it when they start; this does nothing else.')
    .addHelpText('after', examples(['before a rollout, by a user who may change the schema', 'migrate']))
    .action(async () => {
      const names = await migrate();
      for (const name of names) terminal.out(name);
      terminal.err(names.length === 0 ? 'The database is up to date' : `Ran ${counted(names.length, 'migration')}`);
    });
};
