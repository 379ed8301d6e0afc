import { parseDigestKey } from '../formats/digest/digest-key.js';
import { isPrevious } from '../formats/digest/verify-digest.js';
import type { Span } from '../lib/spans.js';
import { type JudgedDigest, reasons } from './log-validation.js';

export interface ListedDigest {
  readonly key: string;
  /** Milliseconds since 1970 UTC. */
  readonly namedAt: number;
}

/** What the digest that was read before says of this one. */
export type Successor = { readonly verdict: JudgedDigest['verdict']; readonly signature: Buffer } | null;

export type WalkStep =
  | { readonly kind: 'digest'; readonly key: string; readonly namedAt: number; readonly judged: JudgedDigest }
  | (Span & { readonly kind: 'gap'; readonly reason: string });

export interface WalkOptions {
  /** Of one chain, by the time in their names, oldest first. */
  readonly listed: readonly ListedDigest[];
  /** Digests named before are not looked at. */
  readonly from: number;
  readonly judge: (key: string, successor: Successor) => Promise<JudgedDigest>;
}

/**
 * Walks a chain from its newest digest to its oldest, each time to the one that the last names as its previous; where it
 * names none, or is not valid, to the next older one that is listed. AWS's validator goes the same way.
 */
export async function* walkDigests({ listed, from, judge }: WalkOptions): AsyncGenerator<WalkStep> {
  const older = listed.toReversed();
  let next = older[0] ?? null;
  /** The last valid digest, and whether what lies before it is known to be broken. */
  let after: Extract<JudgedDigest, { verdict: 'valid' }> | null = null;
  let isBroken = false;
  let named: JudgedDigest['previous'] = null;
  let successor: JudgedDigest['verdict'] = 'valid';
  while (next !== null && next.namedAt >= from) {
    const { key, namedAt }: ListedDigest = next;
    const says = named !== null && named.key === key ? { verdict: successor, signature: named.signature } : null;
    const judged = checkLink(await judge(key, says), key, after);
    yield { kind: 'digest', key, namedAt, judged };
    if (judged.verdict === 'valid') {
      if (after !== null && judged.end < after.start) yield gapOf(judged.end, after);
      after = judged;
    }
    isBroken = judged.verdict !== 'valid';
    named = judged.previous;
    successor = judged.verdict;
    const previous = judged.verdict === 'valid' ? listedAs(judged.previous?.key ?? null) : null;
    // A chain that led forward would never end.
    next = previous !== null && previous.namedAt < namedAt ? previous : olderThan(older, namedAt);
  }
  if (after !== null && isBroken && from < after.start) yield gapOf(from, after);
}

function gapOf(start: number, { start: end, previous }: Extract<JudgedDigest, { verdict: 'valid' }>): WalkStep {
  // The words of AWS's validator: a chain that begins anew was not broken, nothing was logged before it.
  const reason = previous === null ? 'No log files were delivered by CloudTrail' : 'No valid digest speaks of the time';
  return { kind: 'gap', start, end, reason };
}

/** A digest that the one after it names with another hash or signature stands in the place of that one. */
function checkLink(
  judged: JudgedDigest,
  key: string,
  after: Extract<JudgedDigest, { verdict: 'valid' }> | null,
): JudgedDigest {
  const previous = after?.previous ?? null;
  if (judged.verdict !== 'valid' || previous === null || previous.key !== key) return judged;
  if (isPrevious({ ...previous, key }, judged)) return judged;
  return { verdict: 'invalid', reason: `${reasons.hash} of the digest after it`, previous: null };
}

function listedAs(key: string | null): ListedDigest | null {
  const parsed = key === null ? null : parseDigestKey(key);
  return key === null || parsed === null ? null : { key, namedAt: parsed.namedAt };
}

function olderThan(newestFirst: readonly ListedDigest[], namedAt: number): ListedDigest | null {
  return newestFirst.find((digest) => digest.namedAt < namedAt) ?? null;
}
