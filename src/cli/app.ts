import type { ValidationListener, ValidationRequest, ValidationSummary } from '../sources/log-validation.service.js';

/**
 * What the command line needs of the app. Everything that the API can do is asked of it in GraphQL, so that a command
 * follows the same rules, leaves the same audit entries and needs no interface of its own.
 */
export interface CliApp {
  /** Where the API listens, such as `http://127.0.0.1:4000`; null for a role that serves nothing. */
  readonly url: string | null;
  /** The secret of the first token, where this start made it: it is shown once, here. */
  readonly newAdminToken: string | null;
  /**
   * Runs an operation in this process as the operator: every scope, every account. In the audit log it stands as the
   * command line's.
   *
   * @returns `data` as a client gets it: plain JSON, times as text
   * @throws CrosstrailError the first error, with its code
   */
  execute<Data>(document: string, variables?: Readonly<Record<string, unknown>>): Promise<Data>;
  /** The ARN that the hub's credentials speak for, or null without credentials. */
  hubIdentity(): Promise<string | null>;
  /**
   * Reads digests and log files from their bucket again, and tells what is wrong as it goes.
   *
   * @throws CrosstrailError NOT_FOUND where no source collects the account
   */
  verify(request: ValidationRequest, listener: ValidationListener, signal: AbortSignal): Promise<ValidationSummary>;
  /** Releases everything in order; jobs in flight are finished or handed back. */
  stop(): Promise<void>;
}

/** all: everything in one process. client: no jobs, no server; joins an embedded database that is already running. */
export type Role = 'all' | 'api' | 'worker' | 'client';

export interface CliDeps {
  /**
   * Reads the configuration and opens the app.
   *
   * @param defaults values for variables that the environment does not set
   */
  readonly openApp: (role: Role, defaults?: Readonly<Record<string, string>>) => Promise<CliApp>;
  /** Brings the database up to date; the names of the migrations that were run. */
  readonly migrate: () => Promise<string[]>;
  /** What the demo must know of the configuration before it opens the app. */
  readonly settings: (defaults?: Readonly<Record<string, string>>) => { dataDir: string; adminToken: string | null };
  readonly version: string;
}
