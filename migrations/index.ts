import type { MigrationInterface } from 'typeorm';
import { AccountsAndSources1795219200000 } from './1795219200000-accounts-and-sources.js';
import { Events1795219300000 } from './1795219300000-events.js';
import { Access1795219400000 } from './1795219400000-access.js';
import { Integrity1795300100000 } from './1795300100000-integrity.js';
import { Notifications1795300200000 } from './1795300200000-notifications.js';
import { ListingAndBackfill1795300300000 } from './1795300300000-listing-and-backfill.js';
import { Coverage1795300400000 } from './1795300400000-coverage.js';
import { Fleet1795300500000 } from './1795300500000-fleet.js';
import { Retention1795300600000 } from './1795300600000-retention.js';
import { RecordTerms1795300700000 } from './1795300700000-record-terms.js';
import { DigestKeys1795300800000 } from './1795300800000-digest-keys.js';
import { Deliveries1795400100000 } from './1795400100000-deliveries.js';
import { Metrics1795500100000 } from './1795500100000-metrics.js';
import { Alarms1795600100000 } from './1795600100000-alarms.js';

/** Every migration, oldest first. A class that is not listed here does not exist. */
export const migrations: readonly (new () => MigrationInterface)[] = [
  AccountsAndSources1795219200000,
  Events1795219300000,
  Access1795219400000,
  Integrity1795300100000,
  Notifications1795300200000,
  ListingAndBackfill1795300300000,
  Coverage1795300400000,
  Fleet1795300500000,
  Retention1795300600000,
  RecordTerms1795300700000,
  DigestKeys1795300800000,
  Deliveries1795400100000,
  Metrics1795500100000,
  Alarms1795600100000,
];
