import { InputError } from './input-error.js';

/** One step down: a member by its name, an element by its index, or all of either. */
export type Step = { readonly name: string } | { readonly index: number } | { readonly all: true };

export interface JsonPath {
  readonly steps: readonly Step[];
  /** Whether it may lead to several values, which are then given as an array. */
  readonly isMany: boolean;
}

/** Source: the shape `TargetInputPath` of EventBridge's API. */
const maxLength = 256;

/** Characters that mean something in JSONPath, and those that no field of an event is spelled with. */
const step = /\.(\*)|\.([^\s.*[\]()'"?@,<>]+)|\[(\*)\]|\[(\d{1,9})\]/y;

/**
 * Reads the JSONPath that EventBridge takes: `$`, `.name`, `[0]`, `.*` and `[*]`. It has no other: no `['name']`, no `..`,
 * no filters. ("Amazon EventBridge input transformation", User Guide; `InputPathsMap` of the API says "dot notation, not
 * bracket notation".) AWS takes a path that it cannot follow and then finds nothing; here it is refused.
 *
 * @throws InputError naming the argument
 */
export function parseJsonPath(argument: string, text: string): JsonPath {
  if (text.length > maxLength) throw new InputError(argument, `has more than ${maxLength} characters`);
  if (!text.startsWith('$')) throw new InputError(argument, 'must begin with $, as in $.detail.eventName', 0);
  const steps: Step[] = [];
  step.lastIndex = 1;
  let at = 1;
  while (at < text.length) {
    const match = step.exec(text);
    if (match === null) throw new InputError(argument, whyNot(text.slice(at)), at);
    const [, anyMember, name, anyElement, index] = match;
    if (name !== undefined) steps.push({ name });
    else if (index !== undefined) steps.push({ index: Number(index) });
    else if (anyMember ?? anyElement) steps.push({ all: true });
    at = step.lastIndex;
  }
  return { steps, isMany: steps.some((each) => 'all' in each) };
}

function whyNot(rest: string): string {
  if (/^\[['"]/.test(rest)) return 'write .name: EventBridge takes no names in brackets';
  if (rest.startsWith('..')) return 'EventBridge takes no descent (..): name each step';
  if (rest.startsWith('[')) return 'within brackets goes an index, as in [0], or *';
  return 'a step must be .name, [0] or [*]';
}
