import { CrosstrailError, storedReason } from '../platform/errors.js';
import type { Logger } from '../platform/log.js';
import { blameOf } from './failure-blame.js';
import { Grant } from './found-file.js';
import type { PassResult } from './listing.port.js';
import type { ListOptions, ListPage, ObjectStore } from './object-store.port.js';
import type { SourceObjectStores } from './object-stores/object-stores.js';
import type { Source } from './source.entity.js';

const concurrency = 8;
/** Accounts in a row that S3 pushed back, or did not answer for. */
const failuresToEnd = 8;

/** One look through a bucket: what it costs and what it finds, and whose folders failed. */
export class S3Pass {
  readonly grant: Grant;
  readonly result: PassResult = { lists: 0, found: 0, added: 0, changed: 0, digests: 0, accounts: new Map() };
  private readonly objects: ObjectStore;
  private failuresInRow = 0;

  constructor(
    private readonly deps: { readonly stores: Pick<SourceObjectStores, 'open'>; readonly log: Logger },
    readonly source: Source,
    readonly now: Date,
    readonly signal: AbortSignal,
  ) {
    this.grant = new Grant(source);
    this.objects = deps.stores.open(source);
  }

  async *pages(options: Omit<ListOptions, 'signal'>): AsyncGenerator<ListPage> {
    for await (const page of this.objects.list({ ...options, signal: this.signal })) {
      this.result.lists += 1;
      yield page;
    }
  }

  /** The folders right below a prefix, which ends with a slash. */
  async folders(prefix: string): Promise<string[]> {
    const found: string[] = [];
    for await (const page of this.pages({ prefix, delimiter: '/' })) found.push(...page.prefixes);
    return found;
  }

  /** False when it failed for this account. What would fail for every account is thrown. */
  async tryAccount(accountId: string, work: () => Promise<void>): Promise<boolean> {
    const { accounts } = this.result;
    // Its other folders would most likely fail as well: the next pass tries again.
    if (typeof accounts.get(accountId) === 'string') return false;
    try {
      await work();
      this.failuresInRow = 0;
      if (!accounts.has(accountId)) accounts.set(accountId, null);
      return true;
    } catch (error) {
      if (this.signal.aborted || !(error instanceof CrosstrailError) || this.isForAll(error)) throw error;
      this.deps.log.warn({ err: error, sourceId: this.source.id, accountId }, 'an account could not be listed');
      accounts.set(accountId, storedReason(error));
      return false;
    }
  }

  /**
   * Whether the other accounts would fail as well. One that is not answered in time may be one of a thousand: after some
   * in a row the pass ends, which would else wait a minute for each of them.
   */
  private isForAll(error: CrosstrailError): boolean {
    if (isSurelyForAll(error)) return true;
    if (blameOf(error) === 'source') this.failuresInRow += 1;
    return this.failuresInRow >= failuresToEnd;
  }

  /** Runs `work` over the items, eight at a time; the first error that is thrown ends it. */
  async each<T>(items: readonly T[], work: (item: T) => Promise<unknown>): Promise<void> {
    let next = 0;
    let failed = false;
    const lane = async () => {
      while (next < items.length && !failed) {
        this.signal.throwIfAborted();
        const item = items[next++] as T;
        await work(item).catch((error: unknown) => {
          failed = true;
          throw error;
        });
      }
    };
    await Promise.all(Array.from({ length: Math.min(concurrency, items.length) }, lane));
  }
}

/** The role, the bucket or the network fails: the next account would fare no better. */
function isSurelyForAll({ details }: CrosstrailError): boolean {
  return (
    details.call === 'sts:AssumeRole' ||
    /^(NoSuchBucket|CredentialsProviderError|ECONNREFUSED|ENOTFOUND)$/.test(String(details.awsCode))
  );
}
