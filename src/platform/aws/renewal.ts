import type { AssumedRoles, RoleSession } from './assumed-roles.js';

/**
 * What AWS answers to credentials that it took before: S3, services of the JSON protocols and STS each have words of
 * their own, for those that have run out and for those that were revoked.
 */
const refused = new Set([
  'ExpiredToken',
  'ExpiredTokenException',
  'TokenRefreshRequired',
  'RequestExpired',
  'InvalidAccessKeyId',
  'InvalidClientTokenId',
  'UnrecognizedClientException',
  'InvalidToken',
]);

/** Where the SDK takes a middleware: outside its own retries, so that a call that is tried once more is signed anew. */
export const renewalStep = { step: 'initialize', name: 'renewRefusedCredentials' } as const;

/** A middleware for the SDK's clients: refused credentials are dropped, the role is assumed anew, the call made again. */
export function renewal(roles: AssumedRoles, session: RoleSession | null) {
  return <Call, Answer>(next: (call: Call) => Promise<Answer>) =>
    async (call: Call): Promise<Answer> => {
      const used = session === null ? null : roles.accessKeyOf(session);
      try {
        return await next(call);
      } catch (error) {
        // Credentials that were new with this very call would be no better the next time.
        if (session === null || used === null || !(error instanceof Error) || !refused.has(error.name)) throw error;
        roles.drop(session, used);
        return await next(call);
      }
    };
}
