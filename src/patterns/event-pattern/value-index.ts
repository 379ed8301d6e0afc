import { addressBits } from './address-bits.js';
import { AffixIndex } from './affix-index.js';
import type { Scalar, ValueTest } from './event-pattern.js';
import { foldCase } from './fold-case.js';
import { GramIndex } from './gram-index.js';
import { RangeIndex } from './range-index.js';
import { compileTests, type Predicate } from './value-test.js';

/** What is filed under one test: numbers that mean something to who filed them. */
interface Entry {
  /** Null where the way to the entry is the whole test. */
  readonly check: Predicate | null;
  readonly ids: number[];
}

export type Admit = (ids: readonly number[]) => void;

type AffixKind = 'prefix' | 'suffix' | 'prefix-ignore-case' | 'suffix-ignore-case' | 'cidr';

/** Where a test is filed. A test without a text to look for is scanned: it costs a step for each value. */
type Slot =
  | { readonly kind: 'exact'; readonly key: Scalar }
  | { readonly kind: 'folded'; readonly key: string }
  | { readonly kind: AffixKind; readonly key: string }
  | { readonly kind: 'within'; readonly parts: readonly string[] }
  | { readonly kind: 'range'; readonly low: number; readonly high: number }
  | { readonly kind: 'scan' };

function slotOf(test: ValueTest): Slot {
  switch (test.op) {
    case 'equals':
      return { kind: 'exact', key: test.value };
    case 'equals-ignore-case':
      return { kind: 'folded', key: test.text };
    case 'cidr':
      return { kind: 'cidr', key: test.bits };
    case 'numeric':
      return { kind: 'range', low: test.low?.value ?? -Infinity, high: test.high?.value ?? Infinity };
    case 'wildcard':
      return wildcardSlot(test.parts);
    case 'exists':
    case 'anything-but':
      return { kind: 'scan' };
    default:
      return { kind: test.op, key: test.text };
  }
}

function wildcardSlot(parts: readonly string[]): Slot {
  if (parts.length === 1) return { kind: 'exact', key: parts[0] ?? '' };
  return parts.every((part) => part === '') ? { kind: 'scan' } : { kind: 'within', parts };
}

/** How many of `sharing` others an event with a value for this test is expected to meet, to choose the rarest test. */
export function expectedCost(test: ValueTest, sharing: number): number {
  const { kind } = slotOf(test);
  if (kind === 'exact' || kind === 'folded') return sharing;
  return kind === 'scan' ? 1e6 + sharing : 2 + 2 * sharing;
}

/** So many wildcards are sooner tried than looked for. */
const fewWildcards = 6;

/** Finds which of many tests a value passes, without trying those that it does not. */
export class ValueIndex {
  readonly #exact = new Map<Scalar, Entry>();
  readonly #folded = new Map<string, Entry>();
  readonly #affixes: ReadonlyMap<AffixKind, AffixIndex<readonly Entry[]>>;
  readonly #prefixes: AffixIndex<readonly Entry[]> | undefined;
  readonly #suffixes: AffixIndex<readonly Entry[]> | undefined;
  readonly #ranges: RangeIndex<Entry> | null;
  readonly #grams: GramIndex<Entry> | null;
  readonly #scanned: readonly Entry[];
  /** Whether strings need more than the look-ups of exact ones. */
  readonly #textual: boolean;
  readonly #foldedUsed: boolean;

