import { rm } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import type { GeneratedFile } from '../../demo/generator/log-files.js';
import { demoLiveFile, demoOrganization } from '../../demo/generator/organization.js';
import { writeBucket } from '../../demo/generator/write-bucket.js';
import type { Trace } from './queries.js';

export interface DemoOrganization {
  readonly accounts: readonly { readonly accountId: string; readonly name: string }[];
  readonly trace: Trace;
}

const liveIntervalMs = 5_000;

/** The organisation as it is at a time; `demoOrganization` says how much that is. */
export function organizationAt(
  seed: number,
  now: number,
): DemoOrganization & { readonly files: readonly GeneratedFile[] } {
  const { accounts, files, story } = demoOrganization({ seed, now });
  return { accounts, files, trace: story };
}

/** Fills an empty bucket: what an earlier demo, cut short, left in it would be told twice. */
export async function fillBucket(bucket: string, files: readonly GeneratedFile[]): Promise<void> {
  await rm(bucket, { recursive: true, force: true });
  await writeBucket(bucket, files);
}

/** Writes another file every few seconds until the signal fires. */
export async function keepArriving(bucket: string, seed: number, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await sleep(liveIntervalMs, undefined, { signal }).catch(() => undefined);
    if (signal.aborted) return;
    const now = Date.now();
    // Numbered by the clock, so that a second demo in the same folder does not write the first one's files again.
    const sequence = Math.floor(now / liveIntervalMs);
    await writeBucket(bucket, [demoLiveFile({ seed, sequence, now })]);
  }
}
