import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';

/** What makes a second demo in the same folder go on where the first one stopped. */
const DemoState = z.object({
  /** Same seed and time, same organisation. */
  seed: z.number().int(),
  /** The time, in milliseconds since 1970, up to which the organisation's files were written; null before that. */
  organizationAt: z.number().int().nullable(),
  adminToken: z.string(),
});
export type DemoState = z.infer<typeof DemoState>;

/** The state kept in the folder, or that of a first demo. */
export function readDemoState(dataDir: string): DemoState {
  try {
    return DemoState.parse(JSON.parse(readFileSync(join(dataDir, 'demo.json'), 'utf8')));
  } catch {
    return { seed: 1, organizationAt: null, adminToken: `demo-${randomBytes(18).toString('base64url')}` };
  }
}

export function writeDemoState(dataDir: string, state: DemoState): void {
  mkdirSync(dataDir, { recursive: true });
  const file = join(dataDir, 'demo.json');
  // It holds a token, and half a file would be no state.
  writeFileSync(`${file}.new`, JSON.stringify(state), { mode: 0o600 });
  renameSync(`${file}.new`, file);
}
