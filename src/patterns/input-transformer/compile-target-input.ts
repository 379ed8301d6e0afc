import { InputError } from './input-error.js';
import { jsonFault } from './json-fault.js';
import { type JsonPath, parseJsonPath } from './json-path.js';
import { parseTemplate, type TemplatePart } from './template.js';
import { valueSlices } from './value-slices.js';

/** What a rule's target is to be given in the event's place: at most one of the three. */
export interface GivenInput {
  /** JSON text that is always the same; 1 to 8,192 characters. */
  readonly input?: string | null;
  /** The part of the event that a JSONPath leads to; up to 256 characters. */
  readonly inputPath?: string | null;
  readonly inputTransformer?: {
    /** Up to 100 variables, each with a JSONPath. */
    readonly inputPathsMap?: Readonly<Record<string, string>> | null;
    /** 1 to 8,192 characters. */
    readonly inputTemplate: string;
  } | null;
}

export interface InputEvent {
  /** JSON text of the whole event. */
  readonly text: string;
  /** The same, parsed. */
  readonly value: object;
}

/** What AWS calls `aws.events.rule-arn`, `aws.events.rule-name` and `aws.events.event.ingestion-time` (ISO 8601). */
export interface RuleVariables {
  readonly ruleArn: string;
  readonly ruleName: string;
  readonly ingestionTime: string;
}

export interface TargetInput {
  /** The body for the target: JSON text, but for templates of several quoted lines. */
  apply(event: InputEvent, variables: RuleVariables): string;
}

/** Source: the shapes `TargetInput`, `TransformerPaths` and `InputTransformerPathKey` of EventBridge's API. */
const maxInputLength = 8192;
const maxPaths = 100;
const pathKey = /^[A-Za-z0-9_-]{1,256}$/;

const reserved: Readonly<Record<string, (event: InputEvent, variables: RuleVariables) => string>> = {
  'aws.events.rule-arn': (_, { ruleArn }) => JSON.stringify(ruleArn),
  'aws.events.rule-name': (_, { ruleName }) => JSON.stringify(ruleName),
  'aws.events.event.ingestion-time': (_, { ingestionTime }) => JSON.stringify(ingestionTime),
  'aws.events.event': ({ value }) => JSON.stringify(envelopeOf(value)),
  'aws.events.event.json': ({ text }) => text,
};

/**
 * Reads what a target is to be given, as EventBridge understands it. Without any of the three the event itself is given.
 *
 * A value that goes into a string is escaped as strings are. AWS says that it does not ("Common issues", User Guide): a
 * quote in a field of the event then breaks the JSON, or adds fields to it, at the will of whoever named that field.
 *
 * @throws InputError
 */
export function compileTargetInput({ input, inputPath, inputTransformer }: GivenInput): TargetInput {
  const given = { input, inputPath, inputTransformer };
  const [, second] = Object.entries(given).filter(([, value]) => value !== null && value !== undefined);
  if (second !== undefined) {
    throw new InputError(second[0], 'only one of input, inputPath and inputTransformer may be given');
  }
  if (inputTransformer) return transformed(inputTransformer);
  if (typeof inputPath === 'string') return partOf(parseJsonPath('inputPath', inputPath));
  return typeof input === 'string' ? constant(input) : { apply: ({ text }) => text };
}

/** Characters of what a target gets. The services take 1 MiB at most, and CloudTrail's records have 256 KB. */
export const maxBodyLength = 512 * 1024;

/** What was to be made of an event for a target is larger than {@link maxBodyLength}. */
export class BodyTooLarge extends Error {
  override readonly name = 'BodyTooLarge';

  constructor(readonly length: number) {
    super(`the message would have ${length} characters; ${maxBodyLength} are the most`);
  }
}

function constant(input: string): TargetInput {
  if (input.length > maxInputLength) throw new InputError('input', `has more than ${maxInputLength} characters`);
  const fault = jsonFault(input);
  if (fault !== null) throw new InputError('input', 'is not JSON (text must stand within double quotes)', fault);
  return { apply: () => input };
}

function partOf(path: JsonPath): TargetInput {
  if (path.steps.length === 0) return { apply: ({ text }) => text };
  return { apply: ({ text }) => valueSlices(text, [path])[0] ?? 'null' };
}

function transformed({ inputPathsMap, inputTemplate }: NonNullable<GivenInput['inputTransformer']>): TargetInput {
  const paths = pathsOf(inputPathsMap ?? {});
  const parts = parseTemplate(inputTemplate, (variable) => paths.has(variable) || Object.hasOwn(reserved, variable));
  const used = new Set(parts.flatMap((part) => ('variable' in part ? [part.variable] : [])));
  const ofEvent = [...paths].filter(([variable]) => used.has(variable));
  const ofRule = Object.entries(reserved).filter(([variable]) => used.has(variable));
  return {
    apply: (event, variables) => {
      const values = new Map<string, string | null>(ofRule.map(([name, of]) => [name, of(event, variables)]));
      const slices = valueSlices(
        event.text,
        ofEvent.map(([, path]) => path),
      );
      for (const [index, [name]] of ofEvent.entries()) values.set(name, slices[index] ?? null);
      return joined(parts.map((part) => textOf(part, values)));
    },
  };
}

/** Measured before it is made: a template may name a large event a thousand times. */
function joined(texts: readonly string[]): string {
  const length = texts.reduce((sum, text) => sum + text.length, 0);
  if (length > maxBodyLength) throw new BodyTooLarge(length);
  return texts.join('');
}

function pathsOf(map: Readonly<Record<string, string>>): Map<string, JsonPath> {
  const entries = Object.entries(map);
  if (entries.length > maxPaths) {
    throw new InputError('inputTransformer.inputPathsMap', `has more than ${maxPaths} variables`);
  }
  return new Map(
    entries.map(([key, path]) => {
      const argument = `inputTransformer.inputPathsMap.${key}`;
      if (/^aws\./i.test(key)) throw new InputError(argument, 'names that begin with aws. are reserved');
      if (!pathKey.test(key)) {
        throw new InputError(argument, 'a name has 1 to 256 letters, digits, underscores and dashes');
      }
      return [key, parseJsonPath(argument, path)];
    }),
  );
}

function textOf(part: TemplatePart, values: ReadonlyMap<string, string | null>): string {
  if ('text' in part) return part.text;
  const json = values.get(part.variable) ?? null;
  if (!part.isQuoted) return json ?? '""';
  // Nothing, rather than a word, for what is not there and for what is there as null.
  if (json === null || json === 'null') return '';
  return json.startsWith('"') ? json.slice(1, -1) : JSON.stringify(json).slice(1, -1);
}

/** `aws.events.event`, in AWS's order and with its name for the type: all but the detail. */
function envelopeOf(event: object): object {
  const { id, account, time, source, region, resources, version, ...rest } = event as Record<string, unknown>;
  const { detail: _, 'detail-type': detailType, ...more } = rest;
  return { id, account, detailType, time, source, region, resources, version, ...more };
}
