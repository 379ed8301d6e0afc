import { Random } from '../../lib/random.js';
import { resourceId } from './names.js';

/** The things that stand in an account, for calls to name. */
export interface Estate {
  readonly accountId: string;
  /** What the account is for, e.g. `production`; part of the names in it. */
  readonly label: string;
  readonly buckets: readonly string[];
  readonly instances: readonly string[];
  readonly volumes: readonly string[];
  readonly images: readonly string[];
  readonly vpcs: readonly string[];
  readonly subnets: readonly string[];
  readonly securityGroups: readonly string[];
  readonly functions: readonly string[];
  readonly tables: readonly string[];
  readonly secrets: readonly string[];
  readonly keys: readonly string[];
  readonly clusters: readonly string[];
  readonly services: readonly string[];
  readonly stacks: readonly string[];
  readonly repositories: readonly string[];
  readonly roles: readonly string[];
}

const company = 'meridian';
const services = ['checkout', 'catalog', 'search', 'orders', 'payments', 'shipping', 'profile', 'notify'] as const;

export function createEstate(seed: string, accountId: string, label: string): Estate {
  const random = new Random(`${seed}/estate/${accountId}`);
  const ids = (prefix: string, count: number) => Array.from({ length: count }, () => resourceId(random, prefix));
  const named = (suffix: string) => services.map((service) => `${label}-${service}${suffix}`);
  return {
    accountId,
    label,
    buckets: ['assets', 'uploads', 'exports', 'backups', 'artifacts', 'logs', 'analytics'].map(
      (use) => `${company}-${label}-${use}`,
    ),
    instances: ids('i', 40),
    volumes: ids('vol', 40),
    images: ids('ami', 8),
    vpcs: ids('vpc', 2),
    subnets: ids('subnet', 6),
    securityGroups: ids('sg', 16),
    functions: [...named('-api'), ...named('-worker')],
    tables: named(''),
    secrets: services.map((service) => `${label}/${service}/database`),
    keys: Array.from({ length: 5 }, () => random.uuid()),
    clusters: [`${label}-web`, `${label}-batch`],
    services: named('-service'),
    stacks: [...named('-stack'), `${label}-network`, `${label}-monitoring`],
    repositories: services.map((service) => `${company}/${service}`),
    roles: [...named('-task-role'), `${label}-instance-role`, `${label}-backup-role`],
  };
}
