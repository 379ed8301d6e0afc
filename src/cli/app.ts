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
  /** Lists the days from `from` to `to` of a source and puts the files that are new in the ledger. */
  backfill(request: BackfillRequest): Promise<{ filesFound: number; filesNew: number }>;
  /** The ARN that the hub's credentials speak for, or null without credentials. */
  hubIdentity(): Promise<string | null>;
  /** Releases everything in order; jobs in flight are finished or handed back. */
  stop(): Promise<void>;
}

export interface BackfillRequest {
  readonly sourceId: string;
  /** The first day, `YYYY-MM-DD`. */
  readonly from: string;
  /** The last day, included. */
  readonly to: string;
  readonly accountIds: readonly string[] | null;
  readonly regions: readonly string[] | null;
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
