import { everyAccount } from '../access/scope.js';
import type { NotifiedObject } from '../formats/notifications/notified-object.js';
import { parseNotification } from '../formats/notifications/parse-notification.js';
import type { Database } from '../platform/database/database.js';
import { failureFields, type Logger } from '../platform/log.js';
import type { DigestLedger } from './digest-ledger.port.js';
import type { LedgerService } from './ledger.service.js';
import * as store from './notification.store.js';
import type { QueueMessage } from './notification-queue.port.js';
import { Collected, isLogOrDigest } from './notified-objects.js';
import type { SourceObjectStores } from './object-stores/object-stores.js';
import type { SetAsideNotification } from './set-aside-notification.entity.js';
import type { Source } from './source.entity.js';
import type { SourceService } from './source.service.js';

export interface NotificationsDeps {
  readonly database: Database;
  readonly sources: SourceService;
  readonly ledger: LedgerService;
  readonly digests: DigestLedger;
  readonly stores: Pick<SourceObjectStores, 'open'>;
  readonly log: Logger;
  /** Files became due: wake ingest. */
  readonly onFilesDue: () => Promise<void>;
}

/** What became of messages. */
export interface Taken {
  /** Those that are written down and may be deleted. */
  readonly done: readonly QueueMessage[];
  /** Objects that are collected, known ones included, and objects that are not. */
  readonly objects: { readonly collected: number; readonly ignored: number };
  readonly setAside: number;
}

interface Assigned {
  readonly by: readonly Collected[];
  readonly ignored: number;
}

const scope = everyAccount('notifications are collected for all');
/** The column has room for 256 KB. */
const maxBodyBytes = 256 * 1024;
/** New accounts of one batch whose first object is looked for; others are found by the next listing. */
const maxProofs = 20;
const proofTimeoutMs = 20_000;

/** Writes down what messages of a queue tell of. A message that comes again changes nothing. */
export class NotificationsService {
  constructor(private readonly deps: NotificationsDeps) {}

  /**
   * Takes messages that the queue of a source gave. Only those in `done` may be deleted: what they said is committed.
   * One message that cannot be written does not keep the others.
   *
   * @throws Error when none could be written
   */
  async take(sourceId: string, messages: readonly QueueMessage[]): Promise<Taken> {
    const nothing = { done: [], objects: { collected: 0, ignored: 0 }, setAside: 0 };
    const source = await this.deps.sources.find(scope, sourceId);
    if (source === null || messages.length === 0) return nothing;
    try {
      return await this.write(source, messages);
    } catch (error) {
      if (messages.length === 1) return this.refuse(source, messages, error);
      this.deps.log.warn(
        { ...failureFields(error), sourceId },
        'notifications not written together; each is tried alone',
      );
    }
    return this.takeEach(source, messages);
  }

  /** Reads messages again that were set aside. @returns how many are understood now */
  async reread(source: Source, messages: readonly SetAsideNotification[]): Promise<number> {
    const read = messages.map(({ id, body }) => ({ id, ...parseNotification(body) }));
    const reread = read.map(({ id, problem }) => ({ id, reason: problem }));
    const objects = read.flatMap((message) => message.objects);
    await this.collect(source, objects, (sql, ignored) => store.recordReread(sql, source.id, reread, ignored));
    return reread.filter(({ reason }) => reason === null).length;
  }

  /** Says whether the queue of a source answers: why not, or null where it does. */
  async recordPoll(sourceId: string, error: string | null): Promise<void> {
    await store.recordPoll(this.deps.database, sourceId, error);
  }

  private async takeEach(source: Source, messages: readonly QueueMessage[]): Promise<Taken> {
    const total = { done: [] as QueueMessage[], objects: { collected: 0, ignored: 0 }, setAside: 0 };
    let failure: unknown;
    for (const message of messages) {
      try {
        const { done, objects, setAside } = await this.take(source.id, [message]);
        total.done.push(...done);
        total.objects.collected += objects.collected;
        total.objects.ignored += objects.ignored;
        total.setAside += setAside;
      } catch (error) {
        failure = error;
      }
    }
    if (total.done.length === 0 && failure !== undefined) throw failure;
    return total;
  }

  private async write(source: Source, messages: readonly QueueMessage[]): Promise<Taken> {
    const read = messages.map((message) => ({ message, ...parseNotification(message.body) }));
    const setAside = read.flatMap(({ message, problem }) => (problem === null ? [] : [setAsideOf(message, problem)]));
    const objects = read.flatMap((message) => message.objects);
    const ignored = await this.collect(source, objects, (sql, objectsIgnored) =>
      store.recordReceived(sql, source.id, { received: messages.length, objectsIgnored, setAside }),
    );
    const collected = objects.length - ignored;
    return { done: messages, objects: { collected, ignored }, setAside: setAside.length };
  }

