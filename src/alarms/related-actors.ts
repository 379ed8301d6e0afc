import type { Actors } from '../events/event-actors.port.js';
import type { EventIdentity } from '../events/event-trail.port.js';
import type { EventRelation } from './related-event.entity.js';

/** Distinct values of each kind that are followed: the first ones, in the order of time. */
export const mostFollowed = 50;

/**
 * Who made the causes of an alarm: principals, access keys and addresses, each of which is followed for itself. AWS's own
 * services stand behind the calls of many: they are not followed.
 */
export class RelatedActors {
  readonly #principals = new Set<string>();
  readonly #keys = new Set<string>();
  readonly #addresses = new Set<string>();

  get isEmpty(): boolean {
    return this.#principals.size + this.#keys.size + this.#addresses.size === 0;
  }

  get values(): Actors {
    return {
      principalArns: [...this.#principals],
      accessKeyIds: [...this.#keys],
      sourceIPAddresses: [...this.#addresses],
    };
  }

  /** @returns whether it has brought a value that was not there */
  add(identity: EventIdentity): boolean {
    const brought = [
      keep(this.#principals, followedPrincipal(identity)),
      keep(this.#keys, identity.accessKeyId),
      keep(this.#addresses, followedAddress(identity)),
    ];
    return brought.includes(true);
  }

  /** What an event of theirs has in common with a cause. */
  relationOf({ principalArn, sessionIssuerArn, accessKeyId }: EventIdentity): EventRelation {
    const arns = [principalArn, sessionIssuerArn];
    if (arns.some((arn) => arn !== null && this.#principals.has(arn))) return 'PRINCIPAL';
    return accessKeyId !== null && this.#keys.has(accessKeyId) ? 'ACCESS_KEY' : 'SOURCE_IP';
  }
}

function keep(values: Set<string>, value: string | null): boolean {
  if (value === null || values.has(value) || values.size === mostFollowed) return false;
  values.add(value);
  return true;
}

/**
 * The session itself where there is one: many people share a role. Not a service principal, and not the session of a
 * service-linked role, whose name IAM keeps for services ("Create a service-linked role", IAM User Guide).
 */
function followedPrincipal({ identityType, principalArn, sessionIssuerArn }: EventIdentity): string | null {
  const arn = principalArn ?? sessionIssuerArn;
  if (arn === null || identityType === 'AWSService' || isServiceName(arn)) return null;
  return /:assumed-role\/AWSServiceRoleFor|:role\/aws-service-role\//.test(arn) ? null : arn;
}

/** CloudTrail has the DNS name of a service, or `AWS Internal`, where AWS made the call. */
function followedAddress({ sourceIPAddress }: EventIdentity): string | null {
  if (sourceIPAddress === null || !/^[\da-f:.]+$/i.test(sourceIPAddress)) return null;
  return sourceIPAddress;
}

function isServiceName(text: string): boolean {
  return /\.amazonaws\.com(\.cn)?$/.test(text);
}
