import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { parse } from 'yaml';
import { configVariables, readConfig } from '../../src/config.js';
import { serverSettings } from '../../src/platform/database/embedded/settings.js';
import { cliProgram } from '../support/cli-program.js';

/**
 * No Docker engine runs where the tests do, so `Dockerfile` and `docker-compose.yml` are held against the code: what
 * they set exists and is valid, what they copy and run is there.
 */

const root = fileURLToPath(new URL('../..', import.meta.url));
const read = (file: string) => readFileSync(`${root}/${file}`, 'utf8');

interface Service {
  image?: string;
  build?: string;
  command?: string[];
  environment?: Record<string, string | null>;
  ports?: string[];
  volumes?: string[];
  healthcheck?: { test?: string[]; disable?: boolean };
  depends_on?: Record<string, { condition: string }>;
}

/** What the person who starts it exports, as the head of the file asks. */
const shell = {
  POSTGRES_PASSWORD: '5f1e0d',
  CROSSTRAIL_ADMIN_TOKEN: '0123456789abcdef0123456789abcdef',
  CROSSTRAIL_SECRET_KEYS: Buffer.alloc(32, 1).toString('base64'),
};

/** `${NAME}`, `${NAME:-default}` and `${NAME:?message}` of the Compose specification. */
function interpolate(text: string, env: Readonly<Record<string, string>>): string {
  return text.replace(/\$\{(\w+)(?::([-?])([^}]*))?\}/g, (_, name: string, kind?: string, rest = '') => {
    const value = env[name];
    if (value !== undefined && value !== '') return value;
    if (kind === '-') return rest;
    throw new Error(`${name}: ${kind === '?' ? rest : 'is not set and has no default'}`);
  });
}

function compose(env: Readonly<Record<string, string>>) {
  return parse(interpolate(read('docker-compose.yml'), env), { merge: true }) as {
    services: Record<string, Service>;
    volumes: Record<string, unknown>;
  };
}