  /** @param filed each test once, with what is to be found under it */
  constructor(filed: Iterable<{ readonly test: ValueTest; readonly ids: number[] }>) {
    const ranges: { low: number; high: number; payload: Entry }[] = [];
    const scanned: Entry[] = [];
    const within: { parts: readonly string[]; payload: Entry }[] = [];
    const affixes = new Map<AffixKind, Map<string, Entry[]>>();
    for (const { test, ids } of filed) {
      const slot = slotOf(test);
      const isPartial = slot.kind === 'within' || slot.kind === 'range' || slot.kind === 'scan';
      const entry: Entry = { check: isPartial ? compileTests([test]) : null, ids };
      if (slot.kind === 'exact') fileOnce(this.#exact, slot.key, entry);
      else if (slot.kind === 'folded') fileOnce(this.#folded, slot.key, entry);
      else if (slot.kind === 'range') ranges.push({ low: slot.low, high: slot.high, payload: entry });
      else if (slot.kind === 'within') within.push({ parts: slot.parts, payload: entry });
      else if (slot.kind === 'scan') scanned.push(entry);
      else listOf(mapOf(affixes, slot.kind), slot.key).push(entry);
    }
    this.#ranges = ranges.length === 0 ? null : new RangeIndex(ranges);
    const isFew = within.length <= fewWildcards;
    this.#grams = isFew ? null : new GramIndex(within);
    this.#scanned = isFew ? [...scanned, ...within.map(({ payload }) => payload)] : scanned;
    this.#affixes = new Map(
      [...affixes].map(([kind, entries]) => [
        kind,
        new AffixIndex<readonly Entry[]>(entries, kind.startsWith('suffix')),
      ]),
    );
    this.#prefixes = this.#affixes.get('prefix');
    this.#suffixes = this.#affixes.get('suffix');
    this.#foldedUsed =
      this.#folded.size > 0 || this.#affixes.has('prefix-ignore-case') || this.#affixes.has('suffix-ignore-case');
    this.#textual = this.#affixes.size > 0 || this.#foldedUsed || !isFew;
  }

  /** Admits what is filed under each test that the value passes. */
  find(value: Scalar, admit: Admit): void {
    const exact = this.#exact.get(value);
    if (exact !== undefined) admit(exact.ids);
    if (typeof value === 'string') {
      if (this.#textual) this.#findText(value, admit);
    } else if (typeof value === 'number' && this.#ranges !== null) {
      this.#ranges.find(value, (entry) => admitEntry(entry, value, admit));
    }
    for (const entry of this.#scanned) admitEntry(entry, value, admit);
  }

  #findText(value: string, admit: Admit): void {
    const found = (entries: readonly Entry[]) => {
      for (const entry of entries) admitEntry(entry, value, admit);
    };
    this.#prefixes?.find(value, found);
    this.#suffixes?.find(value, found);
    this.#grams?.find(value, (entry) => admitEntry(entry, value, admit));
    if (this.#foldedUsed) {
      const folded = foldCase(value);
      const entry = this.#folded.get(folded);
      if (entry !== undefined) admit(entry.ids);
      this.#affixes.get('prefix-ignore-case')?.find(folded, found);
      this.#affixes.get('suffix-ignore-case')?.find(folded, found);
    }
    const networks = this.#affixes.get('cidr');
    const bits = networks === undefined ? null : addressBits(value);
    if (bits !== null) networks?.find(bits, found);
  }
}

function admitEntry(entry: Entry, value: Scalar, admit: Admit): void {
  if (entry.check === null || entry.check(value)) admit(entry.ids);
}

/** Two tests can have one key: a wildcard without asterisks is an exact value. */
function fileOnce<K>(map: Map<K, Entry>, key: K, entry: Entry): void {
  const there = map.get(key);
  if (there === undefined) map.set(key, entry);
  else map.set(key, { check: null, ids: [...there.ids, ...entry.ids] });
}

function mapOf<K, L, V>(maps: Map<K, Map<L, V>>, key: K): Map<L, V> {
  const there = maps.get(key);
  if (there !== undefined) return there;
  const made = new Map<L, V>();
  maps.set(key, made);
  return made;
}

function listOf<K, V>(lists: Map<K, V[]>, key: K): V[] {
  const there = lists.get(key);
  if (there !== undefined) return there;
  const made: V[] = [];
  lists.set(key, made);
  return made;
}
