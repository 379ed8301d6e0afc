import type { Terminal } from './terminal.js';

export interface CheckReport {
  readonly ok: boolean;
  readonly checks: readonly {
    readonly call: string;
    readonly ok: boolean;
    readonly error: string | null;
    readonly missingPermission: string | null;
    readonly policyStatement: unknown;
  }[];
}

/** Shows each call that was tried, and under one that failed why, and the statement that would allow it. */
export function showChecks(terminal: Terminal, report: CheckReport): void {
  for (const { call, ok, error, missingPermission, policyStatement } of report.checks) {
    terminal.out(`${ok ? terminal.style('green', 'ok     ') : terminal.style('red', 'FAILED ')}${call}`);
    if (error !== null) terminal.out(`       ${error}`);
    if (missingPermission !== null) terminal.out(`       missing: ${missingPermission}`);
    if (policyStatement !== null) terminal.out(indent(asText(policyStatement), 7));
  }
}

function asText(statement: unknown): string {
  return typeof statement === 'string' ? statement : JSON.stringify(statement, null, 2);
}

function indent(text: string, by: number): string {
  return text.replace(/^/gm, ' '.repeat(by));
}
