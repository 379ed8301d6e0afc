import { setTimeout as delay } from 'node:timers/promises';
import type { OrganizationService } from '../accounts/organization.service.js';
import type { Retention } from '../accounts/retention.service.js';
import type { AlarmEvaluator } from '../alarms/alarm-evaluator.service.js';
import type { DeliveryService } from '../deliveries/delivery.service.js';
import type { Dispatcher } from '../deliveries/dispatcher.service.js';
import type { TargetService } from '../deliveries/target.service.js';
import { eventsAdded } from '../events/events.topics.js';
import type { Partitions } from '../events/partition.service.js';
import type { FilterSets } from '../metrics/filter-set.service.js';
import type { MetricBackfills } from '../metrics/metric-backfill.service.js';
import type { MetricRegistry } from '../metrics/metric-registry.service.js';
import { coalesced } from '../platform/coalesced.js';
import type { Database } from '../platform/database/database.js';
import { failureFields, type Logger } from '../platform/log.js';
import type { PubSub } from '../platform/pubsub/pubsub.js';
import type { JobDefinition, Queue } from '../platform/queue/queue.js';
import type { Telemetry } from '../platform/telemetry.js';
import type { RuleSets } from '../rules/rule-set.service.js';
import type { ScheduleRuns } from '../rules/schedule-run.service.js';
import type { BackfillWork } from '../sources/backfill-work.service.js';
import type { CompletenessService } from '../sources/completeness.service.js';
import type { DigestLedgerService } from '../sources/digest-ledger.service.js';
import type { DigestVerifier } from '../sources/digest-verifier.service.js';
import type { DirectoryDiscovery } from '../sources/directory-discovery.service.js';
import type { Ledger } from '../sources/ledger.port.js';
import type { NotificationQueues } from '../sources/notification-queue.port.js';
import type { NotificationsService } from '../sources/notifications.service.js';
import type { ObjectStores } from '../sources/object-store.port.js';
import type { ProvenSpans } from '../sources/proven-spans.service.js';
import type { S3Discovery } from '../sources/s3-discovery.service.js';
import type { SourceService } from '../sources/source.service.js';
import type { SourceHealth } from '../sources/source-health.service.js';
import { backfillJob, createBackfillJob } from './backfill.job.js';
import type { Decoders } from './decoding/decoder.js';
import { createDeliverJob, deliverJob } from './deliver.job.js';
import { DirectoryWatches } from './directory-watches.js';
import { createDiscoverJob, createDiscoverSourceJob, type DiscoverSource, discoverSourceJob } from './discover.job.js';
import { createDiscoveryTelemetry } from './discovery-telemetry.js';
import { createEvaluateAlarmsJob, evaluateAlarmsJob } from './evaluate-alarms.job.js';
import { sourceChanged } from './ingest.topics.js';
import { createIngestFilesJob, ingestFilesJob } from './ingest-files.job.js';
import { createIngestTelemetry } from './ingest-telemetry.js';
import { createMaintainJob } from './maintain.job.js';
import { createMetricBackfillJob, metricBackfillJob } from './metric-backfill.job.js';
import { NotificationPollers } from './notification-pollers.js';
import { createNotificationTelemetry } from './notification-telemetry.js';
import { createRefreshOrganizationsJob, refreshOrganizationsJob } from './refresh-organizations.job.js';
import { createReportFiguresJob } from './report-figures.job.js';
import { createRetentionJob } from './retention.job.js';
import { createRunSchedulesJob } from './run-schedules.job.js';
import { createSweepJob } from './sweep.job.js';
import { createVerifyDigestsJob, verifyDigestsJob } from './verify-digests.job.js';

export interface IngestOptions {
  /** Batches that one process works on at once. */
  readonly ingestConcurrency: number;
  /** Seconds between two looks through the sources. */
  readonly discoverySeconds: number;
}

/** Hints of due files that may wait at once, for all processes together, and no fewer than one process may want. */
const ingestSlots = 64;

/** Between two calls to those who follow the events. */
const betweenCallsMs = 50;

const onePerSource = { unique: ({ sourceId }: DiscoverSource) => sourceId };

/** Tells the jobs of work. Losing a call loses time only: the sweep and the next round find the rows. */
export interface IngestWaker {
  filesDue(): Promise<void>;
  digestsDue(): Promise<void>;
  backfillsDue(): Promise<void>;
  organizationsDue(): Promise<void>;
  deliveriesDue(): Promise<void>;
  metricBackfillsDue(): Promise<void>;
  alarmsDue(): Promise<void>;
  sourceChanged(sourceId: string): Promise<void>;
  /** Tells those who follow the events, in every process. It does not wait for them. */
  eventsStored(): void;
}

export function createIngestWaker(deps: { queue: Queue; pubsub: PubSub; log: Logger } & IngestOptions): IngestWaker {
  const { queue, pubsub, log } = deps;
  let wakes = 0;
  const quietly = async (what: string, work: Promise<unknown>) => {
    await work.catch((error: unknown) =>
      log.warn(failureFields(error), `${what} not told at once; the next round finds it`),
    );
  };
  return {
    async filesDue() {
      const hints = Array.from({ length: deps.ingestConcurrency }, () => ({ slot: wakes++ % ingestSlots }));
      const unique = ({ slot }: { slot: number }) => String(slot);
      await quietly('due log files', queue.addMany(ingestFilesJob, hints, { unique }));
    },
    async digestsDue() {
      await quietly('due digests', queue.add(verifyDigestsJob, {}, { unique: () => 'due' }));
    },
    async backfillsDue() {
      await quietly('a backfill', queue.add(backfillJob, {}, { unique: () => 'due' }));
    },
    async organizationsDue() {
      await quietly('an organisation', queue.add(refreshOrganizationsJob, {}, { unique: () => 'due' }));
    },
    async deliveriesDue() {
      await quietly('deliveries', queue.add(deliverJob, {}, { unique: () => 'due' }));
    },
    async metricBackfillsDue() {
      await quietly('a metric filter', queue.add(metricBackfillJob, {}, { unique: () => 'due' }));
    },
    async alarmsDue() {
      await quietly('alarms', queue.add(evaluateAlarmsJob, {}, { unique: () => 'due' }));
    },
    async sourceChanged(sourceId) {
      await quietly('a changed source', queue.add(discoverSourceJob, { sourceId }, onePerSource));
      await quietly('a changed source', pubsub.publish(sourceChanged, sourceId));
    },
    // Many workers commit close together, and one call for all of them is enough.
    eventsStored: coalesced(() => quietly('new events', pubsub.publish(eventsAdded)), betweenCallsMs),
  };
}

