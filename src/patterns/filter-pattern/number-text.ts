const numberForm = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?$/;

/** Longer texts are no numbers that anybody wrote. */
const maxLength = 400;

/**
 * The number that the text is, in AWS's form: an optional sign, an integer or a decimal, and an optional exponent.
 *
 * @returns null where it is none; infinite where it is out of range
 */
export function parseNumber(text: string): number | null {
  if (!mayBeNumber(text.charCodeAt(0)) || text.length > maxLength || !numberForm.test(text)) return null;
  return Number(text);
}

/** Most texts begin with a letter, and are told from numbers by that. */
function mayBeNumber(first: number): boolean {
  return first <= 57 && first >= 43 && first !== 44 && first !== 47;
}
