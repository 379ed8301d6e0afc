import { type GraphQLSchema, graphql } from 'graphql';
import { type Access, accessEntities, createAccess } from './access/index.js';
import { installationSecret } from './access/installation-secret.js';
import { operator } from './access/operator.js';
import { createAccounts, createOrganizations } from './accounts/index.js';
import { createRetention, type Retention } from './accounts/retention.service.js';
import { accountsAlarmed, writeEndedActions } from './alarms/alarm-action.store.js';
import { createAlarms } from './alarms/index.js';
import { buildApiSchema, createApi, graphiqlDirectory, printApiSchema } from './api/index.js';
import type { CliApp, Role } from './cli/app.js';
import { type Config, networksOf } from './config.js';
import { createDeliveries } from './deliveries/index.js';
import type { EventService } from './events/event.service.js';
import { createEvents } from './events/index.js';
import { createDecoders } from './ingest/decoding/create-decoders.js';
import { createIngestWaker, type IngestWaker, startIngest } from './ingest/index.js';
import { type CursorCodec, createCursorCodec } from './lib/cursor.js';
import { createMetrics } from './metrics/index.js';
import { type AwsSessions, createAwsSessions } from './platform/aws/aws-sessions.js';
import type { Database, Sql } from './platform/database/database.js';
import { startEmbeddedPostgres } from './platform/database/embedded-postgres.js';
import { migrate } from './platform/database/migrate.js';
import { openDatabase } from './platform/database/open-database.js';
import { CrosstrailError } from './platform/errors.js';
import { armFailpoint } from './platform/failpoint.js';
import { Lifecycle } from './platform/lifecycle.js';
import { createLogger, failureFields, type Logger } from './platform/log.js';
import { createOutboundHttp, type OutboundHttp } from './platform/outbound/outbound-http.js';
import { createPubSub } from './platform/pubsub/create-pubsub.js';
import type { PubSub } from './platform/pubsub/pubsub.js';
import { createQueue } from './platform/queue/create-queue.js';
import { createLockedSecretBox } from './platform/secrets/locked-secret-box.js';
import { createSecretBox, type SecretBox } from './platform/secrets/secret-box.js';
import { secretKeysOf } from './platform/secrets/secret-keys.js';
import { createTelemetry } from './platform/telemetry.js';
import { createRules } from './rules/index.js';
import { accountsSentTo } from './rules/rule.store.js';
import { invocationPoints } from './rules/rule-figures.service.js';
import type { CompletenessService } from './sources/completeness.service.js';
import { createSources } from './sources/index.js';

const now = (): Date => new Date();

/** Opens what a role needs, in order; `stop()` releases it in the opposite one. */
export async function openApp(config: Config, role: Role): Promise<CliApp> {
  if (config.failpoint !== undefined) armFailpoint(config.failpoint);
  const lifecycle = new Lifecycle();
  try {
    return await open(config, role, lifecycle);
  } catch (error) {
    // The reason is what failed to open, not what then failed to close.
    await lifecycle.stop().catch(() => undefined);
    throw error;
  }
}

/** Brings the database up to date; the names of the migrations that were run. */
export async function migrateApp(config: Config): Promise<string[]> {
  const lifecycle = new Lifecycle();
  try {
    const { database } = await openStore(config, 'client', createLogger(config.log), lifecycle);
    return await migrate(database);
  } finally {
    await lifecycle.stop();
  }
}

