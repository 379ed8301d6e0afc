import { noon } from './events.js';
import { farAccount, ownAccount, type Planted, sharedEventId } from './planted-accounts.js';
import { plantedRange } from './planted-integrity.js';
import type { ArgumentTable } from './schema-walk.js';
import { type AlarmCursors, alarmMutationArguments, alarmQueryArguments } from './scope-tables-of-alarms.js';
import { metricMutationArguments, metricQueryArguments } from './scope-tables-of-metrics.js';

/** Cursors of the all-account token, each behind the far account's rows in its list. */
export type FarCursors = AlarmCursors &
  Readonly<
    Record<
      | 'events'
      | 'eventFeed'
      | 'logFiles'
      | 'digests'
      | 'accounts'
      | 'sources'
      | 'backfills'
      | 'targets'
      | 'rules'
      | 'deliveries'
      | 'tokens'
      | 'auditLog'
      | 'setAside'
      | 'metrics'
      | 'metricFilters',
      string
    >
  >;

export interface Ids {
  readonly own: Planted;
  readonly far: Planted;
  readonly sharedSource: string;
  readonly discoveringSource: string;
  readonly organization: string;
  /** Of own events, but of rules that the own token may not see. */
  readonly sharedDeliveries: readonly string[];
  /** Of both accounts, of all, and one that was of both and is of the own one. */
  readonly sharedAlarms: readonly string[];
}

const nobody = '999999999999';
const noId = '00000000-0000-4000-8000-0000000000aa';
/** A rule and a target of these is there, or was never. */
const ruleNames = ['canary-rule-name', 'canary-schedule-name', 'canary-shared-rule', 'canary-every-rule', 'nobodys'];
const targetNames = ['canary-target-name', 'canary-shared-target', 'canary-every-target', 'nobodys'];
/** Accounts that the own token does not cover, or not all of them. */
const reachesBeyond = [[farAccount], [ownAccount, farAccount], [ownAccount, nobody]];
const after = new Date(noon + 60_000).toISOString();
const before = new Date(noon - 60_000).toISOString();

/** The regions are those of the planted files. The range has an end, so that its open end does not move. */
const accountArguments = {
  'Account.completeness(region:)': [undefined, 'eu-own-3', 'eu-canary-3'],
  'Account.coverage(from:)': [plantedRange.from],
  'Account.coverage(to:)': [plantedRange.to],
  'Account.coverage(region:)': [undefined, 'eu-own-3', 'eu-canary-3'],
};

const statisticsArguments = { 'Rule.statistics(window:)': [3600, 86_400] };

