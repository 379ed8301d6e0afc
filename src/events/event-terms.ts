import type { CloudTrailEvent } from '../formats/cloudtrail/cloudtrail-event.js';

/**
 * What an investigation asks for, as numbers: each chunk of records keeps those of its events, and an index over them
 * finds the chunks. A number stands for one value of one kind. Two values may share one: the events of a chunk that was
 * found are always compared themselves.
 */
export const termKinds = {
  eventName: 1,
  errorCode: 2,
  /** `principal_arn` and `session_issuer_arn`: a filter on principals means either. */
  principal: 3,
  /** `user_name`, or the name of the role behind the session. */
  userName: 4,
  accessKeyId: 5,
  address: 6,
  /** The first 16 and 24 bits of an IPv4 address, the first 32, 48 and 64 of an IPv6 address: for CIDR blocks. */
  network: 7,
  resourceArn: 8,
  eventSource: 9,
} as const;
export type TermKind = keyof typeof termKinds;

/** FNV-1a over UTF-16 units, begun with the kind. Stored: it never changes. http://www.isthe.com/chongo/tech/comp/fnv/ */
export function termOf(kind: TermKind, value: string): number {
  let hash = Math.imul(0x811c9dc5 ^ termKinds[kind], 0x01000193);
  for (let index = 0; index < value.length; index++) {
    hash = Math.imul(hash ^ value.charCodeAt(index), 0x01000193);
  }
  return hash | 0;
}

/** The name at the end of a role's ARN: what a session without a user name goes by. */
export function roleNameOf(sessionIssuerArn: string): string | null {
  const slash = sessionIssuerArn.lastIndexOf('/');
  const name = sessionIssuerArn.slice(slash + 1);
  return slash < 0 || name === '' ? null : name;
}

/** The networks that an address is found by, as `<bits>/<address cut to those bits>`. */
export function networksOf(address: string): string[] {
  return address.includes(':') ? ipv6Networks(address) : ipv4Networks(address);
}

function ipv4Networks(address: string): string[] {
  const third = address.lastIndexOf('.');
  const second = address.lastIndexOf('.', third - 1);
  return [`24/${address.slice(0, third)}`, `16/${address.slice(0, second)}`];
}

function ipv6Networks(address: string): string[] {
  const groups = expandedGroups(address);
  return [
    `64/${groups.slice(0, 4).join(':')}`,
    `48/${groups.slice(0, 3).join(':')}`,
    `32/${groups.slice(0, 2).join(':')}`,
  ];
}

/** The eight groups of an IPv6 address in the form of RFC 5952. */
function expandedGroups(address: string): string[] {
  const [head = '', tail] = address.split('::');
  const first = head === '' ? [] : head.split(':');
  if (tail === undefined) return first;
  const last = tail === '' ? [] : tail.split(':');
  return [...first, ...Array<string>(8 - first.length - last.length).fill('0'), ...last];
}

/** What terms are made of. */
export type TermColumns = Pick<
  CloudTrailEvent,
  | 'eventName'
  | 'eventSource'
  | 'errorCode'
  | 'principalArn'
  | 'sessionIssuerArn'
  | 'userName'
  | 'accessKeyId'
  | 'sourceIp'
  | 'sourceAddress'
  | 'resourceArns'
>;

/** Collects the terms of a chunk. Neighbours have much in common, so what the last event had is not looked at again. */
export class TermCollector {
  readonly terms = new Set<number>();
  #last: TermColumns | null = null;

  add(event: TermColumns): void {
    const last = this.#last;
    this.#last = event;
    const { principalArn, sessionIssuerArn, sourceIp } = event;
    this.#term('eventName', event.eventName, last?.eventName);
    this.#term('eventSource', event.eventSource, last?.eventSource);
    this.#term('errorCode', event.errorCode, last?.errorCode);
    this.#term('principal', principalArn, last?.principalArn);
    this.#term('accessKeyId', event.accessKeyId, last?.accessKeyId);
    this.#term('userName', event.userName, last?.userName);
    if (sessionIssuerArn !== null && sessionIssuerArn !== last?.sessionIssuerArn) {
      this.#term('principal', sessionIssuerArn, null);
      this.#term('userName', roleNameOf(sessionIssuerArn), null);
    }
    this.#term('address', event.sourceAddress, last?.sourceAddress);
    if (sourceIp !== null && sourceIp !== last?.sourceIp) {
      this.#term('address', sourceIp, null);
      for (const network of networksOf(sourceIp)) this.#term('network', network, null);
    }
    for (const arn of event.resourceArns) this.#term('resourceArn', arn, null);
  }

  #term(kind: TermKind, value: string | null, last: string | null | undefined): void {
    if (value !== null && value !== last) this.terms.add(termOf(kind, value));
  }
}
