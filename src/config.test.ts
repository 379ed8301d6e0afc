import { resolve } from 'node:path';
import { expect, it } from 'vitest';
import { configVariables, readConfig } from './config.js';
import { CrosstrailError } from './platform/errors.js';

const keyOf = (byte: number, length = 32) => Buffer.alloc(length, byte).toString('base64');
/** As it is to be while one replaces the other. */
const twoKeys = `${keyOf(1)}, ${keyOf(2)}`;

function failure(env: NodeJS.ProcessEnv): CrosstrailError {
  try {
    readConfig(env);
  } catch (error) {
    if (error instanceof CrosstrailError) return error;
    throw error;
  }
  throw new Error('the configuration was taken');
}

it('needs no variable at all', () => {
  expect(readConfig({}, false)).toEqual({
    dataDir: resolve('.crosstrail'),
    host: '127.0.0.1',
    port: 4_000,
    awsRegion: 'us-east-1',
    log: { level: 'info', pretty: false },
    ingestConcurrency: 2,
    discoverySeconds: 60,
    lookbackDays: 7,
    deliveryRetentionDays: 14,
  });
});

it('takes an empty variable as one that is not set', () => {
  const empty = Object.fromEntries(configVariables.map(({ name }, i) => [name, i % 2 === 0 ? '' : '  ']));
  expect(readConfig(empty)).toEqual(readConfig({}));
});

it('reads every variable', () => {
  const config = readConfig(
    {
      CROSSTRAIL_DATA_DIR: '/var/lib/crosstrail',
      CROSSTRAIL_ADMIN_TOKEN: 'ct_0123456789abcdef',
      HOST: '::1',
      PORT: '0',
      DATABASE_URL: 'postgresql://user:p%40ss@db/crosstrail?sslmode=require',
      DATABASE_READ_URL: 'postgres://replica/crosstrail',
      REDIS_URL: 'rediss://:secret@redis:6380/1',
      AWS_ENDPOINT_URL: 'http://127.0.0.1:5000',
      AWS_REGION: 'eusc-de-east-1',
      LOG_LEVEL: 'debug',
      CROSSTRAIL_INGEST_CONCURRENCY: '4',
      CROSSTRAIL_DISCOVERY_SECONDS: '5',
      CROSSTRAIL_LOOKBACK_DAYS: '90',
      CROSSTRAIL_RETENTION_DAYS: '365',
      CROSSTRAIL_SECRET_KEYS: twoKeys,
      CROSSTRAIL_ALLOWED_NETWORKS: '10.20.0.0/16, 127.0.0.1,fd00::/8',
      CROSSTRAIL_DELIVERY_RETENTION_DAYS: '30',
    },
    true,
  );
  expect(config).toEqual({
    dataDir: '/var/lib/crosstrail',
    adminToken: 'ct_0123456789abcdef',
    host: '::1',
    port: 0,
    databaseUrl: 'postgresql://user:p%40ss@db/crosstrail?sslmode=require',
    databaseReadUrl: 'postgres://replica/crosstrail',
    redisUrl: 'rediss://:secret@redis:6380/1',
    awsEndpointUrl: 'http://127.0.0.1:5000',
    awsRegion: 'eusc-de-east-1',
    log: { level: 'debug', pretty: true },
    ingestConcurrency: 4,
    discoverySeconds: 5,
    lookbackDays: 90,
    retentionDays: 365,
    secretKeys: twoKeys,
    allowedNetworks: '10.20.0.0/16, 127.0.0.1,fd00::/8',
    deliveryRetentionDays: 30,
  });
  expect(Object.keys(config)).toHaveLength(configVariables.length);
});