/** For each argument of a query: own values, those of the far account, and some that never existed. */
export function queryArguments(ids: Ids, cursors: FarCursors): ArgumentTable {
  const { own, far } = ids;
  const accounts = [ownAccount, farAccount, nobody];
  const sources = [own, far].flatMap(({ bucketSource, directorySource }) => [bucketSource, directorySource]);
  const allSources = [...sources, ids.sharedSource, ids.discoveringSource, noId];
  return {
    '(first: Int)': [undefined, 1],
    ...accountArguments,
    'Account.completeness(from:)': [undefined, before],
    'Query.account(accountId:)': accounts,
    'Query.checkAccount(accountId:)': accounts,
    '(filter: AccountFilter)': [
      undefined,
      { accountIds: [farAccount] },
      { names: ['canary-account-name', 'own-account-name'] },
      { statuses: ['ERROR', 'ACTIVE'] },
    ],
    'Query.accounts(after:)': [undefined, cursors.accounts],
    'Query.source(id:)': allSources,
    'Query.checkSource(id:)': allSources,
    'Query.checkOrganization(id:)': [ids.organization, noId],
    'Query.setAsideNotifications(sourceId:)': allSources,
    'Query.setAsideNotifications(after:)': [undefined, cursors.setAside],
    'Query.backfill(id:)': [...own.backfills, ...far.backfills, noId],
    'Query.backfills(after:)': [undefined, cursors.backfills],
    '(filter: SourceFilter)': [
      undefined,
      { ids: allSources },
      { accountIds: [farAccount] },
      { types: ['DIRECTORY', 'S3_LISTING'] },
    ],
    'Query.sources(after:)': [undefined, cursors.sources],
    'Query.logFile(id:)': [...own.files, ...far.files, '999999999'],
    '(filter: LogFileFilter)': [
      undefined,
      { accountIds: [farAccount] },
      { sourceIds: allSources },
      { regions: ['eu-canary-3', 'eu-own-3'] },
      { states: ['QUARANTINED', 'DISCOVERED'] },
      { integrities: ['UNVERIFIED'] },
      { deliveredAt: { from: before, to: after } },
    ],
    'Query.logFiles(after:)': [undefined, cursors.logFiles],
    '(filter: DigestFilter)': [
      undefined,
      { accountIds: [farAccount] },
      { regions: ['eu-canary-3', 'eu-own-3'] },
      { states: ['VERIFIED'] },
    ],
    'Query.digests(after:)': [undefined, cursors.digests],
    'Query.event(eventID:)': [own.eventId, far.eventId, sharedEventId, noId],
    'Query.event(accountId:)': [undefined, ownAccount, farAccount],
    '(filter: EventFilter)': [undefined, ...eventFilters()],
    '(orderBy: EventOrder)': ['NEWEST_FIRST', 'OLDEST_FIRST'],
    'Query.events(after:)': [undefined, cursors.events],
    'Query.events(before:)': [undefined, cursors.events],
    'Query.events(last:)': [undefined, 1],
    '(groupBy: EventDimension)': [
      ['EVENT_NAME', 'ACCOUNT', 'REGION', 'EVENT_SOURCE'],
      ['ERROR_CODE', 'EVENT_TYPE', 'USER', 'PRINCIPAL'],
      ['ACCESS_KEY', 'SOURCE_IP', 'READ_ONLY'],
      [],
    ],
    '(interval: CountInterval)': [undefined, 'HOUR', 'MINUTE', 'DAY'],
    '(top: Int)': [undefined, 1],
    'Query.eventFeed(after:)': [undefined, cursors.eventFeed],
    'Query.eventFeed(from:)': [undefined, before],
    '(format: EventFormat)': ['AWS'],
    'Query.tokens(after:)': [undefined, cursors.tokens],
    'Query.auditLog(after:)': [undefined, cursors.auditLog],
    ...ruleQueryArguments(ids, cursors),
    ...metricQueryArguments(cursors),
    ...alarmQueryArguments({ own: own.alarms, far: far.alarms, shared: ids.sharedAlarms }, cursors),
  };
}

function ruleQueryArguments({ own, far, sharedDeliveries }: Ids, cursors: FarCursors): ArgumentTable {
  const canaryPattern = { source: ['canary-rule-pattern'] };
  return {
    ...statisticsArguments,
    'Query.target(name:)': ['own-target-name', ...targetNames],
    '(filter: TargetFilter)': [
      undefined,
      { namePrefix: 'canary' },
      { types: ['WEBHOOK'] },
      { states: ['RESTING'] },
      { states: ['ACTIVE'] },
    ],
    'Query.targets(after:)': [undefined, cursors.targets],
    'Query.rule(name:)': ['own-rule-name', 'own-schedule-name', ...ruleNames],
    '(filter: RuleFilter)': [
      undefined,
      { namePrefix: 'canary' },
      { eventBusNames: ['canary-bus'] },
      { states: ['ENABLED'] },
      { targets: targetNames },
    ],
    'Query.rules(after:)': [undefined, cursors.rules],
    'Query.delivery(id:)': [...own.deliveries, ...far.deliveries, ...sharedDeliveries, '999999999'],
    '(filter: DeliveryFilter)': [
      undefined,
      { states: ['FAILED'] },
      { targets: ['own-target-name', ...targetNames] },
      { rules: ['own-rule-name', ...ruleNames] },
      { alarms: ['own-alarm-name', 'canary-alarm-name'] },
      { accountIds: [farAccount] },
      { accountIds: [ownAccount, farAccount] },
      { eventIDs: [own.eventId, far.eventId] },
      { createdAt: { from: before } },
      { search: 'canary' },
      { search: 'delivery-body' },
    ],
    'Query.deliveries(after:)': [undefined, cursors.deliveries],
    'Query.testEventPattern(eventPattern:)': [canaryPattern],
    'Query.testEventPattern(event:)': [{ source: 'canary-rule-pattern' }, { source: 'other' }],
    'Query.dryRunRule(input:)': [
      { eventPattern: { version: ['0'] } },
      { eventPattern: { account: [farAccount] } },
      { eventPattern: { detail: { tlsDetails: { tlsDetails: [{ prefix: 'canary' }] } } } },
      { eventPattern: { version: ['0'] }, filter: { accountIds: [farAccount] } },
      { eventPattern: { version: ['0'] }, filter: { eventNames: ['canary-name'] } },
    ],
    'Query.scheduleTimes(scheduleExpression:)': ['rate(1 hour)'],
    'Query.scheduleTimes(after:)': [before],
    'Query.scheduleTimes(count:)': [2],
  };
}

