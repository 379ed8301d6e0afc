import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Database } from '../../src/platform/database/database.js';
import { ask } from './app.js';
import { logKey } from './collection.js';
import { noon, storeEvents, testEvent } from './events.js';
import { plantAccountAlarms, plantLaterAlarms, uprootAlarms } from './planted-account-alarms.js';
import { plantBackfills } from './planted-backfills.js';
import { plantIntegrity } from './planted-integrity.js';
import { plantMetrics, uprootMetrics } from './planted-metrics.js';
import { plantRules, uprootRules } from './planted-rules.js';

/*
 * Two accounts with something in every place that the API can show. What belongs to the far account says `canary`
 * in every text; what belongs to the own one says `own` in the same places.
 */

/** Behind the far one in every list by id. */
export const ownAccount = '222222222222';
export const farAccount = '111111111111';
/** The own token's too; it is collected by a source that the own token may not see. */
const secondAccount = '333333333333';

/** An id that an event of each account has. */
export const sharedEventId = '00000000-0000-4000-9000-00000000000f';

export interface Planted {
  readonly accountId: string;
  readonly bucketSource: string;
  readonly directorySource: string;
  readonly token: string;
  readonly secret: string;
  /** Read whole, seen again, quarantined, waiting. */
  readonly files: readonly string[];
  readonly eventId: string;
  /** One that runs, one that is done and gave up. */
  readonly backfills: readonly string[];
  /** One that waits, one that was taken, two that failed. */
  readonly deliveries: readonly string[];
  /** A metric alarm and a composite one. */
  readonly alarms: readonly string[];
}

/** @param folder where the directory of its source is made */
export async function plantAccount(
  database: Database,
  url: string,
  which: 'own' | 'canary',
  folder: string,
): Promise<Planted> {
  const accountId = which === 'own' ? ownAccount : farAccount;
  const directory = join(folder, `${which}-directory`);
  await mkdir(directory, { recursive: true });
  const { createAccount } = await ask<{ createAccount: { account: { sources: { id: string }[] } } }>(
    url,
    `mutation ($input: CreateAccountInput!) { createAccount(input: $input) { account { sources { id } } } }`,
    { input: accountInput(accountId, which) },
  );
  const bucketSource = createAccount.account.sources[0]?.id ?? '';
  for (const name of [`${which}-audit-only`, `${which}-account-name`]) {
    await ask(url, 'mutation ($input: UpdateAccountInput!) { updateAccount(input: $input) { account { name } } }', {
      input: { accountId, name },
    });
  }
  const directorySource = await plantSource(url, { type: 'DIRECTORY', path: directory, accountIds: [accountId] });
  const accountIds = which === 'own' ? [accountId, secondAccount] : [accountId];
  const { id: token, secret } = await plantToken(url, `${which}-token-name`, accountIds);
  const gone = await plantToken(url, `${which}-revoked-token`, accountIds);
  await ask(url, 'mutation ($id: ID!) { revokeToken(id: $id) { token { id } } }', { id: gone.id });
  await database.query(
    `UPDATE source SET last_error = $2, last_discovery_at = now(), last_file_at = now(), queue_url = $3,
       last_message_at = now(), last_polled_at = now() WHERE id = $1`,
    [bucketSource, `${which}-source-error`, `https://sqs.eu-west-1.amazonaws.com/${accountId}/${which}-queue`],
  );
  await database.query('UPDATE account SET closed_at = now() WHERE account_id = $1', [accountId]);
  await plantSetAside(database, bucketSource, which);
  const files = await plantFiles(database, { accountId, sourceId: bucketSource, which });
  const eventId = await plantEvents(database, { accountId, files, which });
  await plantIntegrity(database, { accountId, which, bucketSource, files });
  const backfills = await plantBackfills(database, { accountId, which, bucketSource });
  const deliveries = await plantRules(database, url, { accountId, which, eventId });
  await plantMetrics(database, url, { accountId, which });
  const alarms = await plantAccountAlarms(database, url, { accountId, which });
  return { accountId, bucketSource, directorySource, token, secret, files, eventId, backfills, deliveries, alarms };
}

