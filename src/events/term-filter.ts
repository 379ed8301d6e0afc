import ipaddr from 'ipaddr.js';
import type { EventSelection } from './event-filter.js';
import { networksOf, type TermKind, termOf } from './event-terms.js';

/** Of each group a chunk must hold at least one term, else none of its events satisfies the filter. */
export type TermGroups = readonly (readonly number[])[];

/** A block of fewer bits than a stored network is asked for by each of the networks in it, up to this many. */
const maxNetworks = 256;

/** The terms that a selection asks for, a group for each field of its filter that has any; none when it has none. */
export function termGroupsOf({ filter, addresses, actors, scope }: EventSelection): TermGroups {
  const lists: readonly [TermKind, readonly string[] | null | undefined][] = [
    ['eventName', filter.eventNames],
    ['eventSource', filter.eventSources],
    ['errorCode', filter.errorCodes],
    ['principal', filter.principalArns],
    ['userName', filter.userNames],
    ['accessKeyId', filter.accessKeyIds],
    ['resourceArn', filter.resourceArns],
  ];
  const groups = lists.flatMap(([kind, values]) => (values ? [values.map((value) => termOf(kind, value))] : []));
  const actorTerms = actors ? termsOfActors(actors) : null;
  if (actorTerms !== null) groups.push(actorTerms);
  // Names of one account have an index of their own, in the order of time.
  if (filter.eventNames && groups.length === 1 && addresses === null && scope.accountIds?.length === 1) return [];
  const addressTerms = addresses ? termsOfAddresses(addresses) : null;
  return addressTerms === null ? groups : [...groups, addressTerms];
}

/** One group: a chunk with a term of any of them may hold one of their events. */
function termsOfActors(actors: NonNullable<EventSelection['actors']>): number[] | null {
  const addressTerms = termsOfAddresses(actors.addresses);
  if (addressTerms === null) return null;
  return [
    ...actors.principalArns.map((arn) => termOf('principal', arn)),
    ...actors.accessKeyIds.map((key) => termOf('accessKeyId', key)),
    ...addressTerms,
  ];
}

/** Null where a block is too wide to be asked for by terms. */
function termsOfAddresses({ networks, names }: NonNullable<EventSelection['addresses']>): number[] | null {
  const terms = names.map((name) => termOf('address', name));
  for (const network of networks) {
    if (!network.includes('/')) {
      terms.push(termOf('address', canonical(network)));
      continue;
    }
    const within = networksWithin(network);
    if (within === null) return null;
    terms.push(...within.map((stored) => termOf('network', stored)));
  }
  return terms;
}

/** As Postgres prints it, and so as it is stored. */
function canonical(address: string): string {
  const parsed = ipaddr.parse(address);
  return parsed instanceof ipaddr.IPv6 ? parsed.toRFC5952String() : parsed.toString();
}

/** The stored networks that hold every address of the block; see `networksOf`. */
function networksWithin(block: string): string[] | null {
  const [address, bits] = ipaddr.parseCIDR(block);
  const stored = networksOf(canonical(address.toString()));
  // They come from the narrowest to the widest.
  const holding = stored.find((network) => bits >= bitsOf(network));
  if (holding !== undefined) return [holding];
  const widest = stored.at(-1) as string;
  const count = 2 ** (bitsOf(widest) - bits);
  if (!(address instanceof ipaddr.IPv4) || count > maxNetworks) return null;
  const [first = 0, second = 0] = address.toByteArray();
  return Array.from({ length: count }, (_, index) => {
    const number = first * 256 + second + index;
    return `16/${number >> 8}.${number & 255}`;
  });
}

function bitsOf(network: string): number {
  return Number(network.slice(0, network.indexOf('/')));
}