/** Each condition of a filter by itself, asking for what is the far account's. */
export function eventFilters(): object[] {
  return [
    { accountIds: [farAccount] },
    { accountIds: [ownAccount, farAccount] },
    { regions: ['canary-region'] },
    { eventSources: ['canary-source'] },
    { eventNames: ['canary-name'] },
    { eventTypes: ['canary-type'] },
    { eventCategories: ['canary-category'] },
    { readOnly: true },
    { principalArns: ['canary-principal', 'canary-issuer'] },
    { userNames: ['canary-user'] },
    { accessKeyIds: ['canary-access-key'] },
    { sourceIPAddresses: ['canary-address'] },
    { errorCodes: ['canary-error-code'] },
    { hasError: true },
    { resourceArns: ['canary-resource'] },
    { eventTime: { from: before, to: after } },
    { search: 'record-requestID' },
    { pattern: { account: [farAccount] } },
    { pattern: { account: [{ 'anything-but': [ownAccount] }] } },
    { pattern: { detail: { tlsDetails: { tlsDetails: [{ prefix: 'canary' }] } } } },
  ];
}

/** Changes to what is the far account's, and to what never existed; and what reaches for it from the own one. */
export function mutationArguments(ids: Ids): ArgumentTable {
  const { own, far, sharedSource, discoveringSource, organization } = ids;
  const type = 'S3_LISTING';
  const roleArn = `arn:aws:iam::${ownAccount}:role/own-role`;
  const sources = [far.bucketSource, far.directorySource, sharedSource, discoveringSource, noId];
  const accounts = [farAccount, nobody].map((accountId) => ({ accountId }));
  const token = { name: 'taken', scopes: ['EVENTS_READ'] };
  return {
    ...accountArguments,
    'Account.completeness(from:)': [undefined],
    'Mutation.createAccount(input:)': [
      ...accounts,
      { accountId: farAccount, sources: [{ type, bucket: 'canary-bucket', prefix: 'canary-prefix' }] },
    ],
    'Mutation.updateAccount(input:)': accounts.map((input) => ({ ...input, name: 'taken' })),
    'Mutation.pauseAccount(input:)': accounts,
    'Mutation.resumeAccount(input:)': accounts,
    'Mutation.deleteAccount(input:)': accounts,
    'Mutation.createSource(input:)': [
      { type, bucket: 'taken', roleArn, accountIds: [ownAccount, farAccount] },
      { type, bucket: 'taken', roleArn, accountIds: [ownAccount, nobody] },
      { type, bucket: 'canary-bucket', roleArn: `arn:aws:iam::${farAccount}:role/r`, accountIds: [ownAccount] },
      { type, bucket: 'taken', roleArn, accountIds: [ownAccount], discoverAccounts: true },
    ],
    'Mutation.updateSource(input:)': [
      ...sources.map((id) => ({ id, accountIds: [ownAccount] })),
      { id: own.bucketSource, accountIds: [ownAccount, farAccount] },
      { id: own.bucketSource, accountIds: [ownAccount, nobody] },
      { id: own.bucketSource, roleArn: `arn:aws:iam::${farAccount}:role/canary-role` },
    ],
    'Mutation.deleteSource(input:)': sources.map((id) => ({ id })),
    'Mutation.connectOrganization(input:)': [{}, { roleArn: `arn:aws:iam::${farAccount}:role/canary-role` }],
    'Mutation.disconnectOrganization(input:)': [{ id: organization }, { id: noId }],
    'Mutation.retrySetAsideNotifications(sourceId:)': sources,
    'Mutation.startBackfill(input:)': reachesBeyond.map((accountIds) => ({
      accountIds,
      from: '2020-01-01T00:00:00Z',
    })),
    ...Object.fromEntries(
      ['pauseBackfill', 'resumeBackfill'].map((name) => [
        `Mutation.${name}(input:)`,
        [...far.backfills, noId].map((id) => ({ id })),
      ]),
    ),
    'Mutation.retryLogFile(id:)': [...far.files, '999999999'],
    'Mutation.createToken(input:)': [
      { ...token, accountIds: [farAccount] },
      { ...token, accountIds: [ownAccount, nobody] },
      { ...token, accountIds: null },
    ],
    'Mutation.updateToken(input:)': [far.token, noId].map((id) => ({ id, name: 'taken' })),
    'Mutation.revokeToken(id:)': [far.token, noId],
    ...ruleMutationArguments(ids),
    ...metricMutationArguments(reachesBeyond),
    ...alarmMutationArguments(reachesBeyond),
  };
}