/** Sources that collect for the own accounts as well, but are not for the eyes of their token. */
export async function plantSharedSources(
  database: Database,
  url: string,
  { files }: Planted,
): Promise<{ shared: string; all: string }> {
  const type = 'S3_LISTING';
  const shared = await plantSource(url, {
    type,
    bucket: 'canary-shared-bucket',
    accountIds: [ownAccount, farAccount],
  });
  const all = await plantSource(url, {
    type,
    bucket: 'canary-discovering-bucket',
    accountIds: [secondAccount],
    discoverAccounts: true,
  });
  await database.query(`UPDATE source SET last_error = 'canary-discovering-error' WHERE id = $1`, [all]);
  await database.query('UPDATE log_file SET source_id = $1 WHERE id = $2', [all, files[1]]);
  return { shared, all };
}

/** Of nobody but those who see every account. */
export async function plantOrganization(database: Database): Promise<string> {
  const [row] = await database.query<{ id: string }>(
    `INSERT INTO organization (aws_id, management_account_id, role_arn, via_role_arn, member_role_name, last_error,
       last_refreshed_at, due_at)
     VALUES ('canary-organization', $1, $2, $3, 'canary-member-role', 'canary-organization-error', now(), 'infinity')
     RETURNING id`,
    [
      farAccount,
      ...['organization-role', 'organization-via-role'].map((name) => `arn:aws:iam::${farAccount}:role/canary-${name}`),
    ],
  );
  return row?.id ?? '';
}

/** More of the own account, which comes behind the far one's where a list goes by age. */
export async function plantLater(database: Database, url: string, { files: [logFileId = ''] }: Planted): Promise<void> {
  await plantSource(url, { type: 'S3_LISTING', bucket: 'own-later-bucket', accountIds: [ownAccount] });
  await storeEvents(database, [
    testEvent({ ...columns('own'), accountId: ownAccount, logFileId, raw: recordText('own') }),
  ]);
  await plantLaterAlarms(database, ownAccount);
}

/** Takes the far account out of every table, as if it had never been. */
export async function uprootFarAccount(database: Database): Promise<void> {
  for (const table of [
    'event',
    'record_chunk',
    'event_sighting',
    'event_count',
    'log_file',
    'digest_chain',
    'account_region',
  ]) {
    await database.query(`DELETE FROM ${table} WHERE account_id = $1`, [farAccount]);
  }
  await database.query('DELETE FROM source WHERE id IN (SELECT source_id FROM source_account WHERE account_id = $1)', [
    farAccount,
  ]);
  for (const table of ['token', 'audit_entry', 'backfill']) {
    await database.query(`DELETE FROM ${table} WHERE $1 = ANY (account_ids)`, [farAccount]);
  }
  await uprootAlarms(database, farAccount);
  await uprootRules(database, farAccount);
  await uprootMetrics(database, farAccount);
  await database.query('DELETE FROM organization');
  await database.query('DELETE FROM account WHERE account_id = $1', [farAccount]);
}

/** Every row of every table as text, but for the times at which tokens were used. */
export async function everyRow(database: Database): Promise<Record<string, string[]>> {
  const tables = await database.query<{ name: string }>(
    `SELECT format('%I', relname) AS name FROM pg_class
     WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND NOT relispartition ORDER BY 1`,
  );
  const rows: Record<string, string[]> = {};
  for (const { name } of tables) {
    const found = await database.query<{ row: string }>(
      `SELECT (to_jsonb(one) - 'last_used_at')::text AS row FROM ${name} AS one ORDER BY 1`,
    );
    rows[name] = found.map(({ row }) => row);
  }
  return rows;
}

function accountInput(accountId: string, which: string) {
  return {
    accountId,
    retentionDays: 36_500,
    name: `${which}-first-name`,
    roleArn: `arn:aws:iam::${accountId}:role/${which}-role`,
    externalId: `${which}-external-id`,
    viaRoleArn: `arn:aws:iam::${accountId}:role/${which}-via-role`,
    regions: [`eu-${which}-1`],
    tags: { [`${which}-tag`]: `${which}-tag-value` },
    sources: [{ type: 'S3_LISTING', bucket: `${which}-bucket`, prefix: `${which}-prefix`, region: `eu-${which}-2` }],
  };
}

async function plantSource(url: string, input: object): Promise<string> {
  const document = 'mutation ($input: SourceInput!) { createSource(input: $input) { source { id } } }';
  const { createSource } = await ask<{ createSource: { source: { id: string } } }>(url, document, { input });
  return createSource.source.id;
}

/** Two, so that a page of one has another behind it. */
async function plantSetAside(database: Database, sourceId: string, which: string): Promise<void> {
  await database.query(
    `INSERT INTO set_aside_notification (source_id, message_id, reason, body)
     SELECT $1, $2 || n, $3, $4 FROM generate_series(1, 2) AS n`,
    [sourceId, `${which}-message-id`, `${which}-set-aside-reason`, `${which}-set-aside-body`],
  );
}