export interface IngestDeps extends IngestOptions {
  readonly database: Database;
  readonly queue: Queue;
  readonly pubsub: PubSub;
  readonly telemetry: Telemetry;
  readonly log: Logger;
  readonly waker: IngestWaker;
  readonly sources: SourceService;
  readonly ledger: Ledger;
  readonly health: SourceHealth;
  readonly digests: DigestLedgerService;
  readonly digestVerifier: DigestVerifier;
  readonly provenSpans: ProvenSpans;
  readonly stores: ObjectStores;
  readonly partitions: Partitions;
  readonly retention: Retention;
  readonly organizations: OrganizationService;
  readonly decoders: Decoders;
  readonly directoryDiscovery: DirectoryDiscovery;
  readonly s3Discovery: S3Discovery;
  readonly backfillWork: BackfillWork;
  readonly notifications: NotificationsService;
  readonly queues: NotificationQueues;
  readonly rules: RuleSets;
  readonly filters: FilterSets;
  readonly registry: MetricRegistry;
  readonly metricBackfills: MetricBackfills;
  readonly completeness: CompletenessService;
  readonly schedules: ScheduleRuns;
  readonly alarms: AlarmEvaluator;
  readonly deliveries: DeliveryService;
  readonly targets: TargetService;
  readonly createDispatcher: (telemetry: Telemetry, stopping: AbortSignal) => Dispatcher;
  readonly now: () => Date;
}

/** Starts the collecting of this process: every job, the watches of directories, and the pollers of queues. */
export async function startIngest(deps: IngestDeps): Promise<{ stop(): Promise<void> }> {
  const watches = new DirectoryWatches({ sources: deps.sources, discovery: deps.directoryDiscovery, log: deps.log });
  const pollers = new NotificationPollers({
    ...deps,
    telemetry: createNotificationTelemetry(deps.telemetry),
    wait: (ms, signal) => delay(ms, undefined, { signal }),
    random: Math.random,
  });
  const sync = () => {
    void watches.sync();
    void pollers.sync();
  };
  const unsubscribe = await deps.pubsub.subscribe(sourceChanged, sync);
  const resync = setInterval(sync, deps.discoverySeconds * 1000);
  const stopping = new AbortController();
  const stop = async () => {
    stopping.abort();
    clearInterval(resync);
    await unsubscribe();
    await Promise.all([watches.stop(), pollers.stop(), deps.alarms.stop()]);
  };
  try {
    await deps.queue.work(createJobs(deps, stopping.signal));
  } catch (error) {
    // The reason is what failed to start, not what then failed to stop.
    await stop().catch(() => undefined);
    throw error;
  }
  sync();
  return { stop };
}

/** Every job: adding one is a file and a line here. */
function createJobs(deps: IngestDeps, stopping: AbortSignal): readonly JobDefinition<never>[] {
  const { database, ledger, partitions, now } = deps;
  const dispatcher = deps.createDispatcher(deps.telemetry, stopping);
  const discover = {
    ...deps,
    telemetry: createDiscoveryTelemetry(deps.telemetry),
    stopping,
    enqueue: (sources: readonly DiscoverSource[]) => deps.queue.addMany(discoverSourceJob, sources, onePerSource),
  };
  return [
    createIngestFilesJob({
      ...deps,
      telemetry: createIngestTelemetry(deps.telemetry, deps.health),
      concurrency: deps.ingestConcurrency,
      stopping,
      onDeliveries: () => deps.waker.deliveriesDue(),
      onData: () => {
        deps.waker.eventsStored();
        // Here and now: a job would take longer to come around.
        deps.alarms
          .work()
          .catch((error: unknown) =>
            deps.log.warn(failureFields(error), 'alarms not judged at once; the next round does it'),
          );
      },
    }),
    createDiscoverJob(discover),
    createDiscoverSourceJob(discover),
    createBackfillJob({ backfills: deps.backfillWork, telemetry: discover.telemetry, stopping }),
    createVerifyDigestsJob({ verifier: deps.digestVerifier, spans: deps.provenSpans, stopping }),
    createMetricBackfillJob({ ...deps, stopping }),
    createDeliverJob(dispatcher),
    createRunSchedulesJob(deps),
    createEvaluateAlarmsJob(deps.alarms),
    createSweepJob({ ledger, digests: deps.digests, dispatcher, waker: deps.waker }),
    createMaintainJob({ database, partitions, dispatcher, targets: deps.targets, now: () => now().getTime() }),
    createRetentionJob({
      database,
      retention: deps.retention,
      deliveries: deps.deliveries,
      now: () => now().getTime(),
    }),
    createReportFiguresJob(deps),
    createRefreshOrganizationsJob(deps.organizations),
  ];
}
