import { createHash } from 'node:crypto';
import { type DocumentNode, type FormattedExecutionResult, Kind, visit } from 'graphql';
import type { Caller } from '../access/context.js';
import type { PreparedSubscription } from './subscription-plugin.js';

type Result = FormattedExecutionResult;

/**
 * What one message looks like to subscribers that ask for the same fields with the same grant is worked out once. Fields
 * below a subscription must look at scopes and accounts of the caller, and at nothing else of it.
 */
export class SharedResults {
  /** By message: they are gone with it. */
  readonly #results = new WeakMap<object, Map<string, Promise<Result>>>();

  /** @param key of the subscription and the grant: see `resultKey` */
  of(message: object, key: string, execute: () => Promise<Result>): Promise<Result> {
    let results = this.#results.get(message);
    if (results === undefined) {
      results = new Map();
      this.#results.set(message, results);
    }
    let result = results.get(key);
    if (result === undefined) {
      result = execute();
      results.set(key, result);
    }
    return result;
  }
}

let documents = 0;
/** Apollo keeps parsed documents, so the same text is the same object. */
const documentNumbers = new WeakMap<DocumentNode, number>();
const grants = new WeakMap<Caller, string>();

/** Says all that the result of a message depends on but the message. */
export function resultKey({ document, operation, variables }: PreparedSubscription, caller: Caller): string {
  let number = documentNumbers.get(document);
  if (number === undefined) {
    documents += 1;
    number = documents;
    documentNumbers.set(document, number);
  }
  let grant = grants.get(caller);
  if (grant === undefined) {
    // A grant may name a thousand accounts, and every subscriber holds its key.
    const whole = JSON.stringify([[...caller.scopes].sort(), caller.accounts.accountIds]);
    grant = createHash('sha256').update(whole).digest('base64');
    grants.set(caller, grant);
  }
  const used = belowRoot(document).map((name) => variables[name] ?? null);
  return JSON.stringify([number, operation.name?.value, used, grant]);
}

const variablesBelowRoot = new WeakMap<DocumentNode, readonly string[]>();

/** Variables that the fields below the root see. What only the root's arguments hold (`after`) chooses messages. */
function belowRoot(document: DocumentNode): readonly string[] {
  const known = variablesBelowRoot.get(document);
  if (known !== undefined) return known;
  const names = new Set<string>();
  visit(document, {
    VariableDefinition: () => false,
    Variable: ({ name }) => void names.add(name.value),
    Argument(_node, _key, _parent, path) {
      // definitions / 0 / selectionSet / selections / 0 / arguments / 0: directives stand elsewhere.
      const [, definition, ...rest] = path;
      const isOperation = document.definitions[Number(definition)]?.kind === Kind.OPERATION_DEFINITION;
      return isOperation && rest.length === 5 && rest[3] === 'arguments' ? false : undefined;
    },
  });
  const found = [...names].sort();
  variablesBelowRoot.set(document, found);
  return found;
}
