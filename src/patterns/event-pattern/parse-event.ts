import { JsonTextError, parseJsonText } from './json-text.js';

/** Deeper than any event whose faults are worth a message. */
const maxDepth = 500;

/** The text is no event; `position` is a 0-based offset in it, in UTF-16 units. */
export class EventTextError extends Error {
  override readonly name = 'EventTextError';

  constructor(
    readonly reason: string,
    readonly position: number,
  ) {
    super(`${reason} (at ${position})`);
  }
}

/**
 * Reads an event to match: an object, or JSON text. Numbers are compared by value, so how they are written is not kept;
 * whole numbers beyond 2^53 are rounded, as everywhere in JavaScript.
 *
 * @throws EventTextError
 */
export function parseEvent(input: unknown): object {
  const value: unknown = typeof input === 'string' ? parseText(input) : input;
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  throw new EventTextError('An event is a JSON object.', 0);
}

function parseText(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw faultOf(text) ?? new EventTextError(cause instanceof Error ? cause.message : 'This is not JSON.', 0);
  }
}

function faultOf(text: string): EventTextError | null {
  try {
    parseJsonText(text, maxDepth);
    return null;
  } catch (error) {
    return error instanceof JsonTextError ? new EventTextError(error.reason, error.position) : null;
  }
}
