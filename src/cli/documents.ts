/**
 * The operations that the commands send. A test holds each against `schema.graphql`, so that a change of the API
 * cannot leave a command behind.
 */

export const listAccounts = `query Accounts($after: String) {
  accounts(first: 1000, after: $after) {
    nodes { accountId name status lastError sources { id filesPending lastFileAt } }
    pageInfo { hasNextPage endCursor }
  }
}`;

export const createAccount = `mutation AddAccount($input: CreateAccountInput!) {
  createAccount(input: $input) { account { accountId name sources { id location } } }
}`;

export const pauseAccount = `mutation PauseAccount($input: PauseAccountInput!) {
  pauseAccount(input: $input) { account { accountId status } }
}`;

export const resumeAccount = `mutation ResumeAccount($input: ResumeAccountInput!) {
  resumeAccount(input: $input) { account { accountId status } }
}`;

export const deleteAccount = `mutation DeleteAccount($input: DeleteAccountInput!) {
  deleteAccount(input: $input) { account { accountId } }
}`;

export const checkAccount = `query CheckAccount($accountId: AccountId!) {
  checkAccount(accountId: $accountId) { ok checks { call resource ok error missingPermission policyStatement } }
}`;

export const listOrganizations = `query Organizations {
  organizations {
    id organizationId managementAccountId roleArn memberRoleName accounts closedAccounts lastError lastRefreshedAt
  }
}`;

export const connectOrganization = `mutation ConnectOrganization($input: ConnectOrganizationInput!) {
  connectOrganization(input: $input) { organization { id } }
}`;

export const disconnectOrganization = `mutation DisconnectOrganization($input: DisconnectOrganizationInput!) {
  disconnectOrganization(input: $input) { organization { id accounts } }
}`;

export const checkOrganization = `query CheckOrganization($id: ID!) {
  checkOrganization(id: $id) { ok checks { call resource ok error missingPermission policyStatement } }
}`;

export const listSources = `query Sources($after: String) {
  sources(first: 1000, after: $after) {
    nodes { id type location accountIds status lastError lastFileAt filesPending filesFailed }
    pageInfo { hasNextPage endCursor }
  }
}`;

export const createSource = `mutation AddSource($input: SourceInput!) {
  createSource(input: $input) { source { id type location } }
}`;

export const deleteSource = `mutation DeleteSource($input: DeleteSourceInput!) {
  deleteSource(input: $input) { source { id } }
}`;

export const checkSource = `query CheckSource($id: ID!) {
  checkSource(id: $id) { ok checks { call resource ok error missingPermission policyStatement } }
}`;

export const listTokens = `query Tokens($after: String) {
  tokens(first: 1000, after: $after) {
    nodes { id name scopes accountIds createdAt expiresAt lastUsedAt revokedAt }
    pageInfo { hasNextPage endCursor }
  }
}`;

export const createToken = `mutation CreateToken($input: CreateTokenInput!) {
  createToken(input: $input) { token { id name scopes accountIds expiresAt } secret }
}`;

export const revokeToken = `mutation RevokeToken($id: ID!) {
  revokeToken(id: $id) { token { id name } }
}`;

const backfillFields = `id state accountIds regions from to workedAt eta errors { accountId error retryAt }
  progress { folders foldersListed files bytes filesPending filesIngested events bytesPerSecond }`;

export const startBackfill = `mutation StartBackfill($input: StartBackfillInput!) {
  startBackfill(input: $input) { backfill { id } }
}`;

export const showBackfill = `query ShowBackfill($id: ID!) {
  backfill(id: $id) { ${backfillFields} }
}`;

export const listBackfills = `query Backfills($after: String) {
  backfills(first: 100, after: $after) { nodes { ${backfillFields} } pageInfo { hasNextPage endCursor } }
}`;

export const pauseBackfill = `mutation PauseBackfill($input: PauseBackfillInput!) {
  pauseBackfill(input: $input) { backfill { id } }
}`;

export const resumeBackfill = `mutation ResumeBackfill($input: ResumeBackfillInput!) {
  resumeBackfill(input: $input) { backfill { id } }
}`;

export const listMetrics = `query Metrics($filter: MetricsFilter, $after: String) {
  metrics(filter: $filter, first: 1000, after: $after) {
    nodes { namespace metricName dimensions { name value } accountId region createdAt }
    pageInfo { hasNextPage endCursor }
  }
}`;

export const readMetricData = `query MetricData($input: MetricDataInput!) {
  metricData(input: $input) { id label timestamps values messages { code value } nextToken }
}`;

const metricBackfillFields = 'id state progress events matched error';

export const listMetricFilters = `query MetricFilters($after: String) {
  metricFilters(first: 1000, after: $after) {
    nodes {
      name filterPattern accountIds regions
      metricTransformations { metricNamespace metricName metricValue defaultValue unit dimensions }
      backfills { ${metricBackfillFields} }
    }
    pageInfo { hasNextPage endCursor }
  }
}`;

export const startMetricBackfill = `mutation BackfillMetricFilter($input: BackfillMetricFilterInput!) {
  backfillMetricFilter(input: $input) { backfill { id } }
}`;

export const showMetricBackfills = `query MetricBackfills($name: String!) {
  metricFilter(name: $name) { backfills(last: 5) { ${metricBackfillFields} } }
}`;

/** With which alarms stand in lists, on the screen of `alarms watch` and in what was installed. */
const alarmFields = 'id name state stateReason stateTransitionedAt accountIds region actionsEnabled alarmActions pack';

export const listAlarms = `query Alarms($filter: AlarmFilter, $after: String) {
  alarms(filter: $filter, first: 1000, after: $after) { nodes { ${alarmFields} } pageInfo { hasNextPage endCursor } }
}`;

export const readAlarmFeed = `query AlarmFeed($after: String, $from: DateTime, $filter: AlarmFilter) {
  alarmFeed(first: 1000, after: $after, from: $from, filter: $filter) {
    changes {
      id alarmName accountIds previousState state stateReason timestamp detectedAt revision supersedes
    }
    endCursor hasMore
  }
}`;

export const readAlarmHistory = `query AlarmHistory($name: String!, $types: [HistoryItemType!], $first: Int) {
  alarms(filter: { names: [$name] }, first: 1) {
    nodes { history(types: $types, first: $first) { nodes { timestamp historyItemType historySummary historyData } } }
  }
}`;

export const backtestAlarm = `query BacktestAlarm($input: BacktestAlarmInput!) {
  backtestAlarm(input: $input) { transitions { timestamp from to reason } finalState }
}`;

export const setAlarmState = `mutation SetAlarmState($input: SetAlarmStateInput!) {
  setAlarmState(input: $input) { alarm { name state } }
}`;

export const installAlarmPack = `mutation InstallAlarmPack(
  $name: String!, $accountIds: [AccountId!], $alarmActions: [String!], $okActions: [String!]
) {
  installAlarmPack(name: $name, accountIds: $accountIds, alarmActions: $alarmActions, okActions: $okActions) {
    alarms { ${alarmFields} alarmDescription }
    metricFilters { name }
  }
}`;

export const removeAlarmPack = `mutation RemoveAlarmPack($name: String!, $accountIds: [AccountId!]) {
  removeAlarmPack(name: $name, accountIds: $accountIds) { alarms { name } metricFilters { name } }
}`;
