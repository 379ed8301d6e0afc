import { badInput } from '../../platform/errors.js';
import type { TargetRules } from '../target-kind.js';

/** @param known the address that stays where none is given @throws BAD_USER_INPUT */
export function checkedUrl(given: string | null | undefined, known: string | undefined, rules: TargetRules): URL {
  const url = given === undefined ? known : given;
  if (!url) throw badInput('input.url', 'is missing');
  // One that is kept is checked like a new one: what may be called can have changed since.
  return rules.http.checkUrl('input.url', url);
}

/** @param otherwise where nothing is given or known @throws BAD_USER_INPUT for what is none of the words */
export function oneOf<T extends string>(
  field: string,
  given: string | null | undefined,
  known: T | undefined,
  words: readonly T[],
  otherwise: T,
): T {
  if (given === undefined) return known ?? otherwise;
  if (given === null) return otherwise;
  const word = words.find((each) => each === given);
  if (word === undefined) throw badInput(`input.${field}`, `must be one of ${words.join(', ')}`);
  return word;
}
