import { randomUUID } from 'node:crypto';
import { setMaxListeners } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { failpoint } from '../platform/failpoint.js';
import {
  type ClaimedDelivery,
  claimDue,
  secondsUntilDue,
  setAsideOrphans,
  sweepDeliveries,
} from './delivery-claim.store.js';
import type { DeliverySender } from './delivery-sender.js';
import type { DeliveryTelemetry } from './delivery-telemetry.js';
import { HeldLeases, leaseSeconds } from './held-leases.js';
import { judge, type Verdict } from './retry-plan.js';
import { Settlements, type SettlementsDeps } from './settlements.js';

export interface DispatcherDeps extends SettlementsDeps {
  readonly sender: DeliverySender;
  readonly telemetry: DeliveryTelemetry;
  /** Aborts when the process is told to stop: what is held is still sent, and nothing more is taken. */
  readonly stopping: AbortSignal;
  readonly random: () => number;
}

/**
 * Deliveries that one process has in hand at most; half of the places are for targets that did not fail the last time. One
 * target takes 32 at most, so it needs several that are slow to answer to hold up the others.
 */
const places = { all: 256, failing: 128 };
/** What one ordered target is given at once, and for how long at most it goes on with it. */
const orderedRun = { deliveries: 32, seconds: 20 };
/** What is due within this time is waited for; the sweep finds the rest. */
const patienceSeconds = 10;
const blockedSeconds = 0.05;
const mostBlockedSeconds = 1;
const gatheredMs = 5;

/** Takes due deliveries to their targets. One in a process; several processes share the rows. */
export class Dispatcher {
  readonly #inHand = new Set<Promise<void>>();
  #failingInHand = 0;
  readonly #settlements: Settlements;
  readonly #leases: HeldLeases;
  #isWorking = false;
  #isTold = false;
  #wake: () => void = () => undefined;

  constructor(private readonly deps: DispatcherDeps) {
    this.#settlements = new Settlements(deps);
    this.#leases = new HeldLeases(deps.database, deps.log);
  }

