/** A composite alarm, and one that it is made of. */
export interface AlarmLink {
  readonly parent: string;
  readonly child: string;
}

/**
 * A way from an alarm back to itself, if there is one. Each link is gone along once, and nothing calls itself: a chain may
 * have as many alarms as there are.
 *
 * @returns names, the first of them again at the end; the same for the same links, in whichever order they come
 */
export function findCycle(links: readonly AlarmLink[]): readonly string[] | null {
  const children = new Map<string, string[]>();
  for (const { parent, child } of links) {
    const known = children.get(parent);
    if (known === undefined) children.set(parent, [child]);
    else known.push(child);
  }
  for (const names of children.values()) names.sort();
  const done = new Set<string>();
  for (const start of [...children.keys()].sort()) {
    const cycle = cycleFrom(start, children, done);
    if (cycle !== null) return cycle;
  }
  return null;
}

/** @param done alarms from which no way leads back; more are added */
function cycleFrom(start: string, children: ReadonlyMap<string, string[]>, done: Set<string>): string[] | null {
  /** From the start down to where it looks now, each with how many of its children were looked at. */
  const path = new Map<string, number>([[start, 0]]);
  const stack = [start];
  for (let name = stack.at(-1); name !== undefined; name = stack.at(-1)) {
    const seen = path.get(name) ?? 0;
    const child = children.get(name)?.[seen];
    if (child === undefined) {
      done.add(name);
      path.delete(name);
      stack.pop();
    } else if (path.has(child)) {
      return [...stack.slice(stack.indexOf(child)), child];
    } else {
      path.set(name, seen + 1);
      if (!done.has(child)) {
        path.set(child, 0);
        stack.push(child);
      }
    }
  }
  return null;
}
