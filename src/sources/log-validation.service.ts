import pMap from 'p-map';
import { everyAccount } from '../access/scope.js';
import { dayMs, hourMs } from '../lib/time.js';
import type { Database } from '../platform/database/database.js';
import { notFound } from '../platform/errors.js';
import { ChainValidation, type ValidationListener } from './chain-validation.js';
import type { DigestKeys } from './digest-keys.service.js';
import { listDigests } from './digest-listing.js';
import type { ValidationRequest, ValidationSummary } from './log-validation.js';
import type { SourceObjectStores } from './object-stores/object-stores.js';
import type { Source } from './source.entity.js';
import type { SourceService } from './source.service.js';

export type { ValidationListener } from './chain-validation.js';
export type { Finding, ValidationRequest, ValidationSummary, VerdictCounts } from './log-validation.js';

export interface LogValidationDeps {
  readonly database: Database;
  readonly sources: SourceService;
  readonly stores: Pick<SourceObjectStores, 'open'>;
  readonly keys: DigestKeys;
}

/** Chains of digests that are walked at once. */
const chainsAtOnce = 4;

/**
 * Reads digests and log files from their bucket again, as `aws cloudtrail validate-logs` does, and says where the ledger
 * has something else. Nothing is written.
 */
export class LogValidation {
  constructor(private readonly deps: LogValidationDeps) {}

  /** @throws NOT_FOUND where no source collects the account, or not the one that is asked for */
  async validate(
    request: ValidationRequest,
    listener: ValidationListener,
    signal: AbortSignal,
  ): Promise<ValidationSummary> {
    const counts = () => ({ valid: 0, invalid: 0, unknown: 0 });
    const summary: ValidationSummary = {
      ...{ digests: counts(), backfillDigests: counts(), logFiles: counts() },
      ...{ disagreements: 0, found: null },
    };
    for (const source of await this.sourcesOf(request)) {
      await this.validateSource(source, request, summary, listener, signal);
    }
    return summary;
  }

  private async sourcesOf({ accountId, sourceId }: ValidationRequest): Promise<Source[]> {
    const all = await this.deps.sources.list(everyAccount('the operator validates what lies in a bucket'));
    const speaking = all.filter(({ id, accountIds }) => accountIds.includes(accountId) && (sourceId ?? id) === id);
    if (speaking.length === 0) {
      throw notFound(
        sourceId === null
          ? `a source that collects account ${accountId}`
          : `a source ${sourceId} that collects account ${accountId}`,
      );
    }
    // A bucket that is listed and has a queue is one bucket.
    return speaking.filter(
      ({ bucketId, prefix }, place) =>
        speaking.findIndex((other) => other.bucketId === bucketId && other.prefix === prefix) === place,
    );
  }

  private async validateSource(
    source: Source,
    request: ValidationRequest,
    summary: ValidationSummary,
    listener: ValidationListener,
    signal: AbortSignal,
  ): Promise<void> {
    const store = this.deps.stores.open(source);
    const [from, to] = [request.from.getTime(), request.to.getTime()];
    // The digest of an hour is named after its end. In a directory its signature is found in the one after that.
    const last = to + (source.type === 'DIRECTORY' ? dayMs : hourMs);
    const chains = await listDigests(store, source, request, { from, to: last }, signal);
    const work = async (chain: (typeof chains)[number]) => {
      const validation = new ChainValidation({ ...this.deps, source, store, chain, summary, listener, signal });
      await validation.run(request);
    };
    await pMap(chains, work, { concurrency: chainsAtOnce });
  }
}
