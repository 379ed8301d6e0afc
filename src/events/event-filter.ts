import ipaddr from 'ipaddr.js';
import { type AccountScope, narrow } from '../access/scope.js';
import { isPlainAddress } from '../formats/cloudtrail/source-address.js';
import { type EventPattern, EventPatternError } from '../patterns/event-pattern/event-pattern.js';
import { parseEventPattern } from '../patterns/event-pattern/parse-event-pattern.js';
import type { Parameters } from '../platform/database/parameters.js';
import { badInput } from '../platform/errors.js';
import type { EventFilter } from './event.inputs.js';
import type { Actors } from './event-actors.port.js';
import { narrowByPattern } from './pattern-filter.js';

/** A filter that has been checked, with the scope already taken into it. */
export interface EventSelection {
  readonly scope: AccountScope;
  readonly filter: EventFilter;
  /** Milliseconds UTC: `from` inclusive, `to` exclusive. */
  readonly from: number | null;
  readonly to: number | null;
  readonly addresses: AddressFilter | null;
  /** What it demands with exact values has been taken into `filter`. */
  readonly pattern: EventPattern | null;
  readonly actors: SelectedActors | null;
}

/** Whose events they are: one of the principals', the keys' or the addresses'. */
interface SelectedActors extends Pick<Actors, 'principalArns' | 'accessKeyIds'> {
  readonly addresses: AddressFilter;
}

interface AddressFilter {
  /** Addresses and CIDR blocks, for `inet`. */
  readonly networks: readonly string[];
  /** What stands there word for word: names, and addresses in any spelling. */
  readonly names: readonly string[];
}

const maxSearchLength = 256;

/**
 * Checks a filter once, at the edge.
 *
 * @param actors the events of any of these alone; of whoever where it is null
 */
export function selectEvents(
  scope: AccountScope,
  filter: EventFilter | null | undefined,
  actors: Actors | null = null,
): EventSelection {
  const pattern = isGiven(filter?.pattern) ? patternOf('filter.pattern', filter?.pattern) : null;
  const given = pattern === null ? (filter ?? {}) : narrowByPattern(filter ?? {}, pattern);
  const [from, to] = [given.eventTime?.from?.getTime() ?? null, given.eventTime?.to?.getTime() ?? null];
  if (from !== null && to !== null && from >= to) {
    throw badInput('filter.eventTime', `from must be before to, as ${iso(from)} is not before ${iso(to)}`);
  }
  if (given.search !== undefined && given.search !== null) checkSearch(given.search);
  return {
    scope: narrow(scope, given.accountIds),
    filter: given,
    from,
    to,
    addresses: given.sourceIPAddresses ? parseAddresses(given.sourceIPAddresses) : null,
    pattern,
    actors: actors && { ...actors, addresses: storedAddresses(actors.sourceIPAddresses) },
  };
}

/** @throws BAD_USER_INPUT in the words of the pattern's own error */
function patternOf(argument: string, given: unknown): EventPattern {
  try {
    return parseEventPattern(given);
  } catch (error) {
    if (error instanceof EventPatternError) throw badInput(argument, error.reason, error.position);
    throw error;
  }
}

function isGiven(value: unknown): boolean {
  return value !== null && value !== undefined;
}

function checkSearch(search: string): void {
  if (search.trim() === '') throw badInput('filter.search', 'is empty; leave it out to search for nothing');
  if (search.length > maxSearchLength) {
    throw badInput('filter.search', `has ${search.length} characters, at most ${maxSearchLength} are possible`);
  }
}

function parseAddresses(values: readonly string[]): AddressFilter {
  const networks: string[] = [];
  const names: string[] = [];
  for (const [index, value] of values.entries()) {
    if (value.includes('/')) {
      networks.push(parseBlock(value, `filter.sourceIPAddresses[${index}]`));
      continue;
    }
    if (ipaddr.isValid(value) && isFourPart(value)) networks.push(value);
    // An address in another spelling than Postgres's own is stored as the text that it is.
    names.push(value);
  }
  return { networks, names };
}

/** The same for addresses that were read from events: each is in the column that it stands in. */
function storedAddresses(values: readonly string[]): AddressFilter {
  return {
    networks: values.filter((value) => isPlainAddress(value)),
    names: values.filter((value) => !isPlainAddress(value)),
  };
}

/** ipaddr.js also takes the short and octal spellings of IPv4, which Postgres does not. */
function isFourPart(value: string): boolean {
  return value.includes(':') ? !value.includes('%') : ipaddr.IPv4.isValidFourPartDecimal(value);
}