async function open(config: Config, role: Role, lifecycle: Lifecycle): Promise<CliApp> {
  const log = createLogger(config.log);
  const { database, url: databaseUrl } = await openStore(config, role, log, lifecycle);
  await migrate(database);
  const stores = { databaseUrl, log, ...(config.redisUrl === undefined ? {} : { redisUrl: config.redisUrl }) };
  const pubsub = await createPubSub(stores);
  lifecycle.add('pubsub', () => pubsub.stop());
  const aws = createAwsSessions({ endpointUrl: config.awsEndpointUrl, region: config.awsRegion });
  lifecycle.add('AWS sessions', () => aws.stop());
  const cursors = createCursorCodec(await installationSecret(database, 'cursor'));
  const access = await createAccess({ database, pubsub, cursors, log });
  lifecycle.add('access', () => access.stop());
  const http = createOutboundHttp({ allowedNetworks: networksOf(config.allowedNetworks) });
  lifecycle.add('outbound HTTP', () => http.close());
  const secretBox = await openSecretBox(config, role, log);
  const decoders = createDecoders();
  lifecycle.add('decoders', () => decoders.stop());
  // After all that its jobs use, so that they end before it does.
  const queue = await createQueue(stores);
  lifecycle.add('queue', () => queue.stop());
  const waker = createIngestWaker({ ...config, queue, pubsub, log });
  const retention = createRetention({ sql: database, days: config.retentionDays ?? null, now: Date.now });
  const base = { ...config, database, pubsub, waker, log };
  const rooms = createRooms({ ...base, access, cursors, aws, retention, http, secretBox });
  const telemetry = createTelemetry();
  if (role !== 'client') await rooms.targets.resealSecrets();
  if (role === 'all' || role === 'worker') {
    // The embedded server has one owner: what is leased was leased by a process that died.
    if (config.databaseUrl === undefined) await rooms.ledger.takeBackAll();
    const ingest = await startIngest({ ...base, ...rooms, queue, telemetry, decoders, now });
    lifecycle.add('ingest', () => ingest.stop());
  }
  const schema = buildApiSchema({ resolvers: rooms.resolvers });
  const serves = role === 'all' || role === 'api';
  const admin = serves ? await access.ensureAdminToken(config.adminToken) : {};
  const health = {
    database: async () => void (await database.query('SELECT 1')),
    queue: () => queue.ping(),
  };
  const serving = { ...config, ...access, schema, health, telemetry, log, graphiqlDirectory: graphiqlDirectory() };
  lifecycle.add('live events', () => rooms.liveEvents.stop());
  lifecycle.add('live alarms', () => rooms.liveAlarms.stop());
  const api = serves ? await createApi(serving) : null;
  if (api !== null) lifecycle.add('API', () => api.close());
  return {
    url: api?.url ?? null,
    newAdminToken: admin.secret ?? null,
    execute: (document, variables) => executeAsOperator(schema, document, variables),
    hubIdentity: () => hubIdentity(aws),
    verify: (request, listener, signal) => rooms.validation.validate(request, listener, signal),
    stop: () => lifecycle.stop(),
  };
}

/** Without a key nothing can be sealed; whoever has an outside database may have no place for one, and no need. */
async function openSecretBox(
  { secretKeys, dataDir, databaseUrl }: Config,
  role: Role,
  log: Logger,
): Promise<SecretBox> {
  try {
    const box = createSecretBox(await secretKeysOf({ keys: secretKeys, dataDir }));
    if (secretKeys === undefined && databaseUrl !== undefined && role !== 'client') {
      log.warn(
        { dataDir },
        'the key for secrets of targets lies in the data directory: other processes need the same one',
      );
    }
    return box;
  } catch (error) {
    if (databaseUrl === undefined) throw error;
    log.warn(failureFields(error), 'no key for secrets: targets need CROSSTRAIL_SECRET_KEYS');
    return createLockedSecretBox(error instanceof Error ? error.message : String(error));
  }
}

/** The database: outside where there is a URL for it, otherwise a server of our own under the data directory. */
async function openStore(
  config: Config,
  role: Role,
  log: Logger,
  lifecycle: Lifecycle,
): Promise<{ database: Database; url: string }> {
  let url = config.databaseUrl;
  if (url === undefined) {
    const embedded = await startEmbeddedPostgres({
      dataDir: config.dataDir,
      log,
      role: role === 'client' ? 'join' : 'own',
    });
    lifecycle.add('embedded PostgreSQL', () => embedded.stop());
    url = embedded.url;
  }
  const database = await openDatabase({
    url,
    ...(config.databaseReadUrl === undefined ? {} : { readUrl: config.databaseReadUrl }),
    log,
    entities: accessEntities,
    poolSize: 10 + config.ingestConcurrency,
    applicationName: `crosstrail ${role}`,
  });
  lifecycle.add('database', () => database.close());
  return { database, url };
}

interface RoomDeps extends Pick<Config, 'lookbackDays' | 'awsRegion' | 'deliveryRetentionDays'> {
  readonly database: Database;
  readonly pubsub: PubSub;
  readonly access: Access;
  readonly cursors: CursorCodec;
  readonly aws: AwsSessions;
  readonly waker: IngestWaker;
  readonly log: Logger;
  readonly retention: Retention;
  readonly http: OutboundHttp;
  readonly secretBox: SecretBox;
}

