import type { Database } from '../platform/database/database.js';
import { failureFields, type Logger } from '../platform/log.js';
import { extendLeases } from './delivery-claim.store.js';

/** What a process holds is extended while it lives, and due again this long after it died. */
export const leaseSeconds = 15;
const extendedEveryMs = 4000;
/** Before the end of a lease nothing new is begun under it. */
const marginMs = 3000;

/** Leases under which this process holds deliveries. It reckons with its own clock from before each claim or extension. */
export class HeldLeases {
  readonly #until = new Map<string, number>();
  #extending: NodeJS.Timeout | undefined;

  constructor(
    private readonly database: Database,
    private readonly log: Logger,
  ) {}

  /** @param asked `performance.now()` from before it was claimed */
  add(lease: string, asked: number): void {
    this.#until.set(lease, asked + leaseSeconds * 1000);
    this.#extending ??= setInterval(() => void this.#extend(), extendedEveryMs);
  }

  release(lease: string): void {
    this.#until.delete(lease);
    if (this.#until.size > 0) return;
    clearInterval(this.#extending);
    this.#extending = undefined;
  }

  /** Whether something may be begun under it: others may have taken over what it held otherwise. */
  isHeld(lease: string): boolean {
    return performance.now() < (this.#until.get(lease) ?? 0) - marginMs;
  }

  async #extend(): Promise<void> {
    const asked = performance.now();
    try {
      const held = await extendLeases(this.database, [...this.#until.keys()], leaseSeconds);
      for (const lease of held) if (this.#until.has(lease)) this.#until.set(lease, asked + leaseSeconds * 1000);
    } catch (error) {
      this.log.warn(failureFields(error), 'leases of deliveries not extended');
    }
  }
}