/** The Dockerfile as [instruction, rest] lines; continued lines are joined, comments left out. */
const dockerfile = read('Dockerfile')
  .replace(/^#.*\n/gm, '')
  .replace(/\\\n\s*/g, ' ')
  .split('\n')
  .filter((line) => line !== '')
  .map((line) => /^(\w+) (.*)$/.exec(line)?.slice(1) as [string, string]);
const instructions = (name: string) =>
  dockerfile.filter(([instruction]) => instruction === name).map(([, rest]) => rest);

const imageEnv = Object.fromEntries(
  instructions('ENV').flatMap((rest) => rest.split(' ').map((pair) => pair.split('=') as [string, string])),
);

const { services, volumes } = compose(shell);
const ours = Object.entries(services).filter(([, { build }]) => build !== undefined);
const environmentOf = (service: Service): Record<string, string> => ({
  ...imageEnv,
  ...(Object.fromEntries(Object.entries(service.environment ?? {}).filter(([, value]) => value !== null)) as object),
});

it('there are postgres, redis, api and worker', () => {
  expect(Object.keys(services).sort()).toEqual(['api', 'postgres', 'redis', 'worker']);
  expect(ours.map(([name]) => name)).toEqual(['api', 'worker']);
});

it.each(Object.keys(shell))('without %s it says so and does not start', (name) => {
  expect(() => compose({ ...shell, [name]: '' })).toThrow(`${name}: set it to a random value`);
});

it.each(ours)('%s is given only variables that the configuration knows, with values that it takes', (_, service) => {
  const known = [...configVariables.map(({ name }) => name), 'NODE_ENV'];
  const ofTheSdk = /^AWS_(REGION|ACCESS_KEY_ID|SECRET_ACCESS_KEY|SESSION_TOKEN)$/;
  const given = [...Object.keys(imageEnv), ...Object.keys(service.environment ?? {})];
  expect(given.filter((name) => !known.includes(name) && !ofTheSdk.test(name))).toEqual([]);
  expect(() => readConfig(environmentOf(service))).not.toThrow();
});

it.each(ours)('%s is passed every setting that is not about its place in the container', (_, service) => {
  const place = ['CROSSTRAIL_DATA_DIR', 'HOST', 'PORT', 'DATABASE_READ_URL'];
  const settings = configVariables.map(({ name }) => name).filter((name) => !place.includes(name));
  expect(settings.filter((name) => !(name in (service.environment ?? {})))).toEqual([]);
});

it('PostgreSQL has the connections and locks that the embedded one is given, or more', () => {
  const { command = [] } = services['postgres'] ?? {};
  const given = Object.fromEntries(command.filter((part) => part.includes('=')).map((part) => part.split('=')));
  const embedded = serverSettings(2 ** 30, false);
  for (const name of ['max_connections', 'max_locks_per_transaction']) {
    expect(Number(given[name])).toBeGreaterThanOrEqual(Number(embedded[name]));
  }
});

it.each(ours)('%s runs a command of the command line', (_, { command }) => {
  const names = cliProgram.commands.map((known) => known.name());
  expect(names).toContain(command?.[0]);
  expect(names).toContain(JSON.parse(instructions('CMD')[0] ?? '[]')[0]);
});

it.each(ours)('the databases that %s is sent to are the services, up before it is', (_, service) => {
  const { DATABASE_URL = '', REDIS_URL = '' } = environmentOf(service);
  const database = new URL(DATABASE_URL);
  const redis = new URL(REDIS_URL);
  const { POSTGRES_USER, POSTGRES_DB, POSTGRES_PASSWORD } = services['postgres']?.environment ?? {};
  expect([database.hostname, database.port || '5432']).toEqual(['postgres', '5432']);
  expect([database.username, database.password, database.pathname]).toEqual([
    POSTGRES_USER,
    POSTGRES_PASSWORD,
    `/${POSTGRES_DB}`,
  ]);
  expect([redis.hostname, redis.port || '6379']).toEqual(['redis', '6379']);
  for (const name of ['postgres', 'redis']) {
    expect(service.depends_on?.[name]?.condition).toBe('service_healthy');
    expect(services[name]?.healthcheck?.test?.length).toBeGreaterThan(1);
  }
});

it('the published port is the one that the API listens on, and on this machine only', () => {
  const port = environmentOf(services['api'] ?? {})['PORT'];
  expect(services['api']?.ports).toEqual([`127.0.0.1:4000:${port}`]);
  expect(instructions('EXPOSE')).toEqual([port]);
  expect(imageEnv['HOST']).toBe('0.0.0.0');
});

it('every volume that is mounted is declared, and every one declared is mounted', () => {
  const mounted = Object.values(services)
    .flatMap((service) => service.volumes ?? [])
    .map((mount) => mount.split(':')[0]);
  expect(mounted.sort()).toEqual(Object.keys(volumes).sort());
});

it('what the image copies from the project is there, in git, and let through by .dockerignore', () => {
  const copied = instructions('COPY')
    .filter((rest) => !rest.startsWith('--from='))
    .flatMap((rest) => rest.split(' ').slice(0, -1));
  const letThrough = read('.dockerignore')
    .split('\n')
    .filter((line) => line.startsWith('!'))
    .map((line) => line.slice(1));
  expect([...new Set(copied)].sort()).toEqual(letThrough.sort());
  expect(copied.filter((path) => !existsSync(`${root}/${path}`))).toEqual([]);
  const ignored = (path: string) => {
    try {
      return execFileSync('git', ['check-ignore', path], { cwd: root, encoding: 'utf8' }) !== '';
    } catch {
      return false;
    }
  };
  expect(copied.filter(ignored)).toEqual([]);
});

it('each stage that is copied from exists', () => {
  const stages = instructions('FROM').flatMap((rest) => / AS (\w+)$/.exec(rest)?.[1] ?? []);
  const from = instructions('COPY').flatMap((rest) => /^--from=(\w+) /.exec(rest)?.[1] ?? []);
  expect(from.length).toBeGreaterThan(0);
  expect(from.filter((stage) => !stages.includes(stage))).toEqual([]);
});

it('the image runs the installed command as somebody other than root, on a Node.js that is supported', () => {
  expect(instructions('USER')).toEqual(['node']);
  const [node, script] = JSON.parse(instructions('ENTRYPOINT')[0] ?? '[]');
  expect(node).toBe('node');
  expect(JSON.parse(read('package.json')).bin.crosstrail).toBe(script);
  for (const base of instructions('FROM')) expect(base).toMatch(/^node:(22|24)-/);
});

it('the image asks for its health where the API answers', () => {
  const [health = ''] = instructions('HEALTHCHECK');
  expect(health).toContain('/healthz');
  expect(imageEnv['PORT']).toBe('4000');
});
