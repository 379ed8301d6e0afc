import type { Random } from '../../src/lib/random.js';
import { Gate } from './collector.js';

/** Stores a batch; it waits at `hold` before it takes its position, and at `beforeCommit` once it has it. */
export type Store = (hooks: { hold: () => Promise<void>; beforeCommit: () => Promise<void> }) => Promise<unknown>;

interface Writer {
  readonly batch: number;
  phase: 'writing' | 'holding' | 'waiting' | 'placed' | 'committing';
  readonly mayPlace: Gate;
  readonly mayCommit: Gate;
}

/**
 * Writers that hold their transactions open for as long as chance will have it, counted in steps of the others: a seed
 * gives the same order of begins and commits on a slow machine as on a fast one.
 */
export class HeldWriters {
  readonly #open = new Set<Writer>();
  readonly #left: number[];
  #changed = new Gate();
  /** Batches that are committed. */
  done = 0;
  /** Times that a transaction was lost, and its batch stored again. */
  lost = 0;

  constructor(
    private readonly random: Random,
    private readonly store: (batch: number) => Store,
    batches: number,
    private readonly atOnce: number,
  ) {
    this.#left = Array.from({ length: batches }, (_, batch) => batch).reverse();
  }

  get isDone(): boolean {
    return this.#left.length === 0 && this.#open.size === 0;
  }

  /** Lets one of the writers go on, or begins another, and waits until nothing moves any more by itself. */
  async step(): Promise<void> {
    const open = [...this.#open];
    const steps = [
      ...open.filter(({ phase }) => phase === 'holding').map((writer) => () => this.#place(writer)),
      ...open.filter(({ phase }) => phase === 'placed').map((writer) => () => this.#commit(writer)),
      ...(this.#left.length > 0 && open.length < this.atOnce ? [() => this.#begin()] : []),
    ];
    steps[this.random.below(steps.length)]?.();
    while (this.#isMoving()) await this.#changed.opened;
  }

  /** Lets all go on, and waits until none is left: as when their server crashes. */
  async release(): Promise<void> {
    while (this.#open.size > 0) {
      const changed = this.#changed.opened;
      for (const { mayPlace, mayCommit } of this.#open) {
        mayPlace.open();
        mayCommit.open();
      }
      await changed;
    }
  }

  /** One that waits for the position of another does not move until that one has committed. */
  #isMoving(): boolean {
    const phases = new Set([...this.#open].map(({ phase }) => phase));
    return phases.has('writing') || phases.has('committing') || (phases.has('waiting') && !phases.has('placed'));
  }

  #commit(writer: Writer): void {
    this.#move(writer, 'committing');
    writer.mayCommit.open();
  }

  #place(writer: Writer): void {
    this.#move(writer, 'waiting');
    writer.mayPlace.open();
  }

  #begin(): void {
    const batch = this.#left.pop() as number;
    const writer: Writer = { batch, phase: 'writing', mayPlace: new Gate(), mayCommit: new Gate() };
    this.#open.add(writer);
    const hold = () => {
      this.#move(writer, 'holding');
      return writer.mayPlace.opened;
    };
    const beforeCommit = () => {
      this.#move(writer, 'placed');
      return writer.mayCommit.opened;
    };
    this.store(batch)({ hold, beforeCommit }).then(
      () => {
        this.done += 1;
        this.#end(writer);
      },
      () => {
        // It may have been committed all the same: stored again, its events are duplicates then.
        this.lost += 1;
        this.#left.push(batch);
        this.#end(writer);
      },
    );
  }

  #end(writer: Writer): void {
    this.#open.delete(writer);
    this.#tell();
  }

  #move(writer: Writer, phase: Writer['phase']): void {
    writer.phase = phase;
    this.#tell();
  }

  #tell(): void {
    const changed = this.#changed;
    this.#changed = new Gate();
    changed.open();
  }
}
