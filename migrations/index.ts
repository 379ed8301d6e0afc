import type { MigrationInterface } from 'typeorm';
import { AccountsAndSources1795219200000 } from './1795219200000-accounts-and-sources.js';
import { Events1795219300000 } from './1795219300000-events.js';
import { Access1795219400000 } from './1795219400000-access.js';

/** Every migration, oldest first. A class that is not listed here does not exist. */
export const migrations: readonly (new () => MigrationInterface)[] = [
  AccountsAndSources1795219200000,
  Events1795219300000,
  Access1795219400000,
];
