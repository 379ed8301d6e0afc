import type { Terminal } from './terminal.js';

export interface CheckReport {
  readonly ok: boolean;
  readonly checks: readonly {
    readonly call: string;
    /** What it was tried on. */
    readonly resource: string;
    /** Null: it was not tried. */
    readonly ok: boolean | null;
    readonly error: string | null;
    readonly missingPermission: string | null;
    readonly policyStatement: unknown;
  }[];
}

/** Shows each call, and under one that failed or was not tried why, and the statement that would allow it. */
export function showChecks(terminal: Terminal, report: CheckReport): void {
  for (const { call, resource, ok, error, missingPermission, policyStatement } of report.checks) {
    terminal.out(`${outcome(terminal, ok)}${call}${resource === '*' ? '' : ` ${resource}`}`);
    if (error !== null) terminal.out(`       ${error}`);
    if (missingPermission !== null) terminal.out(`       missing: ${missingPermission}`);
    if (policyStatement !== null) terminal.out(indent(asText(policyStatement), 7));
  }
}

function outcome(terminal: Terminal, ok: boolean | null): string {
  if (ok === null) return terminal.style('yellow', '-      ');
  return ok ? terminal.style('green', 'ok     ') : terminal.style('red', 'FAILED ');
}

function asText(statement: unknown): string {
  return typeof statement === 'string' ? statement : JSON.stringify(statement, null, 2);
}

function indent(text: string, by: number): string {
  return text.replace(/^/gm, ' '.repeat(by));
}
