const mostKept = 2000;

/** The value under the key, made the first time that it is asked for; the oldest goes when there are too many. */
export function kept<T>(values: Map<string, T>, key: string, make: () => T): T {
  const known = values.get(key);
  if (known !== undefined) return known;
  const oldest = values.keys().next().value;
  if (values.size >= mostKept && oldest !== undefined) values.delete(oldest);
  const made = make();
  values.set(key, made);
  return made;
}
