import { minuteMs } from '../lib/time.js';

/** How far a backfill is. */
export interface BackfillFigures {
  /** Day folders to list, as far as they are known. */
  readonly folders: number;
  readonly foldersListed: number;
  /** Log files that its listings showed. */
  readonly files: number;
  readonly bytes: number;
  /** Of those, what still waits to be read. */
  readonly filesPending: number;
  readonly bytesPending: number;
  /** Folders of some account are still to be looked for, so that `folders` will grow. */
  readonly isMapping: boolean;
}

/** How far a backfill was at a time. */
export interface BackfillSample {
  /** Milliseconds since 1970 UTC. */
  readonly at: number;
  readonly folders: number;
  /** Of files that were listed and do not wait any more. */
  readonly bytes: number;
}

/** The rate is that of these last minutes: what came before says little of what is to come. */
const windowMs = 10 * minuteMs;
const sampleEveryMs = minuteMs / 2;
/** A shorter time says nothing. */
const shortestMs = 5000;

export function sampleOf({ foldersListed, bytes, bytesPending }: BackfillFigures, now: number): BackfillSample {
  return { at: now, folders: foldersListed, bytes: bytes - bytesPending };
}

/** The samples with one more, where the last is old enough; those that have grown too old are left out. */
export function addSample(samples: readonly BackfillSample[], sample: BackfillSample): BackfillSample[] {
  const young = samples.filter(({ at }) => sample.at - at <= windowMs);
  const last = young.at(-1);
  return last !== undefined && sample.at - last.at < sampleEveryMs ? young : [...young, sample];
}

/** Bytes of log files a second, as stored, in the last minutes; null before there is anything to tell by. */
export function bytesPerSecond(
  figures: BackfillFigures,
  samples: readonly BackfillSample[],
  now: number,
): number | null {
  const before = samples[0];
  if (before === undefined || now - before.at < shortestMs) return null;
  return Math.max(0, sampleOf(figures, now).bytes - before.bytes) / ((now - before.at) / 1000);
}

/**
 * When a backfill will be done, if it goes on as in the last minutes: folders that are still to be listed are taken to
 * hold as much as those that were.
 *
 * @returns milliseconds since 1970 UTC; null where nothing moves, or too little is known
 */
export function etaOf(figures: BackfillFigures, samples: readonly BackfillSample[], now: number): number | null {
  const { folders, foldersListed, bytes, isMapping } = figures;
  const rate = bytesPerSecond(figures, samples, now);
  const before = samples[0];
  if (isMapping || rate === null || before === undefined) return null;
  const seconds: number[] = [];
  const bytesLeft = (foldersListed === 0 ? 0 : (bytes / foldersListed) * folders) - sampleOf(figures, now).bytes;
  if (bytesLeft > 0) seconds.push(bytesLeft / rate);
  const foldersRate = (foldersListed - before.folders) / ((now - before.at) / 1000);
  // Listing rests while many files wait; then it is their bytes that tell.
  if (folders > foldersListed && (foldersRate > 0 || bytesLeft <= 0)) {
    seconds.push((folders - foldersListed) / foldersRate);
  }
  const longest = Math.max(0, ...seconds);
  return Number.isFinite(longest) ? now + Math.round(longest * 1000) : null;
}
