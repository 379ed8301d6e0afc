import { everyAccount } from '../access/scope.js';
import { advisoryLocks, withAdvisoryLock } from '../platform/database/advisory-lock.js';
import type { Database } from '../platform/database/database.js';
import { failureFields, type Logger } from '../platform/log.js';
import type { JobDefinition } from '../platform/queue/queue.js';
import type { DirectoryDiscovery } from '../sources/directory-discovery.service.js';
import type { S3Discovery } from '../sources/s3-discovery.service.js';
import type { Source } from '../sources/source.entity.js';
import type { SourceService } from '../sources/source.service.js';
import type { DiscoveryTelemetry } from './discovery-telemetry.js';

/** Says that a source is to be looked through now. */
export interface DiscoverSource {
  readonly sourceId: string;
}

export const discoverSourceJob = { name: 'discover-source' };

export interface DiscoverDeps {
  readonly database: Database;
  readonly sources: SourceService;
  readonly directoryDiscovery: DirectoryDiscovery;
  readonly s3Discovery: S3Discovery;
  readonly telemetry: DiscoveryTelemetry;
  readonly discoverySeconds: number;
  readonly now: () => Date;
  /** Aborts when the process is told to stop: a pass ends where it is, and the next process begins one of its own. */
  readonly stopping: AbortSignal;
  readonly enqueue: (sources: readonly DiscoverSource[]) => Promise<void>;
}

const scope = everyAccount('discovery collects for all');

/** How many sources one process looks through at once. */
const sourcesAtOnce = 4;
/** Of these, sources that failed the last time: one that does not answer takes a minute to fail again. */
const failingAtOnce = sourcesAtOnce / 2;

/** Every so often, a job for each source. */
export function createDiscoverJob(deps: DiscoverDeps): JobDefinition<object> {
  return {
    name: 'discover',
    concurrency: 1,
    everySeconds: deps.discoverySeconds,
    async handle() {
      const sources = await deps.sources.list(scope);
      await deps.enqueue(inTurn(sources).map(({ id }) => ({ sourceId: id })));
    },
  };
}

/** Those that failed come last, in an order that changes: not all of them get a turn each time. */
function inTurn(sources: readonly Source[]): Source[] {
  const failing = sources.filter(({ ownError }) => ownError !== null).map((source) => ({ source, at: Math.random() }));
  const others = sources.filter(({ ownError }) => ownError === null);
  return [...others, ...failing.sort((a, b) => a.at - b.at).map(({ source }) => source)];
}

/**
 * Looks through one source. Two processes never look through the same one at a time: a pass may take longer than the
 * interval, and each costs calls. Its errors are written on the source, and the next interval tries again.
 */
export function createDiscoverSourceJob(deps: DiscoverDeps): JobDefinition<DiscoverSource> {
  let failing = 0;
  return {
    ...discoverSourceJob,
    concurrency: sourcesAtOnce,
    async handle({ sourceId }, context) {
      const { log } = context;
      const signal = AbortSignal.any([context.signal, deps.stopping]);
      if (signal.aborted) return;
      const source = await deps.sources.find(scope, sourceId);
      if (!source) return;
      const isFailing = source.ownError !== null;
      // It has its turn at another interval: the rest are not to wait for it.
      if (isFailing && failing >= failingAtOnce) return;
      failing += Number(isFailing);
      try {
        await withAdvisoryLock(deps.database, advisoryLocks.discover(sourceId), () => look(deps, source, signal, log));
      } finally {
        failing -= Number(isFailing);
      }
    },
  };
}

async function look(deps: DiscoverDeps, source: Source, signal: AbortSignal, log: Logger): Promise<void> {
  try {
    if (source.type === 'DIRECTORY') await deps.directoryDiscovery.scan(source, signal);
    else deps.telemetry.listed(source.type, await deps.s3Discovery.pass(source, deps.now(), signal), false);
  } catch (error) {
    if (signal.aborted) return;
    const fields = { sourceId: source.id, location: source.location, ...failureFields(error) };
    log.warn(fields, 'source could not be looked through');
  }
}
