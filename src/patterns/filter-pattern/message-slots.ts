import { DelimitedWords, type WordPlace } from './delimited-words.js';
import type { Selector } from './filter-pattern.js';
import { LiteralFinder } from './literal-finder.js';
import type { LogMessage } from './log-message.js';
import { SelectorTree } from './selector-tree.js';

type Slot =
  | { readonly kind: 'json'; readonly node: number }
  | { readonly kind: 'word'; readonly place: WordPlace }
  | { readonly kind: 'text' }
  | { readonly kind: 'literal'; readonly literal: number };

/** All that some filter looks at in a message; known by numbers. */
export class MessageSlots {
  readonly #slots: Slot[] = [];
  readonly #known = new Map<string, number>();
  readonly #selectors = new SelectorTree();
  readonly #literals = new Map<string, number>();
  #finder: LiteralFinder | null = null;
  /** By literal: whether the message has it. */
  #found = new Uint8Array(0);
  readonly #foundList: number[] = [];
  #message: LogMessage | null = null;
  #words: DelimitedWords | null = null;
  #readsJson = false;

  /** The whole message, as JSON. */
  addJson(): number {
    this.#readsJson = true;
    return this.#add({ kind: 'json', node: 0 });
  }

  addSelector(selector: Selector): number {
    this.#readsJson = true;
    return this.#add({ kind: 'json', node: this.#selectors.add(selector) });
  }

  addWord(place: WordPlace): number {
    return this.#add({ kind: 'word', place });
  }

  /** The whole message, as text. */
  addText(): number {
    return this.#add({ kind: 'text' });
  }

  /** Whether a text is in the message: true or nothing. */
  addLiteral(text: string): number {
    let literal = this.#literals.get(text);
    if (literal === undefined) {
      literal = this.#literals.size;
      this.#literals.set(text, literal);
    }
    return this.#add({ kind: 'literal', literal });
  }

  /** Nothing is added any more. */
  finish(): void {
    this.#found = new Uint8Array(this.#literals.size);
    if (this.#literals.size > 0) this.#finder = new LiteralFinder([...this.#literals.keys()]);
  }

  /** Turns to another message, and looks for the literals in it. */
  begin(message: LogMessage): void {
    this.#message = message;
    this.#words = null;
    if (this.#readsJson) this.#selectors.begin(message.json);
    if (this.#finder === null) return;
    for (const literal of this.#foundList) this.#found[literal] = 0;
    this.#foundList.length = 0;
    this.#finder.find(message.bytes, this.#note);
  }

  /** The literals that the message has. */
  get foundLiterals(): readonly number[] {
    return this.#foundList;
  }

  /** The number of the literal that the slot is about, or -1. */
  literalOf(slot: number): number {
    const found = this.#slots[slot];
    return found?.kind === 'literal' ? found.literal : -1;
  }

  isMany(slot: number): boolean {
    const found = this.#slots[slot];
    return found?.kind === 'json' && this.#selectors.isMany(found.node);
  }

  /** What the message has there: undefined for nothing; a list where there are many. */
  read(index: number): unknown {
    const slot = this.#slots[index] as Slot;
    if (slot.kind === 'json') return this.#selectors.read(slot.node);
    if (slot.kind === 'literal') return this.#found[slot.literal] === 1 ? true : undefined;
    if (slot.kind === 'text') return this.#message?.text;
    this.#words ??= new DelimitedWords(this.#message?.text ?? '');
    return this.#words.at(slot.place);
  }

  readonly #note = (literal: number): void => {
    this.#found[literal] = 1;
    this.#foundList.push(literal);
  };

  #add(slot: Slot): number {
    const key = JSON.stringify(slot);
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    this.#known.set(key, this.#slots.push(slot) - 1);
    return this.#slots.length - 1;
  }
}
