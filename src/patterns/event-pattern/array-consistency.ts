/**
 * The elements of an event's arrays that are objects or arrays themselves, numbered from 1 in the order in which they
 * were met; 0 is the event. An element's parent has a smaller number than the element.
 */
export interface ElementTree {
  /** By element: the element that its array lies in. */
  readonly parents: readonly number[];
  /** By element: the number of its array. */
  readonly arrays: readonly number[];
}

/** A condition whose field was met within arrays. */
export interface PlacedCondition {
  /** Elements (0: outside of all arrays) where a value of the field passes; empty where the field must be absent. */
  readonly passing: readonly number[];
  /** Elements where the field has any value. */
  readonly present: readonly number[];
  readonly orAbsent: boolean;
}

/** Work done, counted: what a hostile event can ask for is bounded by it. */
export interface WorkCounter {
  steps: number;
}

/**
 * Whether conditions hold in one reading of the event: two fields may not come from different elements of one array. A
 * field counts as absent if each of its values lies in another element of an array than a value that was taken for a
 * condition before it in the order of paths. Source: aws/event-ruler, ACFinder, ArrayMembership and NameState.
 *
 * It is a search down the tree of elements: of each array one element must do for all conditions below it. Only where
 * keys with dots let one field lie in two arrays of one object is there a choice to try out, and only so often that the
 * steps stay below 10,000 and 16 for each element; beyond, the answer is no.
 *
 * @param conditions in the order of their paths
 */
export function isConsistent(conditions: readonly PlacedCondition[], tree: ElementTree, work: WorkCounter): boolean {
  const search = new Search(work, work.steps + 10_000 + 16 * tree.parents.length);
  const required: Placing[] = [];
  const absent: Placing[] = [];
  const either: [Placing, Placing][] = [];
  for (const [rank, { passing, present, orAbsent }] of conditions.entries()) {
    const presence = new Placing(rank, passing, tree);
    const absence = orAbsent ? new Placing(rank, present, tree) : null;
    if (absence === null) required.push(presence);
    else if (passing.length === 0) absent.push(absence);
    else either.push([presence, absence]);
  }
  return search.choosePresence(either, required, absent);
}

/** Where the values of one condition lie, by the elements on the way to them. */
class Placing {
  /** Elements with a value of their own, outside of further arrays. */
  readonly own: ReadonlySet<number>;
  /** Elements with a value in them, however deep. */
  readonly holders = new Set<number>();
  /** By element and by array in it: the elements of the array with a value in them. */
  readonly #below = new Map<number, Map<number, number[]>>();

  constructor(
    readonly rank: number,
    elements: readonly number[],
    { parents, arrays }: ElementTree,
  ) {
    this.own = new Set(elements);
    for (const start of elements) {
      for (let at = start; at !== 0 && !this.holders.has(at); at = parents[at] as number) {
        this.holders.add(at);
        this.#add(parents[at] as number, arrays[at] as number, at);
      }
    }
  }

  arraysIn(element: number): ReadonlyMap<number, readonly number[]> {
    return this.#below.get(element) ?? none;
  }

  #add(parent: number, array: number, element: number): void {
    let arrays = this.#below.get(parent);
    if (arrays === undefined) {
      arrays = new Map();
      this.#below.set(parent, arrays);
    }
    const there = arrays.get(array);
    if (there === undefined) arrays.set(array, [element]);
    else there.push(element);
  }
}

const none: ReadonlyMap<number, readonly number[]> = new Map();

/** Which conditions are to be met in which array of the element in hand. */
type Assignment = Map<number, Placing[]>;

class Search {
  constructor(
    private readonly work: WorkCounter,
    private readonly limit: number,
  ) {}

  /** Tries conditions that may be met or absent both ways. */
  choosePresence(either: readonly [Placing, Placing][], required: Placing[], absent: Placing[]): boolean {
    const [first, ...rest] = either;
    if (first === undefined) return this.#holds(0, required, absent);
    if (this.#isExhausted()) return false;
    const [presence, absence] = first;
    return (
      this.choosePresence(rest, [...required, presence], absent) ||
      this.choosePresence(rest, required, [...absent, absence])
    );
  }

  #isExhausted(): boolean {
    return ++this.work.steps > this.limit;
  }

  /** Whether the conditions can be met within the element, all of which have a value in it. */
  #holds(element: number, required: readonly Placing[], absent: readonly Placing[]): boolean {
    if (this.#isExhausted() || absent.some(({ own }) => own.has(element))) return false;
    return this.#assign(element, required, 0, new Map(), absent);
  }

  #assign(
    element: number,
    required: readonly Placing[],
    next: number,
    chosen: Assignment,
    absent: readonly Placing[],
  ): boolean {
    const condition = required[next];
    if (condition === undefined) return this.#meets(element, chosen, absent);
    if (this.#isExhausted()) return false;
    if (condition.own.has(element)) {
      if (this.#assign(element, required, next + 1, chosen, absent)) return true;
      // A value in an array can serve better only by making another field absent.
      if (absent.length === 0) return false;
    }
    for (const array of condition.arraysIn(element).keys()) {
      const before = chosen.get(array) ?? [];
      chosen.set(array, [...before, condition]);
      if (this.#assign(element, required, next + 1, chosen, absent)) return true;
      if (before.length === 0) chosen.delete(array);
      else chosen.set(array, before);
    }
    return false;
  }

  #meets(element: number, chosen: Assignment, absent: readonly Placing[]): boolean {
    for (const condition of absent) {
      for (const array of condition.arraysIn(element).keys()) {
        const taken = chosen.get(array);
        // Conditions are taken in the order of paths; one that comes later leaves the field as it is.
        if (taken === undefined || !taken.some(({ rank }) => rank < condition.rank)) return false;
      }
    }
    for (const [array, conditions] of chosen) {
      if (!this.#hasElement(element, array, conditions, absent)) return false;
    }
    return true;
  }

  #hasElement(parent: number, array: number, conditions: readonly Placing[], absent: readonly Placing[]): boolean {
    let fewest: readonly number[] = conditions[0]?.arraysIn(parent).get(array) ?? [];
    for (const condition of conditions) {
      const elements = condition.arraysIn(parent).get(array) ?? [];
      if (elements.length < fewest.length) fewest = elements;
    }
    for (const element of fewest) {
      if (!conditions.every(({ holders }) => holders.has(element))) continue;
      const inside = absent.filter(({ own, holders }) => own.has(element) || holders.has(element));
      if (this.#holds(element, conditions, inside)) return true;
    }
    return false;
  }
}