async function plantToken(url: string, name: string, accountIds: readonly string[]) {
  const document = 'mutation ($input: CreateTokenInput!) { createToken(input: $input) { secret token { id } } }';
  const kinds = ['EVENTS', 'ACCOUNTS', 'RULES', 'METRICS', 'ALARMS'];
  const scopes = [...kinds.flatMap((kind) => [`${kind}_READ`, `${kind}_WRITE`]), 'ACCESS_ADMIN'];
  const input = { name, scopes, accountIds, expiresAt: new Date(Date.now() + 3_600_000) };
  const { createToken } = await ask<{ createToken: { secret: string; token: { id: string } } }>(url, document, {
    input,
  });
  return { id: createToken.token.id, secret: createToken.secret };
}

interface Place {
  readonly accountId: string;
  readonly which: string;
}

async function plantFiles(database: Database, place: Place & { sourceId: string }): Promise<string[]> {
  const states = ['INGESTED', 'INGESTED', 'QUARANTINED', 'DISCOVERED'];
  const rows = await database.query<{ id: string }>(
    `INSERT INTO log_file (bucket_id, key, source_id, account_id, aws_region, delivered_at, size, etag, state, error,
       records, ingested_at)
     SELECT source.bucket_id, file.key, source.id, $2, $3, $4, 1, 'e', file.state,
       CASE WHEN file.state = 'QUARANTINED' THEN $7 END, 3, now()
     FROM source, unnest($5::text[], $6::text[]) WITH ORDINALITY AS file (key, state, place)
     WHERE source.id = $1 ORDER BY file.place RETURNING id::text AS id`,
    [
      place.sourceId,
      place.accountId,
      `eu-${place.which}-3`,
      new Date(noon),
      states.map((_, index) => logKey(place.accountId, new Date(noon), `${place.which}-key-${index}`)),
      states,
      `${place.which}-file-error`,
    ],
  );
  return rows.map(({ id }) => id);
}

/** Two events: one that was seen in a second file too, and one whose id another account uses as well. */
async function plantEvents(database: Database, place: Place & { files: readonly string[] }): Promise<string> {
  const { accountId, which, files } = place;
  const [logFileId = '', second = ''] = files;
  const event = testEvent({ ...columns(which), accountId, logFileId, raw: recordText(which) });
  const twin = testEvent({ ...columns(which), eventId: sharedEventId, accountId, logFileId, raw: recordText(which) });
  await storeEvents(database, [event, twin]);
  await storeEvents(database, [{ ...event, logFileId: second, raw: recordText(`${which}-copy`) }]);
  return event.eventId;
}

function columns(which: string) {
  return {
    awsRegion: `${which}-region`,
    eventSource: `${which}-source`,
    eventName: `${which}-name`,
    eventType: `${which}-type`,
    eventCategory: `${which}-category`,
    errorCode: `${which}-error-code`,
    errorMessage: `${which}-error-message`,
    hasError: true,
    principalArn: `${which}-principal`,
    sessionIssuerArn: `${which}-issuer`,
    userName: `${which}-user`,
    accessKeyId: `${which}-access-key`,
    sourceIp: null,
    sourceAddress: `${which}-address`,
    userAgent: `${which}-agent`,
    resourceArns: [`${which}-resource`],
  };
}

/** A record with every field that the schema shows, each with a text of its own. */
function recordText(which: string): string {
  const texts = (names: readonly string[]) =>
    Object.fromEntries(names.map((name) => [name, `${which}-record-${name}`]));
  return JSON.stringify({
    ...texts(['eventVersion', 'recipientAccountId', 'requestID', 'sharedEventID', 'vpcEndpointId']),
    userIdentity: {
      ...texts(['type', 'principalId', 'arn', 'accountId', 'accessKeyId', 'userName', 'invokedBy', 'onBehalfOf']),
      sessionContext: {
        ...texts(['webIdFederationData', 'sourceIdentity']),
        sessionIssuer: texts(['type', 'principalId', 'arn', 'accountId', 'userName']),
        attributes: texts(['creationDate', 'mfaAuthenticated']),
      },
    },
    resources: [texts(['ARN', 'type', 'accountId'])],
    ...Object.fromEntries(
      ['requestParameters', 'responseElements', 'additionalEventData', 'serviceEventDetails', 'insightDetails']
        .concat(['addendum', 'tlsDetails'])
        .map((name) => [name, texts([name])]),
    ),
  });
}
