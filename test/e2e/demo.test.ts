import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isDeepStrictEqual } from 'node:util';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { eventually } from '../support/eventually.js';

/** The built program, as a user runs it: one process, its own PostgreSQL, nothing else. */

const bin = fileURLToPath(new URL('../../bin/crosstrail.js', import.meta.url));
let dataDir: string;
const running = new Set<ChildProcess>();

beforeAll(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'crosstrail-demo-'));
  // As root PostgreSQL runs as a user of its own, which must be able to reach its data.
  chmodSync(dataDir, 0o755);
});

afterEach(async () => {
  for (const child of running) {
    child.kill('SIGTERM');
    await once(child, 'close');
  }
});

afterAll(() => rmSync(dataDir, { recursive: true, force: true }));

function crosstrail(...args: string[]) {
  const child = spawn(process.execPath, [bin, ...args], {
    env: { PATH: process.env['PATH'], CROSSTRAIL_DATA_DIR: dataDir, PORT: '0' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  running.add(child);
  const output = { out: '', err: '' };
  child.stdout.on('data', (chunk) => (output.out += chunk));
  child.stderr.on('data', (chunk) => (output.err += chunk));
  const closed = once(child, 'close').then(([code]) => {
    running.delete(child);
    return code as number;
  });
  /** Until a text was printed; a program that ends without it fails, with what it said. */
  const printed = (text: string) =>
    new Promise<void>((resolve, reject) => {
      const look = () => output.out.includes(text) && resolve();
      child.stdout.on('data', look);
      look();
      void closed.then(() => reject(new Error(`it ended without "${text}":\n${output.out}${output.err}`)));
    });
  return { child, output, closed, printed };
}

const field = (text: string, name: string) => new RegExp(`^${name} +(\\S+)$`, 'm').exec(text)?.[1] ?? '';

/** Sends a query to the demo with the token that it printed. */
async function ask<Data>(out: string, query: string): Promise<Data> {
  const response = await fetch(field(out, 'GraphQL'), {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${field(out, 'Token')}` },
    body: JSON.stringify({ query }),
  });
  return ((await response.json()) as { data: Data }).data;
}

interface AlarmsShown {
  readonly alarms: {
    readonly nodes: readonly {
      readonly name: string;
      readonly transitions: readonly { readonly state: string }[];
      readonly relatedEvents: {
        readonly edges: readonly {
          readonly relation: string;
          readonly node: { readonly account: string; readonly eventName: string };
        }[];
      };
    }[];
  };
}

/** Of the query of alarms that the demo printed: each that went off, with the first event that set it off. */
async function ringing(out: string): Promise<string[]> {
  const { alarms } = await ask<AlarmsShown>(out, /^ {2}\{\n {4}alarms.*?^ {2}\}$/ms.exec(out)?.[0] ?? '');
  return alarms.nodes
    .filter(({ transitions }) => transitions.some(({ state }) => state === 'ALARM'))
    .map(({ name, relatedEvents }) => {
      const cause = relatedEvents.edges.find(({ relation }) => relation === 'CAUSE')?.node;
      return `${name}: ${cause?.eventName} in ${cause?.account}`;
    });
}

const attackAlarms = [
  'CIS-4.10-SecurityGroupChanges: AuthorizeSecurityGroupIngress in 444455556666',
  'CIS-4.2-ConsoleSignInWithoutMfa: ConsoleLogin in 777788889999',
  'CIS-4.5-CloudTrailChanges: StopLogging in 444455556666',
];

it('shows an attack across accounts, answers with its token, stops cleanly and goes on where it stopped', async () => {
  const first = crosstrail('demo');
  await first.printed('Ctrl-C stops');
  const { out } = first.output;
  expect(out).toMatch(/^Ingested \d\d,\d{3} events from 1,\d{3} files\.$/m);
  // The answer that it shows: one key, in the account where it was made and in the one that was broken into.
  expect(out).toContain('{ "key": ["777788889999", "AssumeRole"], "count": 1, "errors": 0 }');
  expect(out).toContain('{ "key": ["444455556666", "GetObject"]');
  // Alarms are judged a moment after the last file is stored.
  await eventually(
    () => ringing(out),
    (seen) => isDeepStrictEqual(seen, attackAlarms),
  );
  expect(out).toContain(`CROSSTRAIL_DATA_DIR='${dataDir}' node bin/crosstrail.js alarms watch`);
  expect(Math.max(...out.split('\n').map((line) => line.length))).toBeLessThanOrEqual(100);

  const data = await ask<{ accounts: { nodes: { name: string; status: string }[] } }>(
    out,
    '{ accounts { nodes { accountId name status } } }',
  );
  expect(data.accounts.nodes).toHaveLength(6);
  expect(data.accounts.nodes).toContainEqual({ accountId: '444455556666', name: 'Production', status: 'ACTIVE' });

  // A command joins the database that the demo runs.
  const list = crosstrail('account', 'list');
  expect(await list.closed).toBe(0);
  expect(list.output.out).toMatch(/^444455556666\tProduction\tACTIVE\t\d+\t\d{4}-\d\d-\d\dT[\d:.]+Z\t-$/m);

  first.child.kill('SIGTERM');
  expect(await first.closed).toBe(0);
  expect(first.output.err).toContain('SIGTERM: stopping');

  const second = crosstrail('demo');
  await second.printed('Ctrl-C stops');
  expect(field(second.output.out, 'Token')).toBe(field(out, 'Token'));
  expect(second.output.out).toContain('{ "key": ["777788889999", "AssumeRole"], "count": 1, "errors": 0 }');
  expect(await ringing(second.output.out)).toEqual(attackAlarms);
}, 120_000);

it('a configuration that is wrong is told as a whole, without a stack trace', async () => {
  const child = spawn(process.execPath, [bin, 'api'], {
    env: { PORT: 'x', DATABASE_URL: 'mysql://h', LOG_LEVEL: 'loud' },
  });
  let err = '';
  child.stderr.on('data', (chunk) => (err += chunk));
  expect((await once(child, 'close'))[0]).toBe(1);
  for (const name of ['PORT', 'DATABASE_URL', 'LOG_LEVEL']) expect(err).toContain(`  ${name} `);
  expect(err).not.toContain('    at ');
});
