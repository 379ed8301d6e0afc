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
  /** The session that assumes it; the hub itself when left out. */
  readonly via?: RoleSession | null;
}

/** Renewed this long before they end, so that a long download never ends with them. */
const renewAheadMs = 5 * 60_000;

interface Held {
  credentials: AwsCredentials | null;
  pending: Promise<AwsCredentials> | null;
}

/**
 * The credentials of every assumed role, fetched once and shared by all clients. They are renewed ahead of their end;
 * when that fails, those in hand serve until they really end. What AWS no longer takes is dropped before that.
 */
export class AssumedRoles {
  private readonly held = new Map<string, Held>();

  constructor(
    private readonly assume: (session: RoleSession) => Promise<AwsCredentials>,
    private readonly now: () => number,
  ) {}

  async credentials(session: RoleSession): Promise<AwsCredentials> {
    const key = keyOf(session);
    const held = this.held.get(key) ?? { credentials: null, pending: null };
    this.held.set(key, held);
    if (held.credentials !== null && this.left(held.credentials) > renewAheadMs) return held.credentials;
    held.pending ??= this.renew(session, held);
    try {
      return await held.pending;
    } catch (error) {
      if (held.credentials !== null && this.left(held.credentials) > 0) return held.credentials;
      // One that was dropped and taken up anew meanwhile is not this one.
      if (this.held.get(key) === held) this.held.delete(key);
      throw error;
    }
  }

  /** The access key that is in hand for the role, or null. */
  accessKeyOf(session: RoleSession): string | null {
    return this.held.get(keyOf(session))?.credentials?.accessKeyId ?? null;
  }

  /**
   * Forgets credentials that AWS refuses, so that the role is assumed anew. Of many calls that were refused together,
   * the first drops them; what was assumed since then stays.
   */
  drop(session: RoleSession, accessKeyId: string): void {
    const key = keyOf(session);
    if (this.held.get(key)?.credentials?.accessKeyId === accessKeyId) this.held.delete(key);
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

function keyOf({ roleArn, externalId, sessionName, via }: RoleSession): string {
  return JSON.stringify([roleArn, externalId, sessionName, via ? keyOf(via) : null]);
}