/**
 * Names of rules and targets are unique in the installation, so the own token cannot but learn that one is taken: that
 * much is left out here, and is in `rules/reach.test.ts`.
 */
function ruleMutationArguments({ far, sharedDeliveries }: Ids): ArgumentTable {
  const target = { name: 'taken', type: 'WEBHOOK', url: 'https://127.0.0.1:1/taken' };
  const queue = { name: 'taken', type: 'SQS', arn: `arn:aws:sqs:eu-west-1:${farAccount}:canary-queue` };
  const rule = { name: 'taken', eventPattern: { source: ['taken'] } };
  const names = (all: readonly string[]) => all.map((name) => ({ name }));
  return {
    ...statisticsArguments,
    'Mutation.putTarget(input:)': [
      ...reachesBeyond.map((accountIds) => ({ ...target, accountIds })),
      ...reachesBeyond.map((accountIds) => ({ name: 'own-spare-name', accountIds })),
      queue,
      { ...queue, roleArn: `arn:aws:iam::${farAccount}:role/canary-role` },
      { ...queue, roleArn: `arn:aws:iam::${nobody}:role/canary-role` },
    ],
    'Mutation.deleteTarget(input:)': names([...targetNames, 'canary-spare-name']),
    'Mutation.testTarget(name:)': targetNames,
    'Mutation.putRule(input:)': [
      ...reachesBeyond.map((accountIds) => ({ ...rule, accountIds })),
      ...reachesBeyond.map((accountIds) => ({ ...rule, name: 'own-rule-name', accountIds })),
      { ...rule, name: 'canary-rule-name', accountIds: [farAccount] },
    ],
    ...Object.fromEntries(
      ['deleteRule', 'enableRule', 'disableRule'].map((name) => [`Mutation.${name}(input:)`, names(ruleNames)]),
    ),
    'Mutation.putRuleTargets(input:)': [
      ...ruleNames.map((name) => ({ rule: name, targets: [{ id: 'taken', target: 'canary-target-name' }] })),
      ...ruleNames.map((name) => ({ rule: name, targets: [{ id: 'taken', target: 'own-target-name' }] })),
      ...targetNames.map((name) => ({ rule: 'own-rule-name', targets: [{ id: 'taken', target: name }] })),
    ],
    'Mutation.removeRuleTargets(input:)': ruleNames.map((name) => ({ rule: name, ids: ['one', 'path'] })),
    'Mutation.putEvents(input:)': [farAccount, nobody, undefined].map((accountId) => ({
      entries: [{ source: 'canary-rule-pattern', detailType: 'taken', detail: {}, accountId }],
    })),
    'Mutation.redriveDelivery(id:)': [...far.deliveries, ...sharedDeliveries, '999999999'],
    // Nothing that the own token sees: of that it may.
    'Mutation.redriveDeliveries(filter:)': [
      { rules: ruleNames },
      { targets: targetNames },
      { alarms: ['canary-alarm-name'] },
      { accountIds: [farAccount] },
      { eventIDs: [far.eventId] },
      { search: 'canary' },
    ],
  };
}
