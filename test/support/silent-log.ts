import { pino } from 'pino';
import type { Logger } from '../../src/platform/log.js';
import { Collector } from './collector.js';

export const silentLog: Logger = pino({ level: 'silent' });

export interface LogLine {
  /** pino's numbers: 30 info, 40 warn, 50 error. */
  readonly level: number;
  readonly msg: string;
  readonly [field: string]: unknown;
}

/** A logger that keeps its lines, for tests of what is logged. */
export function recordingLog(): { log: Logger; lines: Collector<LogLine> } {
  const lines = new Collector<LogLine>();
  const log = pino({ level: 'trace' }, { write: (line: string) => lines.push(JSON.parse(line) as LogLine) });
  return { log, lines };
}
