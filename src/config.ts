import { resolve } from 'node:path';
import { z } from 'zod';
import { isRegion } from './platform/aws/partition.js';
import { CrosstrailError } from './platform/errors.js';
import { type ArmedFailpoint, parseFailpoint } from './platform/failpoint.js';
import { AddressGuard } from './platform/outbound/address-guard.js';
import { parseSecretKeys } from './platform/secrets/secret-keys.js';

export const logLevels = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;

interface LogSettings {
  readonly level: (typeof logLevels)[number];
  /** For people: standard error is a terminal. */
  readonly pretty: boolean;
}

/** The settings of one process, read once at its start and passed on as values. */
export interface Config {
  /** An absolute path. */
  readonly dataDir: string;
  /** Absent: a first token is made and printed once. */
  readonly adminToken?: string;
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
  /** Absent: an embedded PostgreSQL under `dataDir`. */
  readonly databaseUrl?: string;
  readonly databaseReadUrl?: string;
  /** Absent: queue and pubsub run on Postgres. */
  readonly redisUrl?: string;
  /** Absent: AWS itself. */
  readonly awsEndpointUrl?: string;
  readonly awsRegion: string;
  readonly log: LogSettings;
  readonly ingestConcurrency: number;
  readonly discoverySeconds: number;
  readonly lookbackDays: number;
  /** Absent: events are kept for ever. */
  readonly retentionDays?: number;
  /** Absent: a key that is made under `dataDir`. */
  readonly secretKeys?: string;
  /** Comma separated; absent: none. */
  readonly allowedNetworks?: string;
  readonly deliveryRetentionDays: number;
  /** For tests: where this process is to be killed, frozen or made to fail. */
  readonly failpoint?: ArmedFailpoint;
}

type Field = Exclude<keyof Config, 'log'> | 'logLevel';

interface Variable {
  readonly field: Field;
  readonly schema: z.ZodType<string | number | ArmedFailpoint>;
  /** Shown to whoever got it wrong. */
  readonly example: string;
  /** As it would be written in the environment; absent where there is none. */
  readonly default?: string;
  /** One sentence or two, in Markdown. */
  readonly meaning: string;
  /** Its value is never shown, not even a wrong one. */
  readonly secret?: true;
  /** Not for those who run Crosstrail: left out of the documents. */
  readonly forTests?: true;
}

