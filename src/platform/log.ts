import { pino } from 'pino';
import pretty from 'pino-pretty';
import { CrosstrailError } from './errors.js';

export type Logger = import('pino').Logger;

/**
 * The one root logger of a process; rooms make children of it that carry their ids.
 *
 * Lines go to standard error, so that what a command prints stays clean for pipes.
 * ERROR means that a person must act.
 *
 * @param options.level pino's: fatal, error, warn, info, debug, trace or silent
 * @param options.pretty for people at a terminal; otherwise one JSON object a line
 */
export function createLogger(options: { level: string; pretty: boolean }): Logger {
  // Both write synchronously: the last lines before an exit are the ones that matter, and a worker
  // thread would hold them back.
  const destination = options.pretty
    ? pretty({ destination: 2, sync: true, ignore: 'pid,hostname', translateTime: 'SYS:HH:MM:ss.l' })
    : pino.destination({ dest: 2, sync: true });
  return pino(
    {
      level: options.level,
      redact: {
        paths: [
          'authorization',
          'password',
          'secret',
          'secretAccessKey',
          'sessionToken',
          '*.authorization',
          '*.password',
          '*.secret',
          '*.secretAccessKey',
          '*.sessionToken',
        ],
        censor: '[hidden]',
      },
    },
    destination,
  );
}

/** Fields of a log line about a failure: for one that explains itself its words are enough, for others the stack too. */
export function failureFields(error: unknown): { reason: string } | { err: unknown } {
  return error instanceof CrosstrailError ? { reason: error.message } : { err: error };
}