  /** A message whose content the database refuses is refused for good: it is set aside. Others are for another try. */
  private async refuse(source: Source, messages: readonly QueueMessage[], error: unknown): Promise<Taken> {
    if (!isDataError(error)) throw error;
    this.deps.log.warn(
      { ...failureFields(error), sourceId: source.id },
      'a notification cannot be stored; it is set aside',
    );
    const setAside = messages.map((message) => setAsideOf(message, 'what it says cannot be stored'));
    const received = { received: messages.length, objectsIgnored: 0, setAside };
    await store.recordReceived(this.deps.database, source.id, received);
    return { done: messages, objects: { collected: 0, ignored: 0 }, setAside: setAside.length };
  }

  /**
   * Writes objects to the ledgers of those who collect them, and what is to be told of the receiving source, in one
   * transaction. Sources are locked in the order of their ids: two batches cannot wait for each other.
   *
   * @returns how many objects nobody collects
   */
  private async collect(
    source: Source,
    objects: readonly NotifiedObject[],
    record: (sql: Parameters<LedgerService['write']>[0], ignored: number) => Promise<void>,
  ): Promise<number> {
    const { by, ignored } = await this.assign(source, objects);
    // Its own ledger, and not in the transaction: a message that comes again changes nothing there either.
    for (const { source, digests } of by) if (digests.length > 0) await this.deps.digests.discovered(source, digests);
    const due = await this.deps.database.transaction(async (sql) => {
      let due = 0;
      for (const { source: owner, files } of by) {
        const { added, changed } = await this.deps.ledger.write(sql, owner, files);
        due += added + changed;
        if (owner.id === source.id) await record(sql, ignored);
      }
      return due;
    });
    if (due > 0) await this.deps.onFilesDue();
    return ignored;
  }

  /**
   * Finds out which source collects what. A queue may serve several buckets: what is not the receiving source's goes to
   * the others that are told by the same queue.
   */
  private async assign(source: Source, objects: readonly NotifiedObject[]): Promise<Assigned> {
    const own = new Collected(source);
    const by = [own];
    const foreign = own.take(objects);
    let left = foreign.filter(isLogOrDigest);
    if (left.length > 0) {
      for (const other of await this.deps.sources.toldBy(scope, source)) by.push(new Collected(other));
      for (const other of by.slice(1)) left = other.take(left);
      for (const candidate of by) left = await this.discover(candidate, left);
    }
    by.sort((a, b) => (a.source.id < b.source.id ? -1 : 1));
    return { by, ignored: foreign.filter((object) => !isLogOrDigest(object)).length + left.length };
  }

  /**
   * Takes objects of accounts that are new to a source that discovers accounts. Anyone who may send to the queue can
   * name an account: it is one of the bucket's only when its file is there.
   */
  private async discover(candidate: Collected, objects: readonly NotifiedObject[]): Promise<NotifiedObject[]> {
    const { source } = candidate;
    const strangers = source.discoverAccounts ? [...candidate.strangers(objects)].slice(0, maxProofs) : [];
    if (strangers.length === 0) return [...objects];
    const signal = AbortSignal.timeout(proofTimeoutMs);
    const proven: string[] = [];
    for (const [accountId, key] of strangers) if (await this.isThere(source, key, signal)) proven.push(accountId);
    candidate.add(await this.deps.sources.discovered(source, proven));
    return candidate.take(objects);
  }

  private async isThere(source: Source, key: string, signal: AbortSignal): Promise<boolean> {
    try {
      const { body } = await this.deps.stores.open(source).open(key, signal);
      // Reads the first bytes and lets the rest go.
      for await (const _ of body) break;
      return true;
    } catch (error) {
      this.deps.log.debug(
        { ...failureFields(error), sourceId: source.id, key },
        'the file of a new account is not there',
      );
      return false;
    }
  }
}

function setAsideOf({ id, body }: QueueMessage, reason: string): store.SetAside {
  // Postgres stores no U+0000, and a character that is cut in two at the end decodes to U+FFFD, which is dropped.
  const bytes = Buffer.from(body.replaceAll('\0', ''));
  const cut = bytes.length > maxBodyBytes;
  const kept = cut
    ? bytes
        .subarray(0, maxBodyBytes)
        .toString()
        .replace(/\ufffd$/, '')
    : bytes.toString();
  return { messageId: id, reason, body: kept };
}

/** Classes 22 (data exception) and 54 (program limit exceeded) of PostgreSQL's error codes. */
function isDataError(error: unknown): boolean {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === 'string' && /^(22|54)[0-9A-Z]{3}$/.test(code);
}
