/** A message's body: a JSON value, or the text that it stands for. */
export type Body = { readonly value: object | number | boolean | null } | { readonly text: string };

/**
 * Reads a body. Text is what a JSON string says, or several of them, each on a line of its own, as templates with text
 * make them; anything that is no JSON at all is text as it stands.
 */
export function readBody(body: string): Body {
  const value = parsed(body);
  if (value !== undefined) return typeof value === 'string' ? { text: value } : { value: value as object };
  const lines = body.split(/\r?\n/).filter((line) => line.trim() !== '');
  const said = lines.map(parsed);
  return { text: said.every((line) => typeof line === 'string') ? said.join('\n') : body };
}

/** A JSON object's members, or null for any other body. */
export function objectOf(body: Body): Readonly<Record<string, unknown>> | null {
  if (!('value' in body) || typeof body.value !== 'object' || Array.isArray(body.value)) return null;
  return body.value as Record<string, unknown> | null;
}

export function isJson(body: string): boolean {
  return parsed(body) !== undefined;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Cut to `most` UTF-16 units with an ellipsis, and never within a character. */
export function cut(text: string, most: number): string {
  if (text.length <= most) return text;
  return `${text.slice(0, most - 1).replace(/[\ud800-\udbff]$/, '')}…`;
}
