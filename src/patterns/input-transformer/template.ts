import { InputError } from './input-error.js';
import { jsonFault } from './json-fault.js';

/** A piece of a template: text as it stands, or the value of a variable. */
export type TemplatePart =
  | { readonly text: string }
  | {
      readonly variable: string;
      /** Within double quotes the value becomes part of a string; outside it is a JSON value of its own. */
      readonly isQuoted: boolean;
    };

const argument = 'inputTransformer.inputTemplate';

/** Source: the shape `TransformerInput` of EventBridge's API. */
const maxLength = 8192;

/** A placeholder, a piece of a string, a quote, or anything up to the next of them. */
const token = /<([A-Za-z0-9_.-]+)>|\\[\s\S]|["<]|[^"<\\]+/y;

/**
 * Reads a template. It is JSON in which `<name>` stands for a value, within strings or in a value's place; or it is text:
 * lines that each stand within double quotes, which stay in what the target gets, as they do at AWS. A `<` that begins no
 * name is text.
 *
 * @param isKnown whether there is such a variable
 * @throws InputError
 */
export function parseTemplate(template: string, isKnown: (variable: string) => boolean): readonly TemplatePart[] {
  if (template.length === 0 || template.length > maxLength) {
    throw new InputError(argument, `must have 1 to ${maxLength} characters`);
  }
  const parts = partsOf(template, isKnown);
  // What stands for a placeholder has its length, so that a fault is reported where it is, and is an array, which can
  // neither be the name of a field nor run into what stands beside it.
  const sample = parts.map((part) => ('text' in part ? part.text : sampleOf(part))).join('');
  if (isQuotedLines(sample)) return parts;
  const fault = jsonFault(sample);
  if (fault !== null) {
    throw new InputError(argument, 'is neither JSON with <variables> in it nor text within double quotes', fault);
  }
  return minified(parts);
}

function partsOf(template: string, isKnown: (variable: string) => boolean): TemplatePart[] {
  const parts: TemplatePart[] = [];
  let isQuoted = false;
  let hasVariable = false;
  let at = 0;
  while (at < template.length) {
    token.lastIndex = at;
    // A backslash at the very end is the one character that is no token.
    const [text = template.slice(at), variable] = token.exec(template) ?? [];
    if (variable !== undefined) {
      if (!isKnown(variable)) throw new InputError(argument, unknownVariable(variable), at);
      parts.push({ variable, isQuoted });
      hasVariable = true;
    } else parts.push({ text });
    at += text.length;
    if (text !== '"') continue;
    if (isQuoted && hasVariable && /^\s*:/.test(template.slice(at))) {
      throw new InputError(argument, 'a variable cannot be (part of) the name of a field', at);
    }
    isQuoted = !isQuoted;
    hasVariable = false;
  }
  return parts;
}

function unknownVariable(name: string): string {
  return `there is no variable ${name}: give it a path in inputPathsMap (for a plain "<", write \\u003c)`;
}

function sampleOf({ variable, isQuoted }: { variable: string; isQuoted: boolean }): string {
  return isQuoted ? `<${variable}>` : `[${'1'.repeat(variable.length)}]`;
}

/** One or more JSON strings with nothing but white space between them. */
function isQuotedLines(sample: string): boolean {
  const strings = sample.match(/"(?:[^"\\]|\\[\s\S])*"|\S/g) ?? [];
  return strings.length > 0 && strings.every(isJsonString);
}

function isJsonString(text: string): boolean {
  try {
    return typeof JSON.parse(text) === 'string';
  } catch {
    return false;
  }
}

/** AWS sends JSON without the white space of the template ("Common issues", User Guide). */
function minified(parts: readonly TemplatePart[]): TemplatePart[] {
  let isQuoted = false;
  return parts.map((part) => {
    if (!('text' in part)) return part;
    if (part.text === '"') isQuoted = !isQuoted;
    return isQuoted ? part : { text: part.text.replace(/\s+/g, '') };
  });
}