/** Every room, each given those above it. */
function createRooms(deps: RoomDeps) {
  const { database, access, cursors, waker, log } = deps;
  const accounts = createAccounts({ database, audit: access.audit, cursors });
  const organizations = createOrganizations({
    ...deps,
    accounts: accounts.accounts,
    audit: access.audit,
    onDue: () => waker.organizationsDue(),
  });
  const sources = createSources({
    ...deps,
    accounts: accounts.accounts,
    audit: access.audit,
    log,
    now,
    onFilesDue: () => waker.filesDue(),
    onDigestsDue: () => waker.digestsDue(),
    onBackfillsDue: () => waker.backfillsDue(),
    onSourceChange: (sourceId) => waker.sourceChanged(sourceId),
  });
  const events = createEvents({
    ...deps,
    logFiles: sources.logFiles,
    completeness: sources.completeness,
    now: Date.now,
  });
  const { metrics, deliveries, rules, alarms } = createReactions(deps, events.events, sources.completeness);
  return {
    ...sources,
    ...deliveries,
    rules: rules.rules,
    filters: metrics.filters,
    registry: metrics.registry,
    metricBackfills: metrics.metricBackfills,
    completeness: sources.completeness,
    schedules: rules.schedules,
    liveEvents: events.liveEvents,
    liveAlarms: alarms.liveAlarms,
    alarms: alarms.evaluator,
    partitions: events.partitions,
    retention: deps.retention,
    organizations: organizations.organizations,
    resolvers: [access, accounts, organizations, sources, events, metrics, deliveries, alarms, rules].flatMap(
      ({ resolvers }) => [...resolvers],
    ),
  };
}

/** What is made of events. */
function createReactions(deps: RoomDeps, events: EventService, completeness: CompletenessService) {
  const { audit } = deps.access;
  const { waker } = deps;
  const metrics = createMetrics({
    ...deps,
    audit,
    onDue: () => waker.metricBackfillsDue(),
    onData: () => waker.alarmsDue(),
    now,
  });
  const deliveries = createDeliveries({
    ...deps,
    audit,
    aws: deps.aws.sends,
    keptDays: deps.deliveryRetentionDays,
    accountsSentTo: accountsToldTo,
    registry: metrics.registry,
    causePoints: invocationPoints,
    onActionsEnded: writeEndedActions,
    onDue: () => waker.deliveriesDue(),
    now,
  });
  const rules = createRules({
    ...deps,
    registry: metrics.registry,
    audit,
    targets: deliveries.targets,
    events,
    region: deps.awsRegion,
    onDeliveries: () => waker.deliveriesDue(),
    now,
  });
  const alarms = createAlarms({
    ...deps,
    audit,
    targets: deliveries.targets,
    filters: metrics.metricFilters,
    alarmEvents: rules.alarmEvents,
    completeness,
    events,
    onDue: () => waker.alarmsDue(),
    onDeliveries: () => waker.deliveriesDue(),
    now,
  });
  return { metrics, deliveries, rules, alarms };
}

/** The accounts whose data rules and alarms send to a target. */
async function accountsToldTo(sql: Sql, targetId: string): Promise<{ every: boolean; accountIds: readonly string[] }> {
  const byRules = await accountsSentTo(sql, targetId);
  const byAlarms = await accountsAlarmed(sql, targetId);
  return {
    every: byRules.every || byAlarms.every,
    accountIds: [...byRules.accountIds, ...byAlarms.accountIds],
  };
}

/** The schema as text, for `schema.graphql`. Nothing is opened: no resolver is ever called. */
export async function schemaText(): Promise<string> {
  const nothing = {} as never;
  const pubsub = { subscribe: async () => async () => undefined } as unknown as PubSub;
  const rooms = createRooms({
    database: nothing,
    pubsub,
    access: await createAccess({ database: nothing, pubsub, cursors: nothing, log: nothing }),
    cursors: nothing,
    aws: { sends: nothing } as never,
    waker: nothing,
    log: nothing,
    lookbackDays: 0,
    awsRegion: '',
    deliveryRetentionDays: 0,
    retention: nothing,
    http: nothing,
    secretBox: nothing,
  });
  return printApiSchema(buildApiSchema({ resolvers: rooms.resolvers }));
}

async function executeAsOperator<Data>(
  schema: GraphQLSchema,
  source: string,
  variableValues: Readonly<Record<string, unknown>> = {},
): Promise<Data> {
  const contextValue = { caller: operator(), loaders: new Map(), signal: new AbortController().signal };
  const { data, errors } = await graphql({ schema, source, variableValues, contextValue });
  const [error] = errors ?? [];
  // As a client would get it: dates as text.
  if (!error) return JSON.parse(JSON.stringify(data)) as Data;
  throw error.originalError instanceof CrosstrailError ? error.originalError : error;
}

async function hubIdentity(aws: AwsSessions): Promise<string | null> {
  return aws.hubArn();
}
