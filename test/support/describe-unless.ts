import { describe } from 'vitest';

/**
 * A suite that needs something a machine may not have.
 *
 * @param missing why the suite cannot run here, as the reader of the closing list should see it; null runs it
 */
export function describeUnless(missing: string | null, name: string, body: () => void): void {
  if (missing === null) {
    describe(name, body);
    return;
  }
  console.warn(`SKIPPED ${name}: ${missing}`);
  describe(name, { skip: true, meta: { skipReason: missing } }, body);
}
