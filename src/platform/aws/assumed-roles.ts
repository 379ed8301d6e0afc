/** Credentials as the SDK's clients take them. */
export interface AwsCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
  readonly expiration?: Date;
}

/** A role as it is assumed; every part of it makes another session. */
export interface RoleSession {
  readonly roleArn: string;
  readonly externalId: string | null;
  readonly sessionName: string;
}

/** Renewed this long before they end, so that a long download never ends with them. */
const renewAheadMs = 5 * 60_000;

interface Held {
  credentials: AwsCredentials | null;
  pending: Promise<AwsCredentials> | null;
}

/**
 * The credentials of every assumed role, fetched once and shared by all clients. They are renewed ahead of their end;
 * when that fails, those in hand serve until they really end.
 */
export class AssumedRoles {
  private readonly held = new Map<string, Held>();

  constructor(
    private readonly assume: (session: RoleSession) => Promise<AwsCredentials>,
    private readonly now: () => number,
  ) {}

  async credentials(session: RoleSession): Promise<AwsCredentials> {
    const key = JSON.stringify([session.roleArn, session.externalId, session.sessionName]);
    const held = this.held.get(key) ?? { credentials: null, pending: null };
    this.held.set(key, held);
    if (held.credentials !== null && this.left(held.credentials) > renewAheadMs) return held.credentials;
    held.pending ??= this.renew(session, held);
    try {
      return await held.pending;
    } catch (error) {
      if (held.credentials !== null && this.left(held.credentials) > 0) return held.credentials;
      this.held.delete(key);
      throw error;
    }
  }

  private async renew(session: RoleSession, held: Held): Promise<AwsCredentials> {
    try {
      held.credentials = await this.assume(session);
      return held.credentials;
    } finally {
      held.pending = null;
    }
  }

  private left(credentials: AwsCredentials): number {
    return (credentials.expiration?.getTime() ?? Number.POSITIVE_INFINITY) - this.now();
  }
}
