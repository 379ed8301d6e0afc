/** See src/api/list-limit.ts. */
export const longListExtension = 'listValues';

/** Has a list in an input object hold more than lists may elsewhere: `@Extensions(longList(20_000))`. */
export function longList(most: number): Record<string, unknown> {
  return { [longListExtension]: most };
}
