/** Makes something of a value, and keeps it for as long as the value is the same object. */
export function lastMade<From extends object, T>(make: (from: From) => T): (from: From) => T {
  let known: { readonly from: From; readonly made: T } | null = null;
  return (from) => {
    if (known?.from !== from) known = { from, made: make(from) };
    return known.made;
  };
}
