import { type DigestBefore, isPrevious } from './verify-digest.js';

/** A span of time; milliseconds since 1970 UTC. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** A digest of a chain, as far as it was verified. */
export interface ChainDigest extends DigestBefore, Span {
  /** It is verified, and every file that it names was ingested with the hash that it gives. */
  readonly proven: boolean;
  /** Null for the first of a chain. */
  readonly previous: { readonly key: string; readonly sha256: Buffer; readonly signature: Buffer } | null;
}

/**
 * The spans of time that the digests of a chain prove. A span goes on from one window to the next where the second
 * starts as the first ends, and names it as its previous digest with its hash and signature. Windows are what the
 * digests say: they are not the hours of a clock.
 *
 * @param digests of one chain, in the order of their ends
 */
export function provenSpans(digests: readonly ChainDigest[]): Span[] {
  const spans: { start: number; end: number }[] = [];
  let last: ChainDigest | null = null;
  for (const digest of digests) {
    const span = spans.at(-1);
    if (digest.proven && last !== null && span !== undefined && continues(digest, last)) span.end = digest.end;
    else if (digest.proven) spans.push({ start: digest.start, end: digest.end });
    last = digest.proven ? digest : null;
  }
  return spans;
}

function continues({ start, previous }: ChainDigest, before: ChainDigest): boolean {
  return start === before.end && previous !== null && isPrevious(previous, before);
}

/** A part of a chain that is to be looked at anew, in the order of ends. */
export interface ChainPart {
  /** The last unchanged digest before the part; null where the part begins the chain. */
  readonly before: ChainDigest | null;
  readonly digests: readonly ChainDigest[];
  /** The first unchanged digest after the part; null where the part ends the chain. */
  readonly after: ChainDigest | null;
}

export interface SpanChange {
  readonly remove: readonly Span[];
  readonly add: readonly Span[];
}

/**
 * Works spans out anew for a part of a chain, so that one digest more does not cost a walk over a year of them.
 *
 * @param stored the spans of the chain as they were worked out before
 * @returns null where it cannot be told from the part alone, because windows overlap: then the whole chain is needed
 */
export function changedSpans(stored: readonly Span[], { before, digests, after }: ChainPart): SpanChange | null {
  const part = [...(before ? [before] : []), ...digests, ...(after ? [after] : [])];
  if (part.some(({ start }, index) => index > 0 && start < (part[index - 1] as Span).end)) return null;
  const from = before?.start ?? Number.NEGATIVE_INFINITY;
  const to = after?.end ?? Number.POSITIVE_INFINITY;
  const remove = stored.filter((span) => span.start < to && span.end > from);
  // What of a span lies beyond the part is kept: it goes on from the unchanged digest at the part's end.
  const left = remove.filter(({ start }) => start < from);
  const right = remove.filter(({ end }) => end > to);
  const add = provenSpans(part).map(({ start, end }) => ({
    start: start === from ? (left[0]?.start ?? start) : start,
    end: end === to ? (right[0]?.end ?? end) : end,
  }));
  const isWhole =
    left.every(({ start }) => start === add[0]?.start) && right.every(({ end }) => end === add.at(-1)?.end);
  return isWhole ? { remove, add } : null;
}
