import type { Database } from '../platform/database/database.js';
import { failpoint } from '../platform/failpoint.js';
import { failureFields, type Logger } from '../platform/log.js';
import { AlarmPass, type AlarmPassDeps } from './alarm-pass.service.js';
import { postponeAlarm } from './alarm-pass.store.js';
import { BandCache } from './band-cache.service.js';
import { Definitions } from './definitions.service.js';

export interface AlarmEvaluatorDeps extends Omit<AlarmPassDeps, 'definitions' | 'bands'> {
  readonly database: Database;
  readonly log: Logger;
  readonly now: () => Date;
  /** Called after a commit that left something to deliver. */
  readonly onDeliveries: () => Promise<void>;
  /** Called after a commit that told of changes. */
  readonly onChanges: () => Promise<void>;
}

/** Alarms that are judged in one transaction. */
const mostAtOnce = 10_000;

/**
 * Judges alarms when their time has come, or when data of their metrics came. Any number of processes share the work: each
 * alarm is in one hand. What is known is in the database alone, so whichever is killed, nothing is lost and nothing told
 * twice.
 */
export class AlarmEvaluator {
  readonly #parts: Pick<AlarmPassDeps, 'definitions' | 'bands'>;
  #running: Promise<void> | null = null;
  #isAskedAgain = false;
  /** The last alarm that could not be judged although it was alone. */
  #failedAlone: string | null = null;
  #isStopped = false;

  constructor(private readonly deps: AlarmEvaluatorDeps) {
    this.#parts = { definitions: new Definitions(deps.log), bands: new BandCache() };
  }

  /** Judges until nothing is due. Whoever asks while that is done waits for what is due then as well. */
  work(signal?: AbortSignal): Promise<void> {
    if (this.#isStopped) return Promise.resolve();
    this.#isAskedAgain = true;
    this.#running ??= this.#run(signal).finally(() => {
      this.#running = null;
    });
    return this.#running;
  }

  /** Takes nothing more in hand, and waits for what is. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    await this.#running?.catch(() => undefined);
  }

  async #run(signal: AbortSignal | undefined): Promise<void> {
    const isStopped = () => this.#isStopped || signal?.aborted === true;
    while (this.#isAskedAgain && !isStopped()) {
      this.#isAskedAgain = false;
      let most = mostAtOnce;
      while (!isStopped()) {
        const done = await this.#pass(most);
        if (done === 'all') break;
        // One that fails must not keep the others from being judged: it is found by taking fewer.
        most = done === 'failed' ? Math.max(1, Math.floor(most / 16)) : Math.min(mostAtOnce, most * 4);
      }
    }
  }

  /** @returns whether all that was due is judged */
  async #pass(most: number): Promise<'all' | 'some' | 'failed'> {
    const { database, log, now } = this.deps;
    const pass = new AlarmPass({ ...this.deps, ...this.#parts });
    try {
      const done = await database.transaction(async (sql) => {
        const judged = await pass.run(sql, now(), most);
        if (judged.changes > 0) failpoint('alarms.before-commit');
        return judged;
      });
      if (done.changes > 0) failpoint('alarms.after-commit');
      if (done.changes > 0) await this.deps.onChanges();
      if (done.deliveries > 0) await this.deps.onDeliveries();
      return done.hasMore ? 'some' : 'all';
    } catch (error) {
      const [only] = pass.claimed;
      // The database, or what all of them share.
      if (only === undefined) throw error;
      log.warn({ ...failureFields(error), alarms: pass.claimed.length }, 'alarms could not be judged');
      if (pass.claimed.length > 1) return 'failed';
      // It may have been the connection: only what fails again has to do with the alarm.
      if (this.#failedAlone !== only) {
        this.#failedAlone = only;
        return 'failed';
      }
      this.#failedAlone = null;
      log.error(
        { ...failureFields(error), alarmId: only },
        'an alarm could not be judged; it is tried again in a minute',
      );
      await postponeAlarm(database, only, new Date(now().getTime() + 60_000));
      return 'some';
    }
  }
}
