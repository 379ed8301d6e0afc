import { openApp } from '../../src/app.js';
import type { CliApp, Role } from '../../src/cli/app.js';
import type { Config } from '../../src/config.js';

/** Of every app that a test opens; with every scope, for every account. */
export const adminToken = 'the-admin-token-of-the-tests';

/** The whole program in this process, on a database of the test's own. */
export async function openTestApp(
  role: Role,
  settings: Partial<Config> & Pick<Config, 'databaseUrl'>,
): Promise<CliApp & { readonly url: string }> {
  const app = await openApp(
    {
      dataDir: '/nowhere',
      adminToken,
      host: '127.0.0.1',
      port: 0,
      awsRegion: 'eu-central-1',
      log: { level: 'silent', pretty: false },
      ingestConcurrency: 2,
      discoverySeconds: 60,
      lookbackDays: 2,
      deliveryRetentionDays: 14,
      secretKeys: Buffer.alloc(32, 7).toString('base64'),
      ...settings,
    },
    role,
  );
  return { ...app, url: app.url ?? '' };
}

export interface GraphQLAnswer {
  readonly data?: Readonly<Record<string, unknown>> | null;
  readonly errors?: readonly { readonly message: string; readonly extensions: { readonly code: string } }[];
}

/** Sends an operation over HTTP and gives back whatever comes. */
export async function post(
  url: string,
  token: string,
  query: string,
  variables: Readonly<Record<string, unknown>> = {},
): Promise<GraphQLAnswer> {
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ query, variables }),
  });
  return (await response.json()) as GraphQLAnswer;
}

/** What the operation gives; its errors fail the test. */
export async function ask<Data>(
  url: string,
  query: string,
  variables: Readonly<Record<string, unknown>> = {},
  token = adminToken,
): Promise<Data> {
  const answer = await post(url, token, query, variables);
  if (answer.errors) throw new Error(`${query}: ${JSON.stringify(answer.errors)}`);
  return answer.data as Data;
}
