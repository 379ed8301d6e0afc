/** A span of time: `start` inclusive, `end` exclusive. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** The part of a span within another; null where they have nothing in common. */
export function clip<S extends Span>(span: S, { start, end }: Span): S | null {
  const clipped = { ...span, start: Math.max(span.start, start), end: Math.min(span.end, end) };
  return clipped.start < clipped.end ? clipped : null;
}

/** What is left of a span without another: nothing, or what lies before it, behind it, or both. */
export function without<S extends Span>(span: S, { start, end }: Span): S[] {
  const before = clip(span, { start: -Infinity, end: start });
  const behind = clip(span, { start: end, end: Infinity });
  return [before, behind].filter((part) => part !== null);
}
