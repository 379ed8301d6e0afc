import { writeSync } from 'node:fs';
import type { Reporter, SerializedError, TestCase, TestModule, TestSuite } from 'vitest/node';

interface Counts {
  passed: number;
  failed: number;
  skipped: number;
}

/**
 * Ends a run with a list of what was skipped and why, and one plain line of counts that is the last of all output.
 * A file that cannot be loaded, a failing hook and an unhandled error count as one failure each, so that the line
 * never says "0 failed" of a run that failed.
 */
export class CountsReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandled: readonly SerializedError[]): void {
    const counts = count(modules);
    counts.failed += unhandled.length;
    const text = `${describeSkipped(modules)}${closingLine(counts)}\n`;
    // At exit, after the other reporters and the teardown of the run have had their say; synchronous, as exit demands.
    process.once('exit', () => writeSync(1, text));
  }
}

function count(modules: readonly TestModule[]): Counts {
  const counts: Counts = { passed: 0, failed: 0, skipped: 0 };
  for (const module of modules) {
    counts.failed += module.errors().length;
    for (const suite of module.children.allSuites()) counts.failed += suite.errors().length;
    for (const test of module.children.allTests()) {
      const { state } = test.result();
      // Pending: the run was cut short before the test had a result.
      if (state === 'pending') counts.failed += 1;
      else counts[state] += 1;
    }
  }
  return counts;
}

function closingLine({ passed, failed, skipped }: Counts): string {
  return `Tests: ${passed} passed, ${failed} failed${skipped === 0 ? '' : `, ${skipped} skipped`}`;
}

/** One line for each suite (or lone test) that was skipped, with its reason and the number of tests in it. */
function describeSkipped(modules: readonly TestModule[]): string {
  const skipped = new Map<string, { reason: string; tests: number }>();
  for (const module of modules) {
    for (const test of module.children.allTests('skipped')) {
      const top = outermostSkipped(test);
      const name = `${module.relativeModuleId} > ${top.fullName}`;
      const entry = skipped.get(name) ?? { reason: reasonOf(test, top), tests: 0 };
      skipped.set(name, { ...entry, tests: entry.tests + 1 });
    }
  }
  if (skipped.size === 0) return '';
  const lines = [...skipped].map(
    ([name, { reason, tests }]) => `  ${name}\n    ${tests} ${tests === 1 ? 'test' : 'tests'}: ${reason}\n`,
  );
  return `\n!! NOT RUN\n${lines.join('')}\n`;
}

function outermostSkipped(test: TestCase): TestCase | TestSuite {
  let top: TestCase | TestSuite = test;
  while (top.parent.type === 'suite' && top.parent.options.mode === 'skip') top = top.parent;
  return top;
}

function reasonOf(test: TestCase, top: TestCase | TestSuite): string {
  const result = test.result();
  const note = result.state === 'skipped' ? result.note : undefined;
  return note ?? top.meta().skipReason ?? (setupFailed(test) ? 'its setup failed' : 'no reason was given');
}

function setupFailed(test: TestCase): boolean {
  for (let parent = test.parent; parent.type === 'suite'; parent = parent.parent) {
    if (parent.errors().length > 0) return true;
  }
  return test.module.errors().length > 0;
}

declare module 'vitest' {
  interface TaskMeta {
    /** Why a suite is skipped; see `describeUnless`. */
    skipReason?: string;
  }
}
