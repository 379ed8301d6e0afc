import { clip, type Span, without } from '../lib/spans.js';

/** A part of the list of related events, in which one question is asked. Milliseconds of event time. */
export interface Stretch extends Span {
  readonly phase: Phase;
  /** Whether causes lie in it. */
  readonly isBreaching: boolean;
}

/** The causes come first, then what their makers did. */
export const phases = { causes: 0, actors: 1 } as const;
export type Phase = (typeof phases)[keyof typeof phases];

/**
 * The parts of the list in its order.
 *
 * @param periods in which data points breached, in any order; they may touch and overlap
 * @param window milliseconds before and after them in which the makers of the causes are followed
 */
export function stretchesOf(periods: readonly Span[], window: number): Stretch[] {
  const causes = merged(periods);
  const around = merged(causes.map(({ start, end }) => ({ start: start - window, end: end + window })));
  return [
    ...causes.map((span) => ({ ...span, phase: phases.causes, isBreaching: true })),
    ...around.flatMap((span) => parted(span, causes)),
  ];
}

/** Spans in the order of time that neither touch nor overlap. */
function merged(spans: readonly Span[]): Span[] {
  const apart: Span[] = [];
  for (const { start, end } of [...spans].sort((a, b) => a.start - b.start)) {
    const last = apart.at(-1);
    if (last === undefined || start > last.end) apart.push({ start, end });
    else apart[apart.length - 1] = { start: last.start, end: Math.max(last.end, end) };
  }
  return apart;
}

/** A span cut where periods with causes begin and end. */
function parted(span: Span, causes: readonly Span[]): Stretch[] {
  const parts: Stretch[] = [];
  let left: Stretch | undefined = { ...span, phase: phases.actors, isBreaching: false };
  for (const cause of causes) {
    const inside: Stretch | null = left === undefined ? null : clip(left, cause);
    if (left === undefined || inside === null) continue;
    const outside: Stretch[] = without(left, cause);
    parts.push(...outside.filter(({ end }) => end <= inside.start), { ...inside, isBreaching: true });
    left = outside.find(({ start }) => start >= inside.end);
  }
  return left === undefined ? parts : [...parts, left];
}
