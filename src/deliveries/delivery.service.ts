import type { AuditLog } from '../access/audit.service.js';
import type { Caller } from '../access/context.js';
import type { AccountScope } from '../access/scope.js';
import type { CursorCodec } from '../lib/cursor.js';
import { dayMs } from '../lib/time.js';
import { advisoryLocks, lock } from '../platform/database/advisory-lock.js';
import type { Database } from '../platform/database/database.js';
import { badInput, conflict, notFound } from '../platform/errors.js';
import { type Connection, decodeCursor, pageOf, pageSize } from '../platform/graphql/connection.js';
import { timeRange } from '../platform/graphql/time-range.js';
import type { Delivery } from './delivery.entity.js';
import type { DeliveriesArgs, DeliveryFilter, RedriveDeliveriesPayload } from './delivery.inputs.js';
import * as store from './delivery.store.js';

export interface DeliveryServiceDeps {
  readonly database: Database;
  readonly audit: AuditLog;
  readonly cursors: CursorCodec;
  /** How long deliveries are kept that have ended. */
  readonly keptDays: number;
  readonly now: () => Date;
  /** Called after a commit that left something to deliver. */
  readonly onDue: () => Promise<void>;
}

const cursorKind = 'deliveries';
const redrivenAtOnce = 10_000;
const forgottenAtOnce = 5000;
const maxSearchLength = 256;
const maxId = 2n ** 63n - 1n;

/** Deliveries as operators see them. */
export class DeliveryService {
  constructor(private readonly deps: DeliveryServiceDeps) {}

  async find(scope: AccountScope, id: string): Promise<Delivery | null> {
    return isId(id) ? store.findDelivery(this.deps.database, scope, id) : null;
  }

  async list(scope: AccountScope, args: DeliveriesArgs): Promise<Connection<Delivery>> {
    const { database, cursors } = this.deps;
    const first = pageSize(args.first);
    const after = decodeCursor(cursors, cursorKind, args.after);
    const query = queryOf(scope, args.filter ?? {});
    return pageOf({
      rows: await store.listDeliveries(database.reads, query, after && String(after[0]), first + 1),
      first,
      after: after !== null,
      cursorOf: ({ id }) => cursors.encode(cursorKind, [id]),
      totalCount: () => store.countDeliveries(database.reads, query),
    });
  }

  /** What is sent, in the order of the ids. */
  async bodies(ids: readonly string[]): Promise<(string | null)[]> {
    const bodies = await store.readBodies(this.deps.database, ids);
    return ids.map((id) => bodies.get(id) ?? null);
  }

  /** @throws CONFLICT for one that is no dead letter, or whose target is gone */
  async redrive(caller: Caller, id: string): Promise<Delivery> {
    const found = await this.find(caller.accounts, id);
    if (found === null) throw notFound(`delivery ${id}`);
    const redriven = await this.#redrive(caller, {}, id);
    const delivery = await this.find(caller.accounts, id);
    if (delivery === null) throw notFound(`delivery ${id}`);
    if (redriven > 0) return delivery;
    const [body] = await this.bodies([id]);
    const why =
      found.state !== 'FAILED'
        ? `it is ${found.state}`
        : body === null
          ? 'there is nothing to send'
          : 'its target was deleted';
    throw conflict(`delivery ${id} cannot be redriven: ${why}`);
  }

  /** Dead letters alone: what else a filter finds is left as it is. */
  async redriveAll(caller: Caller, filter: DeliveryFilter): Promise<RedriveDeliveriesPayload> {
    const redriven = await this.#redrive(caller, filter, null);
    return { redriven: Math.min(redriven, redrivenAtOnce), hasMore: redriven === redrivenAtOnce };
  }

  /** @returns how many deliveries were forgotten */
  async forget(signal: AbortSignal): Promise<number> {
    const before = new Date(this.deps.now().getTime() - this.deps.keptDays * dayMs);
    let total = 0;
    while (!signal.aborted) {
      const gone = await store.forgetDeliveries(this.deps.database, before, forgottenAtOnce);
      total += gone;
      if (gone < forgottenAtOnce) break;
    }
    return total;
  }

  async #redrive(caller: Caller, filter: DeliveryFilter, id: string | null): Promise<number> {
    const query = queryOf(caller.accounts, filter);
    const redriven = await this.deps.database.transaction(async (sql) => {
      // Looked for before the lock on all orders is taken, which everyone who delivers in order waits for.
      await sql.query(`SET LOCAL statement_timeout = '30s'`);
      const found = await store.lockDeadLetters(sql, query, id, redrivenAtOnce);
      // At targets that keep an order they get new places.
      if (found.some(({ isOrdered }) => isOrdered)) await lock(sql, advisoryLocks.deliveryOrder);
      const ids = found.map((letter) => letter.id);
      await store.redrive(sql, ids);
      if (ids.length === 0) return 0;
      const entry = { action: id === null ? 'redriveDeliveries' : 'redriveDelivery', target: id ?? '' };
      const { accountIds } = caller.accounts;
      await this.deps.audit.record(caller, { ...entry, accountIds, details: { filter, redriven: ids.length } }, sql);
      return ids.length;
    });
    if (redriven > 0) await this.deps.onDue();
    return redriven;
  }
}

function queryOf(scope: AccountScope, filter: DeliveryFilter): store.DeliveryQuery {
  const { search } = filter;
  if (typeof search === 'string' && (search.trim() === '' || search.length > maxSearchLength)) {
    throw badInput('filter.search', `must be 1 to ${maxSearchLength} characters, and not all blanks`);
  }
  return { scope, filter, createdAt: timeRange('filter.createdAt', filter.createdAt) };
}

function isId(id: string): boolean {
  return /^[1-9][0-9]{0,18}$/.test(id) && BigInt(id) <= maxId;
}
