import { setTimeout as delay } from 'node:timers/promises';
import type { Database, Sql } from '../platform/database/database.js';
import { failureFields, type Logger } from '../platform/log.js';
import type { EndedDelivery } from './delivery-claim.store.js';
import { experienceOf, type Settlement, writeExperience, writeSettlements } from './delivery-outcome.store.js';

export interface SettlementsDeps {
  readonly database: Database;
  readonly log: Logger;
  /** Told of deliveries that came to their end, in the transaction that writes it down. */
  readonly onEnded: (sql: Sql, ended: readonly EndedDelivery[]) => Promise<void>;
}

/** A database that does not answer for a moment must not have delivered messages sent again. */
const pausesMs = [100, 400, 1000, 2000, 4000];

/** Writes down what became of deliveries. What comes while others are written goes with the next: a statement for many. */
export class Settlements {
  #waiting: { readonly settlement: Settlement; readonly resolve: (isWritten: boolean) => void }[] = [];
  #writing: Promise<void> | null = null;

  constructor(private readonly deps: SettlementsDeps) {}

  /** Resolves when it is written, or given up: then what was delivered is due again when its lease ends. */
  write(settlement: Settlement): Promise<boolean> {
    const written = new Promise<boolean>((resolve) => this.#waiting.push({ settlement, resolve }));
    this.#writing ??= this.#writeAll().finally(() => {
      this.#writing = null;
    });
    return written;
  }

  async #writeAll(): Promise<void> {
    // What ends in this turn of the event loop goes along.
    await Promise.resolve();
    while (this.#waiting.length > 0) {
      const taken = this.#waiting;
      this.#waiting = [];
      const isWritten = await this.#writeSome(taken.map(({ settlement }) => settlement));
      for (const { resolve } of taken) resolve(isWritten);
    }
  }

  async #writeSome(settlements: readonly Settlement[]): Promise<boolean> {
    const { database, onEnded, log } = this.deps;
    for (let tries = 0; ; tries++) {
      try {
        await database.transaction(async (sql) => {
          const ended = await writeSettlements(sql, settlements);
          await onEnded(sql, ended);
          await writeExperience(sql, experienceOf(settlements));
        });
        return true;
      } catch (error) {
        const fields = { ...failureFields(error), deliveries: settlements.length };
        const pause = pausesMs[tries];
        if (pause === undefined) {
          log.error(fields, 'outcomes could not be written down; the deliveries are repeated');
          return false;
        }
        log.warn(fields, 'outcomes could not be written down yet');
        await delay(pause);
      }
    }
  }
}
