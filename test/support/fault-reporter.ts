import { writeFileSync, writeSync } from 'node:fs';
import type { Reporter, TestModule } from 'vitest/node';

/** What a test did to the program, and what became of it. */
export interface FaultRow {
  readonly fault: string;
  readonly hits: number;
  readonly lost: number;
  readonly doubled: number;
}

declare module 'vitest' {
  interface TaskMeta {
    /** Of a test of faults: the rows that it adds to the table at the end of the run. */
    faults?: FaultRow[];
  }
}

/**
 * Ends a run in which there were tests of faults with their table. `FAULT_REPORT=path` also writes it there, as
 * Markdown.
 */
export class FaultReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const rows = modules.flatMap((module) =>
      [...module.children.allTests()].flatMap((test) => test.meta().faults ?? []),
    );
    if (rows.length === 0) return;
    const path = process.env['FAULT_REPORT'];
    if (path) writeFileSync(path, `${table(rows)}\n`);
    // At exit and synchronous, as the line of counts is, which comes after it.
    process.once('exit', () => writeSync(1, `\n${table(rows)}\n\n`));
  }
}

function table(rows: readonly FaultRow[]): string {
  const head = ['fault', 'times hit', 'lost', 'doubled'];
  const cells = rows.map(({ fault, hits, lost, doubled }) => [fault, ...[hits, lost, doubled].map(String)]);
  const widths = head.map((title, column) => Math.max(title.length, ...cells.map((row) => row[column]?.length ?? 0)));
  const line = (row: readonly string[]) =>
    `| ${row.map((cell, column) => (column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0))).join(' | ')} |`;
  const rule = `|${widths.map((width, column) => (column === 0 ? '-'.repeat(width + 2) : `${'-'.repeat(width + 1)}:`)).join('|')}|`;
  return [line(head), rule, ...cells.map(line)].join('\n');
}