const variables: Readonly<Record<string, Variable>> = {
  CROSSTRAIL_DATA_DIR: {
    field: 'dataDir',
    schema: z.string(),
    example: '/var/lib/crosstrail',
    default: '.crosstrail',
    meaning: 'Where the embedded database and other local state lie.',
  },
  CROSSTRAIL_ADMIN_TOKEN: {
    field: 'adminToken',
    schema: z.string().regex(/^[\x21-\x7e]{16,256}$/, 'must be 16 to 256 characters without blanks'),
    example: 'the output of: openssl rand -hex 24',
    meaning: 'A first token with every scope. Without it one is made, stored, and printed once.',
    secret: true,
  },
  HOST: {
    field: 'host',
    schema: z.string().regex(/^[A-Za-z0-9.:_-]+$/, 'must be an address or a host name'),
    example: '0.0.0.0',
    default: '127.0.0.1',
    meaning: 'The address that the API listens on.',
  },
  PORT: {
    field: 'port',
    schema: wholeNumber(0, 65_535),
    example: '4000',
    default: '4000',
    meaning: 'The port that the API listens on; `0` takes any free one.',
  },
  DATABASE_URL: {
    field: 'databaseUrl',
    schema: url('postgres', 'postgresql'),
    example: 'postgres://user:password@host:5432/crosstrail',
    meaning: 'A PostgreSQL server. Without it an embedded one is started under the data directory.',
    secret: true,
  },
  DATABASE_READ_URL: {
    field: 'databaseReadUrl',
    schema: url('postgres', 'postgresql'),
    example: 'postgres://user:password@replica:5432/crosstrail',
    meaning: 'A replica of it for reads that may lag behind.',
    secret: true,
  },
  REDIS_URL: {
    field: 'redisUrl',
    schema: url('redis', 'rediss'),
    example: 'redis://host:6379',
    meaning: 'A Redis server for queue and notifications. Without it both run on PostgreSQL.',
    secret: true,
  },
  AWS_ENDPOINT_URL: {
    field: 'awsEndpointUrl',
    schema: url('http', 'https'),
    example: 'http://127.0.0.1:5000',
    meaning: "An emulator or a private endpoint, asked instead of AWS's own for every service.",
    secret: true,
  },
  AWS_REGION: {
    field: 'awsRegion',
    schema: z.string().refine(isRegion, 'must be a region'),
    example: 'eu-central-1',
    default: 'us-east-1',
    meaning:
      "The region of the hub identity. Its credentials come from the AWS SDK's own variables, profiles and roles.",
  },
  LOG_LEVEL: {
    field: 'logLevel',
    schema: z.enum(logLevels, `must be one of ${logLevels.join(', ')}`),
    example: 'debug',
    default: 'info',
    meaning: 'The least severe log lines that are written. At `error` a person must act.',
  },
  CROSSTRAIL_INGEST_CONCURRENCY: {
    field: 'ingestConcurrency',
    schema: wholeNumber(1, 64),
    example: '4',
    default: '2',
    meaning: 'How many batches of log files one process ingests at once.',
  },
  CROSSTRAIL_DISCOVERY_SECONDS: {
    field: 'discoverySeconds',
    schema: wholeNumber(1, 86_400),
    example: '30',
    default: '60',
    meaning: 'Seconds from one look for new log files to the next.',
  },
  CROSSTRAIL_LOOKBACK_DAYS: {
    field: 'lookbackDays',
    schema: wholeNumber(0, 3_650),
    example: '30',
    default: '7',
    meaning: 'How many days back a new S3 source is read; `backfill` goes further.',
  },
  CROSSTRAIL_RETENTION_DAYS: {
    field: 'retentionDays',
    schema: wholeNumber(1, 36_500),
    example: '365',
    meaning: 'How many days events are kept, of accounts without a retention of their own. Without it, for ever.',
  },
  CROSSTRAIL_SECRET_KEYS: {
    field: 'secretKeys',
    schema: secretKeysSchema(),
    example: 'the output of: openssl rand -base64 32',
    meaning:
      'The key that secrets of targets are encrypted with: 32 bytes as base64, the same for all processes. To change it, ' +
      'add the new one behind the old one, with a comma between, and restart; put it first, and restart; drop the old ' +
      'one. Without it, a key is made in the data directory.',
    secret: true,
  },
  CROSSTRAIL_ALLOWED_NETWORKS: {
    field: 'allowedNetworks',
    schema: networksSchema(),
    example: '10.20.0.0/16, 127.0.0.1',
    meaning:
      'Networks that are not public and that targets may lie in nonetheless, comma separated. To these, `http:` may be ' +
      'used too.',
  },
  CROSSTRAIL_DELIVERY_RETENTION_DAYS: {
    field: 'deliveryRetentionDays',
    schema: wholeNumber(1, 3_650),
    example: '30',
    default: '14',
    meaning: 'How many days deliveries are kept after they were delivered, or failed for good.',
  },
  CROSSTRAIL_FAILPOINT: {
    field: 'failpoint',
    schema: failpointSchema(),
    example: 'ingest.before-commit:kill:1:/tmp/proof',
    meaning: 'Where a test kills, freezes or fails this process.',
    forTests: true,
  },
};

/** Every variable of those who run Crosstrail, for the documents and the help. */
export const configVariables: readonly {
  readonly name: string;
  readonly default?: string;
  readonly meaning: string;
}[] = Object.entries(variables)
  .filter(([, { forTests }]) => forTests !== true)
  .map(([name, { meaning, default: byDefault }]) => ({
    name,
    ...(byDefault === undefined ? {} : { default: byDefault }),
    meaning,
  }));

/**
 * Reads the settings from environment variables. An empty one counts as not set.
 *
 * @param isTerminal whether a person reads the log
 * @throws CrosstrailError BAD_USER_INPUT naming everything that is wrong at once, never a secret's value
 */
