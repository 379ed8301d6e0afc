import type { Scalar, ValueTest } from '../event-pattern/event-pattern.js';
import { ValueIndex } from '../event-pattern/value-index.js';
import type { Expression, Lead, SlotCondition } from './filter-conditions.js';
import type { MessageSlots } from './message-slots.js';
import { isComparable, numberOf } from './value-check.js';

type Admit = (filters: readonly number[]) => void;

/** Leads from what messages have to the filters that could match them. */
export class FilterLeads {
  /** Filters that any message could match. */
  readonly unconditional: readonly number[];
  readonly #slots: MessageSlots;
  readonly #bySlot: readonly SlotLeads[];
  readonly #byLiteral = new Map<number, number[]>();

  constructor(expressions: readonly Expression[], conditions: readonly SlotCondition[], slots: MessageSlots) {
    const chooser = new LeadChooser(expressions, conditions);
    const unconditional: number[] = [];
    const bySlot = new Map<number, { lead: Lead; filter: number }[]>();
    this.#slots = slots;
    for (const [filter, expression] of expressions.entries()) {
      const leads = chooser.leadsOf(expression);
      if (leads === null) unconditional.push(filter);
      else for (const lead of leads) this.#file(lead, filter, bySlot);
    }
    this.unconditional = unconditional;
    this.#bySlot = [...bySlot].map(([slot, entries]) => new SlotLeads(slot, slots.isMany(slot), entries));
  }

  /** Admits the filters that the message in hand could match, some of them more than once. */
  follow(admit: Admit): void {
    admit(this.unconditional);
    for (const literal of this.#slots.foundLiterals) {
      const filters = this.#byLiteral.get(literal);
      if (filters !== undefined) admit(filters);
    }
    for (const leads of this.#bySlot) leads.follow(this.#slots.read(leads.slot), admit);
  }

  #file(lead: Lead, filter: number, bySlot: Map<number, { lead: Lead; filter: number }[]>): void {
    const literal = this.#slots.literalOf(lead.slot);
    if (literal >= 0) push(this.#byLiteral, literal, filter);
    else push(bySlot, lead.slot, { lead, filter });
  }
}

class SlotLeads {
  readonly slot: number;
  readonly #isMany: boolean;
  readonly #present: number[] = [];
  readonly #index: ValueIndex | null;
  readonly #hasNumbers: boolean;

  constructor(slot: number, isMany: boolean, entries: readonly { readonly lead: Lead; readonly filter: number }[]) {
    this.slot = slot;
    this.#isMany = isMany;
    const filed = new Map<string, { test: ValueTest; ids: number[] }>();
    for (const { lead, filter } of entries) {
      if (lead.kind === 'present') this.#present.push(filter);
      else fileTest(filed, testOf(lead), filter);
    }
    this.#index = filed.size === 0 ? null : new ValueIndex(filed.values());
    this.#hasNumbers = entries.some(({ lead }) => lead.kind === 'equals' && typeof lead.value === 'number');
  }

  follow(value: unknown, admit: Admit): void {
    if (value === undefined) return;
    if (!this.#isMany) this.#followOne(value, admit);
    else for (const one of value as readonly unknown[]) this.#followOne(one, admit);
  }

  #followOne(value: unknown, admit: Admit): void {
    if (typeof value === 'object' && value !== null) return;
    if (this.#present.length > 0) admit(this.#present);
    const index = this.#index;
    if (index === null) return;
    index.find(value as Scalar, admit);
    if (typeof value === 'number') index.find(String(value), admit);
    else if (this.#hasNumbers && isComparable(value)) {
      const number = numberOf(value);
      if (number !== null) index.find(number, admit);
    }
  }
}

/** Chooses, for each filter, by what it is found. */
class LeadChooser {
  readonly #conditions: readonly SlotCondition[];
  /** By condition: how many places of filters have it. */
  readonly #uses: Uint32Array;

  constructor(expressions: readonly Expression[], conditions: readonly SlotCondition[]) {
    this.#conditions = conditions;
    this.#uses = new Uint32Array(conditions.length);
    for (const expression of expressions) this.#count(expression);
  }

  /** One of these must be there; null where there is nothing to be found by. */
  leadsOf(expression: Expression): readonly Lead[] | null {
    return this.#choose(expression)?.leads ?? null;
  }

  #choose(expression: Expression): { leads: readonly Lead[]; cost: number } | null {
    if (typeof expression === 'number') {
      const leads = this.#conditions[expression]?.leads ?? null;
      return leads === null ? null : { leads, cost: this.#costOf(leads, this.#uses[expression] ?? 0) };
    }
    if ('any' in expression) {
      const choices = expression.any.map((one) => this.#choose(one));
      const leads: Lead[] = [];
      let cost = 0;
      for (const choice of choices) {
        if (choice === null) return null;
        leads.push(...choice.leads);
        cost = Math.max(cost, choice.cost);
      }
      return { leads, cost };
    }
    let best: { leads: readonly Lead[]; cost: number } | null = null;
    for (const one of expression.all) {
      const choice = this.#choose(one);
      if (choice !== null && (best === null || choice.cost < best.cost)) best = choice;
    }
    return best;
  }

  /** The more filters share a lead, and the less it asks of a value, the more messages lead to them in vain. */
  #costOf(leads: readonly Lead[], uses: number): number {
    const [lead] = leads;
    if (lead?.kind === 'equals') return uses;
    return lead?.kind === 'wildcard' ? 2 + 2 * uses : 1_000 + uses;
  }

  #count(expression: Expression): void {
    if (typeof expression === 'number') this.#uses[expression] = (this.#uses[expression] ?? 0) + 1;
    else for (const one of 'all' in expression ? expression.all : expression.any) this.#count(one);
  }
}

function testOf(lead: Exclude<Lead, { kind: 'present' }>): ValueTest {
  if (lead.kind === 'equals') return { op: 'equals', value: lead.value };
  const [head = '', tail = ''] = lead.parts;
  if (lead.parts.length === 2 && tail === '') return { op: 'prefix', text: head };
  if (lead.parts.length === 2 && head === '') return { op: 'suffix', text: tail };
  return { op: 'wildcard', parts: lead.parts };
}

function fileTest(filed: Map<string, { test: ValueTest; ids: number[] }>, test: ValueTest, filter: number): void {
  const key = JSON.stringify(test);
  const there = filed.get(key);
  if (there === undefined) filed.set(key, { test, ids: [filter] });
  else if (there.ids.at(-1) !== filter) there.ids.push(filter);
}

function push<K, V>(lists: Map<K, V[]>, key: K, value: V): void {
  const list = lists.get(key);
  if (list === undefined) lists.set(key, [value]);
  else list.push(value);
}
