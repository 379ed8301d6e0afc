import { ConditionTable, type Expression, type SlotCondition } from './filter-conditions.js';
import { FilterLeads } from './filter-leads.js';
import type { FilterPattern } from './filter-pattern.js';
import type { LogMessage } from './log-message.js';
import { MessageSlots } from './message-slots.js';

interface FilterWork {
  /** Filters that a message led to, so that they were judged. */
  candidates: number;
  /** Conditions that were looked into; what several filters ask of a message is asked once. */
  checks: number;
}

/**
 * Many filter patterns in one structure. The cost of a message grows with the places that filters look at and with the
 * filters that nearly match, hardly with their number: each is found by a value or a text without which it cannot match.
 *
 * It holds on to the last message until the next. Not for use by several threads at a time.
 */
export class FilterMatcher<T> {
  readonly #values: readonly T[];
  readonly #slots = new MessageSlots();
  readonly #expressions: readonly Expression[];
  readonly #conditions: readonly SlotCondition[];
  readonly #leads: FilterLeads;
  readonly #work: FilterWork = { candidates: 0, checks: 0 };

  #epoch = 0;
  /** By condition: the message that the verdict is about. */
  readonly #verdictEpochs: Uint32Array;
  readonly #verdicts: Uint8Array;
  /** By filter: the last message that it was a candidate for. */
  readonly #candidateEpochs: Uint32Array;
  readonly #candidates: number[] = [];

  constructor(filters: readonly { readonly pattern: FilterPattern; readonly value: T }[]) {
    const table = new ConditionTable(this.#slots);
    this.#values = filters.map(({ value }) => value);
    const expressions = filters.map(({ pattern }) => table.add(pattern));
    this.#leads = new FilterLeads(expressions, table.conditions, this.#slots);
    for (const filter of this.#leads.unconditional) {
      // Without a lead, nothing else says that the message is JSON: a missing field may be all that is asked.
      if (filters[filter]?.pattern.kind !== 'json') continue;
      expressions[filter] = { all: [table.addIsJson(), expressions[filter] as Expression] };
    }
    this.#slots.finish();
    this.#expressions = expressions;
    this.#conditions = table.conditions;
    this.#verdictEpochs = new Uint32Array(table.conditions.length);
    this.#verdicts = new Uint8Array(table.conditions.length);
    this.#candidateEpochs = new Uint32Array(filters.length);
  }

  /** What all messages so far have cost. */
  get work(): Readonly<FilterWork> {
    return this.#work;
  }

  /** The values of the filters that the message matches, in the order given. */
  match(message: LogMessage): T[] {
    this.#begin();
    this.#slots.begin(message);
    this.#leads.follow(this.#admit);
    this.#work.candidates += this.#candidates.length;
    const matched: number[] = [];
    for (const filter of this.#candidates) {
      if (this.#holds(this.#expressions[filter] as Expression)) matched.push(filter);
    }
    if (matched.length > 1) matched.sort((a, b) => a - b);
    return matched.map((filter) => this.#values[filter] as T);
  }

  #begin(): void {
    this.#candidates.length = 0;
    this.#epoch = (this.#epoch + 1) >>> 0;
    if (this.#epoch !== 0) return;
    for (const epochs of [this.#verdictEpochs, this.#candidateEpochs]) epochs.fill(0);
    this.#epoch = 1;
  }

  readonly #admit = (filters: readonly number[]): void => {
    for (const filter of filters) {
      if (this.#candidateEpochs[filter] === this.#epoch) continue;
      this.#candidateEpochs[filter] = this.#epoch;
      this.#candidates.push(filter);
    }
  };

  #holds(expression: Expression): boolean {
    if (typeof expression === 'number') return this.#verdictOf(expression);
    if ('all' in expression) {
      for (const one of expression.all) if (!this.#holds(one)) return false;
      return true;
    }
    for (const one of expression.any) if (this.#holds(one)) return true;
    return false;
  }

  #verdictOf(condition: number): boolean {
    if (this.#verdictEpochs[condition] === this.#epoch) return this.#verdicts[condition] === 1;
    const found = this.#judge(this.#conditions[condition] as SlotCondition);
    this.#verdictEpochs[condition] = this.#epoch;
    this.#verdicts[condition] = found ? 1 : 0;
    this.#work.checks++;
    return found;
  }

  #judge({ slot, check, isAbsence }: SlotCondition): boolean {
    const value = this.#slots.read(slot);
    if (!this.#slots.isMany(slot)) return isAbsence ? value === undefined : check(value);
    const values = value as readonly unknown[];
    return isAbsence ? values.length === 0 : values.some(check);
  }
}
