import type { AddCommand } from './command.js';
import { addAccount } from './commands/account.command.js';
import { addAlarms } from './commands/alarm.command.js';
import { addBackfill } from './commands/backfill.command.js';
import { addDemo } from './commands/demo.command.js';
import { addMetric } from './commands/metric.command.js';
import { addMigrate } from './commands/migrate.command.js';
import { addOrganization } from './commands/organization.command.js';
import { addServe } from './commands/serve.command.js';
import { addSource } from './commands/source.command.js';
import { addToken } from './commands/token.command.js';
import { addVerify } from './commands/verify.command.js';

/** Every command, in the order of `crosstrail --help`. */
export const commands: readonly AddCommand[] = [
  addServe,
  addDemo,
  addMigrate,
  addAccount,
  addOrganization,
  addSource,
  addToken,
  addBackfill,
  addVerify,
  addMetric,
  addAlarms,
];
