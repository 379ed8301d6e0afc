import { statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { CliApp } from '../app.js';
import { type CliContext, UsageError } from '../command.js';
import * as documents from '../documents.js';
import { allNodes } from '../pages.js';
import { createClient } from './client.js';
import { type DemoState, readDemoState, writeDemoState } from './demo-state.js';
import { countLogFiles } from './log-files.js';
import { type DemoOrganization, fillBucket, keepArriving, organizationAt } from './organization.js';
import { showProgress } from './progress.js';
import { welcome } from './welcome.js';

/** Values for what the environment leaves open: a folder of its own, and a log that keeps to what matters. */
const demoDefaults = { CROSSTRAIL_DATA_DIR: '.crosstrail/demo', LOG_LEVEL: 'warn' };

/**
 * Runs the demo until a signal comes.
 *
 * @param ownBucket a directory of the user's own in place of the invented organisation, or null
 */
export async function runDemo(context: CliContext, ownBucket: string | null): Promise<void> {
  const { terminal } = context;
  if (ownBucket !== null && !isDirectory(ownBucket)) throw new UsageError(`${ownBucket} is not a directory.`);
  const interrupted = new AbortController();
  const stopped = context.stopSignal().then((signal) => {
    interrupted.abort();
    return signal;
  });

  const { dataDir, adminToken } = context.settings(demoDefaults);
  const state = readDemoState(dataDir);
  writeDemoState(dataDir, state);
  const bucket = resolve(ownBucket ?? join(dataDir, 'bucket'));
  const organization = ownBucket === null ? await prepare(bucket, dataDir, state) : null;
  const token = adminToken ?? state.adminToken;

  const app = await context.openApp('all', { ...demoDefaults, CROSSTRAIL_ADMIN_TOKEN: token });
  try {
    if (app.url === null) throw new Error('the demo needs the API, and the app serves none');
    const client = createClient(app.url, token);
    const sourceId = await connect(app, bucket, organization);
    const options = { sourceId, expected: await countLogFiles(bucket), signal: interrupted.signal };
    const progress = await showProgress(terminal, client, options);
    if (progress !== undefined) await welcome(terminal, client, { token, dataDir, progress, organization });
    if (organization !== null) await keepArriving(bucket, state.seed, interrupted.signal);
    terminal.err(`\n${await stopped}: stopping`);
  } finally {
    interrupted.abort();
    await app.stop();
  }
}

/** The organisation, with its files in the bucket; those of an earlier demo in the same folder stay as they are. */
async function prepare(bucket: string, dataDir: string, state: DemoState): Promise<DemoOrganization> {
  if (state.organizationAt !== null) return organizationAt(state.seed, state.organizationAt);
  const now = Date.now();
  const organization = organizationAt(state.seed, now);
  await fillBucket(bucket, organization.files);
  writeDemoState(dataDir, { ...state, organizationAt: now });
  return organization;
}

/**
 * Connects the directory, where an earlier demo has not done so; with the accounts of the organisation by name. The alarms
 * are there before its files are, since what was stored earlier is not counted.
 */
async function connect(app: CliApp, bucket: string, organization: DemoOrganization | null): Promise<string> {
  const location = pathToFileURL(bucket).href;
  const sources = await allNodes<{ id: string; location: string }>(app, documents.listSources, 'sources');
  const connected = sources.find((source) => source.location.replace(/\/$/, '') === location);
  if (connected !== undefined) return connected.id;
  for (const { accountId, name } of organization?.accounts ?? []) {
    await app.execute(documents.createAccount, { input: { accountId, name, sources: [] } });
  }
  const input = {
    type: 'DIRECTORY',
    path: bucket,
    accountIds: organization?.accounts.map(({ accountId }) => accountId) ?? [],
    discoverAccounts: organization === null,
  };
  await app.execute(documents.installAlarmPack, { name: 'CIS_AWS_FOUNDATIONS' });
  const data = await app.execute<{ createSource: { source: { id: string } } }>(documents.createSource, { input });
  return data.createSource.source.id;
}

function isDirectory(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}