export function readConfig(env: NodeJS.ProcessEnv, isTerminal = process.stderr.isTTY === true): Config {
  const problems: string[] = [];
  const settings: Partial<Record<Field, string | number | ArmedFailpoint>> = {};
  for (const [name, variable] of Object.entries(variables)) {
    const text = env[name]?.trim() || variable.default;
    if (text === undefined) continue;
    const parsed = variable.schema.safeParse(text);
    if (parsed.success) settings[variable.field] = parsed.data;
    else problems.push(describeProblem(name, variable, text, parsed.error.issues[0]?.message ?? 'is not valid'));
  }
  if (settings.databaseReadUrl !== undefined && settings.databaseUrl === undefined) {
    problems.push('DATABASE_READ_URL needs DATABASE_URL: the embedded database has no replica.');
  }
  if (problems.length > 0) {
    const message = `The configuration is not valid:\n${problems.map((problem) => `  ${problem}`).join('\n')}`;
    throw new CrosstrailError('BAD_USER_INPUT', message, { problems });
  }
  const { logLevel, dataDir, ...rest } = settings;
  const log = { level: logLevel, pretty: isTerminal };
  // Each schema gives what its field is declared to hold; TypeScript cannot follow that through the table.
  return { ...rest, log, dataDir: resolve(String(dataDir)) } as Config;
}

/**
 * Reads the settings of this process.
 *
 * @param defaults for variables that the environment does not set, in place of the documented ones
 */
export function configFromEnvironment(defaults: Readonly<Record<string, string>> = {}): Config {
  // The SDK warns at every start of versions to come; package-lock.json holds one that runs on every Node we support.
  process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] ??= 'true';
  const set = Object.entries(process.env).filter(([, value]) => value?.trim());
  return readConfig({ ...defaults, ...Object.fromEntries(set) });
}

function describeProblem(name: string, variable: Variable, text: string, reason: string): string {
  const value = variable.secret === true ? '' : ` (it is ${JSON.stringify(text)})`;
  return `${name} ${reason}${value}. For example: ${variable.example}`;
}

function wholeNumber(lowest: number, highest: number): z.ZodType<number> {
  const reason = `must be a whole number from ${lowest} to ${highest}`;
  return z
    .string()
    .regex(/^\d{1,9}$/, reason)
    .transform(Number)
    .refine((value) => value >= lowest && value <= highest, reason);
}

function secretKeysSchema(): z.ZodType<string> {
  return z.string().superRefine((text, context) => {
    try {
      parseSecretKeys(text);
    } catch (error) {
      context.addIssue({ code: 'custom', message: (error as Error).message });
    }
  });
}

function networksSchema(): z.ZodType<string> {
  const reason = 'must be addresses or CIDR blocks, comma separated';
  return z.string().refine((text) => networksOf(text).every(isNetwork), reason);
}

/** Of a comma separated list. */
export function networksOf(text: string | undefined): string[] {
  return (text ?? '').split(',').flatMap((network) => (network.trim() === '' ? [] : [network.trim()]));
}

/** By the reader that the guard has: looser ones take `10/8` for 0.0.0.10/8. */
function isNetwork(text: string): boolean {
  try {
    return new AddressGuard([text]).hasAllowedNetworks;
  } catch {
    return false;
  }
}

function failpointSchema(): z.ZodType<ArmedFailpoint> {
  return z.string().transform((text, context) => {
    const point = parseFailpoint(text);
    if (point !== null) return point;
    context.addIssue({ code: 'custom', message: 'must be name:mode:after:file, as in src/platform/failpoint.ts' });
    return z.NEVER;
  });
}

function url(...protocols: readonly string[]): z.ZodType<string> {
  const reason = `must be a URL that begins with ${protocols.map((protocol) => `${protocol}://`).join(' or ')}`;
  return z.string().refine((text) => {
    const parsed = URL.canParse(text) ? new URL(text) : null;
    return parsed !== null && protocols.includes(parsed.protocol.slice(0, -1)) && parsed.hostname !== '';
  }, reason);
}