function parseBlock(value: string, argument: string): string {
  if (!ipaddr.isValidCIDR(value) || !isFourPart(value.slice(0, value.indexOf('/')))) {
    throw badInput(argument, `"${value}" is no CIDR block, such as 203.0.113.0/24 or 2001:db8::/32`);
  }
  const [address, bits] = ipaddr.parseCIDR(value);
  const network =
    address.kind() === 'ipv4' ? ipaddr.IPv4.networkAddressFromCIDR(value) : ipaddr.IPv6.networkAddressFromCIDR(value);
  return `${network.toString()}/${bits}`;
}

function iso(time: number): string {
  return new Date(time).toISOString();
}

/** Columns that a list of exact values is compared with. */
const listColumns = {
  regions: 'aws_region',
  eventSources: 'event_source',
  eventNames: 'event_name',
  eventTypes: 'event_type',
  eventCategories: 'event_category',
  accessKeyIds: 'access_key_id',
  errorCodes: 'error_code',
} as const satisfies Partial<Record<keyof EventFilter, string>>;

/** USER of counts and filters: the name that the identity has, else that of the role behind the session. */
export const userNameSql = "coalesce(event.user_name, substring(event.session_issuer_arn from '/([^/]+)$'))";

/**
 * The conditions of a selection on the table `event`, to be joined by AND. `search` and `pattern` are not SQL's to judge.
 *
 * @param timeColumn another column to hold against the time range, for tables that are read in place of `event`
 */
export function eventConditions(
  selection: EventSelection,
  parameters: Parameters,
  timeColumn = 'event.event_time',
): string[] {
  const { filter, scope, from, to, addresses } = selection;
  const conditions: string[] = [];
  if (scope.accountIds) conditions.push(accountCondition(scope.accountIds, parameters));
  if (from !== null) conditions.push(`${timeColumn} >= ${parameters.add(new Date(from), 'timestamptz')}`);
  if (to !== null) conditions.push(`${timeColumn} < ${parameters.add(new Date(to), 'timestamptz')}`);
  for (const [name, column] of Object.entries(listColumns)) {
    const values = filter[name as keyof typeof listColumns];
    if (values) conditions.push(`event.${column} = ANY (${parameters.add(values, 'text[]')})`);
  }
  if (filter.readOnly !== undefined && filter.readOnly !== null) {
    conditions.push(`event.read_only = ${parameters.add(filter.readOnly, 'boolean')}`);
  }
  if (filter.hasError !== undefined && filter.hasError !== null) {
    conditions.push(`event.has_error = ${parameters.add(filter.hasError, 'boolean')}`);
  }
  if (filter.principalArns) conditions.push(principalCondition(filter.principalArns, parameters));
  if (filter.userNames) conditions.push(`${userNameSql} = ANY (${parameters.add(filter.userNames, 'text[]')})`);
  if (filter.resourceArns) conditions.push(`event.resource_arns && ${parameters.add(filter.resourceArns, 'text[]')}`);
  if (addresses) conditions.push(addressCondition(addresses, parameters));
  if (selection.actors) conditions.push(actorCondition(selection.actors, parameters));
  return conditions;
}

/** One account is compared with `=`: an index on (account, time) then gives the order too. */
function accountCondition(accountIds: readonly string[], parameters: Parameters): string {
  return accountIds.length === 1
    ? `event.account_id = ${parameters.add(accountIds[0], 'text')}`
    : `event.account_id = ANY (${parameters.add(accountIds, 'text[]')})`;
}

function principalCondition(principalArns: readonly string[], parameters: Parameters): string {
  const arns = parameters.add(principalArns, 'text[]');
  return `(event.principal_arn = ANY (${arns}) OR event.session_issuer_arn = ANY (${arns}))`;
}

function actorCondition({ principalArns, accessKeyIds, addresses }: SelectedActors, parameters: Parameters): string {
  const keys = parameters.add(accessKeyIds, 'text[]');
  const either = [
    principalCondition(principalArns, parameters),
    `event.access_key_id = ANY (${keys})`,
    addressCondition(addresses, parameters),
  ];
  return `(${either.join(' OR ')})`;
}

function addressCondition({ networks, names }: AddressFilter, parameters: Parameters): string {
  const either: string[] = [];
  const hosts = networks.filter((network) => !network.includes('/'));
  const blocks = networks.filter((network) => network.includes('/'));
  if (hosts.length > 0) either.push(`event.source_ip = ANY (${parameters.add(hosts, 'inet[]')})`);
  if (blocks.length > 0) either.push(`event.source_ip <<= ANY (${parameters.add(blocks, 'inet[]')})`);
  if (names.length > 0) either.push(`event.source_address = ANY (${parameters.add(names, 'text[]')})`);
  return either.length === 0 ? 'false' : `(${either.join(' OR ')})`;
}