  /**
   * Delivers until nothing is due. While it does so, another call only tells it to look again.
   *
   * @param signal aborts when there is no more time: what is being sent is given up, and due again
   */
  async work(signal: AbortSignal): Promise<void> {
    this.#isTold = true;
    this.#wake();
    if (this.#isWorking) return;
    this.#isWorking = true;
    // Each attempt listens to it.
    setMaxListeners(0, signal);
    const onEnd = () => this.#wake();
    const ends = [signal, this.deps.stopping];
    for (const end of ends) end.addEventListener('abort', onEnd);
    try {
      do await this.#deliver(signal);
      while (this.#isTold && !this.#isOver(signal));
    } finally {
      for (const end of ends) end.removeEventListener('abort', onEnd);
      await Promise.all(this.#inHand);
      this.#isWorking = false;
    }
  }

  /** @returns whether anything is due now */
  async sweep(): Promise<boolean> {
    const { database, log, telemetry, onEnded } = this.deps;
    const swept = await database.transaction(async (sql) => {
      const result = await sweepDeliveries(sql);
      await onEnded(sql, result.expired);
      return result;
    });
    if (swept.takenBack > 0)
      log.warn({ deliveries: swept.takenBack }, 'leases of deliveries had ended; they are due again');
    telemetry.expired(swept.expired.length);
    return (await secondsUntilDue(database)) === 0;
  }

  /** Sets aside what waits for targets that are gone. Deleting a target leaves that to it. */
  async setAsideOrphans(): Promise<void> {
    const { database, telemetry, onEnded } = this.deps;
    for (let ended = 1; ended > 0; ) {
      ended = await database.transaction(async (sql) => {
        const orphans = await setAsideOrphans(sql);
        await onEnded(sql, orphans);
        return orphans.length;
      });
      telemetry.expired(ended);
    }
  }

  async #deliver(signal: AbortSignal): Promise<void> {
    let blocked = blockedSeconds;
    while (!this.#isOver(signal)) {
      // While much is being sent, places come free one by one: a few milliseconds later several are taken together.
      if (this.#inHand.size > 0) await delay(gatheredMs);
      this.#isTold = false;
      const taken = await this.#take(signal);
      if (taken > 0) blocked = blockedSeconds;
      if (taken > 0 || this.#isTold) continue;
      const seconds = await secondsUntilDue(this.deps.database);
      if (this.#isTold) continue;
      if (this.#inHand.size === 0 && (seconds === null || seconds > patienceSeconds)) return;
      // Due, and not taken: its target is at its limit, or in the hands of another process for a moment.
      if (seconds === 0) blocked = Math.min(blocked * 2, mostBlockedSeconds);
      await this.#somethingHappens(seconds === 0 ? blocked : (seconds ?? patienceSeconds), signal);
    }
  }

  #isOver(signal: AbortSignal): boolean {
    return signal.aborted || this.deps.stopping.aborted;
  }

  /** Waits to be told, for a place, for the stop, or for the time to pass. */
  async #somethingHappens(seconds: number, signal: AbortSignal): Promise<void> {
    if (this.#isOver(signal)) return;
    let timer: NodeJS.Timeout | undefined;
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
      timer = setTimeout(resolve, Math.min(seconds, patienceSeconds) * 1000);
    });
    clearTimeout(timer);
    this.#wake = () => undefined;
  }

  async #take(signal: AbortSignal): Promise<number> {
    const room = places.all - this.#inHand.size;
    if (room <= 0) return 0;
    const lease = randomUUID();
    const asked = performance.now();
    const failingRoom = Math.max(0, places.failing - this.#failingInHand);
    const options = { lease, leaseSeconds, room, failingRoom, orderedRun: orderedRun.deliveries };
    const claimed = await claimDue(this.deps.database, options);
    failpoint('deliveries.claimed');
    if (claimed.length === 0) return 0;
    this.#leases.add(lease, asked);
    const runs = runsOf(claimed).map((run) => this.#hold(run, this.#send(run, lease, signal)));
    void Promise.all(runs).finally(() => this.#leases.release(lease));
    return claimed.length;
  }

  #hold(run: readonly ClaimedDelivery[], sending: Promise<void>): Promise<void> {
    const failing = run.filter(({ isFailing }) => isFailing).length;
    this.#failingInHand += failing;
    const held = sending.finally(() => {
      this.#inHand.delete(held);
      this.#failingInHand -= failing;
      this.#isTold = true;
      this.#wake();
    });
    this.#inHand.add(held);
    return held;
  }

  /** Sends deliveries of one target one after the other; one that must be tried again holds up those behind it. */
  async #send(run: readonly ClaimedDelivery[], lease: string, signal: AbortSignal): Promise<void> {
    const started = performance.now();
    const written: Promise<boolean>[] = [];
    let isHeldUp = false;
    for (const delivery of run) {
      const isLate = (performance.now() - started) / 1000 > orderedRun.seconds || !this.#leases.isHeld(lease);
      const isOver: boolean = isHeldUp || isLate || signal.aborted;
      const verdict: Verdict | null = isOver ? null : await this.#attempt(delivery, signal);
      const isWritten = this.#settlements.write({ id: delivery.id, lease, targetId: delivery.targetId, verdict });
      written.push(isWritten);
      // The next in order is sent once it is known that this one will not be sent again.
      const isDone: boolean =
        verdict !== null && verdict.state !== 'PENDING' && (run.length === 1 || (await isWritten));
      isHeldUp ||= !isDone;
    }
    await Promise.all(written);
  }

  async #attempt(delivery: ClaimedDelivery, signal: AbortSignal): Promise<Verdict | null> {
    const { sender, telemetry, log, random } = this.deps;
    const started = performance.now();
    const outcome = await sender.send(delivery, signal);
    failpoint('deliveries.sent');
    if (signal.aborted && !outcome.delivered) return null;
    const verdict = judge(outcome, delivery.attempts + 1, delivery.secondsLeft, random());
    telemetry.attempted(delivery.targetType, verdict.state, (performance.now() - started) / 1000);
    if (verdict.state === 'FAILED') {
      const fields = { delivery: delivery.id, target: delivery.targetName, reason: verdict.error };
      log.warn(fields, 'a delivery failed for good; it is kept and can be redriven');
    }
    return verdict;
  }
}

/** Deliveries of an ordered target together, any other by itself. */
function runsOf(claimed: readonly ClaimedDelivery[]): ClaimedDelivery[][] {
  const ordered = new Map<string, ClaimedDelivery[]>();
  const runs: ClaimedDelivery[][] = [];
  for (const delivery of claimed) {
    const run = delivery.isOrdered ? ordered.get(delivery.targetId) : undefined;
    if (run) {
      run.push(delivery);
      continue;
    }
    const begun = [delivery];
    runs.push(begun);
    if (delivery.isOrdered) ordered.set(delivery.targetId, begun);
  }
  return runs;
}