it.each([
  ['PORT', 'http', 'PORT must be a whole number from 0 to 65535 (it is "http"). For example: 4000'],
  ['PORT', '65536', 'PORT must be a whole number from 0 to 65535'],
  ['PORT', '-1', 'PORT must be a whole number'],
  ['PORT', '4e3', 'PORT must be a whole number'],
  ['CROSSTRAIL_INGEST_CONCURRENCY', '0', 'must be a whole number from 1 to 64'],
  ['CROSSTRAIL_DISCOVERY_SECONDS', '0.5', 'must be a whole number from 1 to 86400'],
  ['CROSSTRAIL_LOOKBACK_DAYS', '9999999999999', 'must be a whole number from 0 to 3650'],
  ['CROSSTRAIL_RETENTION_DAYS', '0', 'must be a whole number from 1 to 36500'],
  ['CROSSTRAIL_DELIVERY_RETENTION_DAYS', '0', 'must be a whole number from 1 to 3650 (it is "0")'],
  ['CROSSTRAIL_DELIVERY_RETENTION_DAYS', '3651', 'must be a whole number from 1 to 3650'],
  ['CROSSTRAIL_ALLOWED_NETWORKS', '10.0.0.0/33', 'must be addresses or CIDR blocks, comma separated'],
  ['CROSSTRAIL_ALLOWED_NETWORKS', '10.0.0.1 10.0.0.2', 'must be addresses or CIDR blocks'],
  ['CROSSTRAIL_ALLOWED_NETWORKS', '127.0.0.1,localhost', 'must be addresses or CIDR blocks'],
  ['CROSSTRAIL_SECRET_KEYS', 'hunter2', 'CROSSTRAIL_SECRET_KEYS '],
  ['CROSSTRAIL_SECRET_KEYS', keyOf(3, 31), 'CROSSTRAIL_SECRET_KEYS '],
  ['CROSSTRAIL_SECRET_KEYS', `${keyOf(3)},hunter2`, 'CROSSTRAIL_SECRET_KEYS '],
  ['CROSSTRAIL_SECRET_KEYS', ',', 'CROSSTRAIL_SECRET_KEYS '],
  ['HOST', 'local host', 'HOST must be an address or a host name (it is "local host")'],
  ['LOG_LEVEL', 'verbose', 'LOG_LEVEL must be one of fatal, error, warn, info, debug, trace, silent (it is "verbose")'],
  ['AWS_REGION', 'Frankfurt', 'AWS_REGION must be a region (it is "Frankfurt"). For example: eu-central-1'],
  [
    'DATABASE_URL',
    'mysql://db/crosstrail',
    'DATABASE_URL must be a URL that begins with postgres:// or postgresql://.',
  ],
  ['DATABASE_URL', 'db.internal', 'DATABASE_URL must be a URL'],
  ['REDIS_URL', 'http://redis', 'REDIS_URL must be a URL that begins with redis:// or rediss://.'],
  ['AWS_ENDPOINT_URL', 'localhost:5000', 'AWS_ENDPOINT_URL must be a URL that begins with http:// or https://.'],
  ['CROSSTRAIL_ADMIN_TOKEN', 'short', 'CROSSTRAIL_ADMIN_TOKEN must be 16 to 256 characters without blanks.'],
  ['CROSSTRAIL_ADMIN_TOKEN', 'with a blank in its middle', 'CROSSTRAIL_ADMIN_TOKEN must be'],
  ['DATABASE_READ_URL', 'postgres://replica/crosstrail', 'DATABASE_READ_URL needs DATABASE_URL'],
])('refuses %s=%s', (name, value, words) => {
  const error = failure({ [name]: value });
  expect(error.message).toContain(words);
  expect(error.code).toBe('BAD_USER_INPUT');
});

it('names every variable that is wrong at once, and no secret', () => {
  const secrets = {
    CROSSTRAIL_ADMIN_TOKEN: 'my secret',
    DATABASE_URL: 'mysql://user:hunter2@db',
    REDIS_URL: 'http://:hunter2@redis',
    AWS_ENDPOINT_URL: 'ftp://hunter2@aws',
    CROSSTRAIL_SECRET_KEYS: `${keyOf(3)},hunter2`,
  };
  const error = failure({ ...secrets, PORT: 'x', LOG_LEVEL: 'y' });
  for (const name of ['PORT', 'LOG_LEVEL', ...Object.keys(secrets)]) expect(error.message).toContain(`  ${name} `);
  expect(JSON.stringify([error.message, error.details])).not.toMatch(/my secret|hunter2/);
  expect(JSON.stringify([error.message, error.details])).not.toContain(keyOf(3));
});

it.each(configVariables)(
  'documents $name as a default that it takes itself',
  ({ name, default: byDefault, meaning }) => {
    expect(meaning).toMatch(/\.$/);
    if (byDefault !== undefined) expect(readConfig({ [name]: byDefault })).toEqual(readConfig({}));
  },
);
