import { describe, expect, it } from 'vitest';
import { scopeOfGrant } from '../../access/scope.js';
import { parseMetricFilter } from '../../metrics/metric-filter-settings.js';
import { FilterMatcher } from '../../patterns/filter-pattern/filter-matcher.js';
import { LogMessage } from '../../patterns/filter-pattern/log-message.js';
import { parseFilterPattern } from '../../patterns/filter-pattern/parse-filter-pattern.js';
import { parseMetricAlarm } from '../alarm-settings.js';
import { type AlarmPackName, alarmPacks, packInputs } from './alarm-pack.js';

const packs = Object.keys(alarmPacks) as AlarmPackName[];
const nobody = { alarmActions: [], okActions: [] };
const [A, B, C] = ['111111111111', '222222222222', '333333333333'] as const;
const sets: (readonly string[] | null)[] = [null, [A], [B], [A, B], [A, C], [A, B, C]];

const controlsOf = (pack: AlarmPackName) =>
  alarmPacks[pack].controls.map((control) => [pack, control.id, control] as const);

describe.each(packs)('pack %s', (pack) => {
  it('has a name of its own, and of sound length, for each control and each set of accounts', () => {
    const names = sets.flatMap((accountIds) => {
      const { metricFilters, metricAlarms } = packInputs(pack, { ...nobody, accountIds });
      expect(metricFilters.map(({ name }) => name)).toEqual(metricAlarms.map(({ alarmName }) => alarmName));
      return metricAlarms.map(({ alarmName }) => alarmName);
    });
    expect(new Set(names).size).toBe(alarmPacks[pack].controls.length * sets.length);
    for (const name of names) expect(name).toMatch(/^[\w.-]{1,255}$/);
  });

  it('names the same accounts the same, in whichever order and how often they are given', () => {
    const inputs = packInputs(pack, { ...nobody, accountIds: [A, B, C] });
    expect(packInputs(pack, { ...nobody, accountIds: [C, A, B, A] })).toEqual(inputs);
    expect(inputs.metricFilters[0]?.accountIds).toEqual([A, B, C]);
  });

  it.each(sets)('is taken whole by putMetricFilter and putMetricAlarm, of %j', (accountIds) => {
    const everyone = scopeOfGrant(null);
    const inputs = packInputs(pack, { accountIds, alarmActions: ['pager'], okActions: ['pager'] });
    for (const input of inputs.metricFilters) {
      expect(parseMetricFilter(input, everyone)).toMatchObject({ name: input.name, accountIds });
    }
    for (const input of inputs.metricAlarms) {
      expect(parseMetricAlarm(input, everyone)).toMatchObject({
        ...{ alarmName: input.alarmName, accountIds, tags: input.tags, actionsEnabled: true },
        ...{ alarmActions: ['pager'], okActions: ['pager'], insufficientDataActions: [] },
      });
    }
  });

  it('has each alarm look at what the filter of its control counts', () => {
    const { metricFilters, metricAlarms } = packInputs(pack, { ...nobody, accountIds: [A, B] });
    const counted = metricFilters.map(({ metricTransformations: [made], accountIds }) => [
      made?.metricNamespace,
      made?.metricName,
      accountIds,
    ]);
    expect(metricAlarms.map((alarm) => [alarm.namespace, alarm.metricName, alarm.accountIds])).toEqual(counted);
    expect(new Set(counted.map(([, metricName]) => metricName)).size).toBe(counted.length);
  });
});

it.each(packs.flatMap(controlsOf))(
  '%s %s has a pattern that PutMetricFilter takes',
  (_pack, _id, { filterPattern }) => {
    expect(filterPattern.length).toBeLessThanOrEqual(1024);
    expect(parseFilterPattern(filterPattern)).toMatchObject({ kind: 'json' });
  },
);

it('asks for what the remediations of the CIS benchmark set', () => {
  const choice = { accountIds: [A], alarmActions: ['pager', 'chat'], okActions: ['chat'] };
  const { metricFilters, metricAlarms } = packInputs('CIS_AWS_FOUNDATIONS', choice);
  expect(metricFilters[0]).toEqual({
    name: `CIS-4.1-UnauthorizedApiCalls-${A}`,
    filterPattern: '{($.errorCode="*UnauthorizedOperation") || ($.errorCode="AccessDenied*")}',
    accountIds: [A],
    metricTransformations: [
      { metricNamespace: 'CISBenchmark', metricName: 'UnauthorizedApiCalls', metricValue: '1', unit: 'Count' },
    ],
  });
  expect(metricAlarms[0]).toEqual({
    alarmName: `CIS-4.1-UnauthorizedApiCalls-${A}`,
    alarmDescription: 'CIS AWS Foundations Benchmark, 4.1: API calls that were not authorized',
    accountIds: [A],
    namespace: 'CISBenchmark',
    metricName: 'UnauthorizedApiCalls',
    statistic: 'Sum',
    period: 300,
    evaluationPeriods: 1,
    datapointsToAlarm: 1,
    threshold: 1,
    comparisonOperator: 'GreaterThanOrEqualToThreshold',
    treatMissingData: 'notBreaching',
    alarmActions: ['pager', 'chat'],
    okActions: ['chat'],
    tags: { pack: 'CIS_AWS_FOUNDATIONS', control: '4.1' },
  });
});

/*
 * What each control is about. Truth: the sentences of the benchmark (section 4 of v1.4.0 to v3.0.0) and the Security Hub
 * controls CloudWatch.1 to CloudWatch.14; own records in CloudTrail's form.
 */
describe('the controls of CIS_AWS_FOUNDATIONS', () => {
  const all = new FilterMatcher(
    alarmPacks.CIS_AWS_FOUNDATIONS.controls.map(({ id, filterPattern }) => ({
      pattern: parseFilterPattern(filterPattern),
      value: id,
    })),
  );
  const call = (service: string, eventName: string, more: object = {}) => ({
    eventSource: `${service}.amazonaws.com`,
    eventName,
    ...more,
  });
  const login = (more: object) => call('signin', 'ConsoleLogin', { eventType: 'AwsConsoleSignIn', ...more });
  const root = { type: 'Root', arn: `arn:aws:iam::${A}:root` };

  it.each<[string, object, string[]]>([
    ['a call that was denied', call('s3', 'GetObject', { errorCode: 'AccessDenied' }), ['4.1']],
    ['a denial with an exception', call('sts', 'AssumeRole', { errorCode: 'AccessDeniedException' }), ['4.1']],
    ['a denial of EC2', call('ec2', 'RunInstances', { errorCode: 'Client.UnauthorizedOperation' }), ['4.1']],
    ['a call that was throttled', call('ec2', 'RunInstances', { errorCode: 'ThrottlingException' }), []],
    ['a sign-in without MFA', login({ additionalEventData: { MFAUsed: 'No' } }), ['4.2']],
    ['a sign-in with MFA', login({ additionalEventData: { MFAUsed: 'Yes' } }), []],
    [
      'a sign-in with a wrong password',
      login({ additionalEventData: { MFAUsed: 'No' }, errorMessage: 'Failed authentication' }),
      ['4.2', '4.6'],
    ],
    ['the root user', call('s3', 'ListBuckets', { eventType: 'AwsApiCall', userIdentity: root }), ['4.3']],
    [
      'a service for the root user',
      call('s3', 'ListBuckets', { eventType: 'AwsApiCall', userIdentity: { ...root, invokedBy: 'AWS Internal' } }),
      [],
    ],
    ['an event of a service', call('kms', 'RotateKey', { eventType: 'AwsServiceEvent', userIdentity: root }), []],
    ['a policy of a role', call('iam', 'PutRolePolicy'), ['4.4']],
    ['a policy taken from a user', call('iam', 'DetachUserPolicy'), ['4.4']],
    ['a version of a policy', call('iam', 'CreatePolicyVersion'), ['4.4']],
    ['a new user', call('iam', 'CreateUser'), []],
    ['a trail that ends', call('cloudtrail', 'StopLogging'), ['4.5']],
    ['a trail that is read', call('cloudtrail', 'DescribeTrails'), []],
    ['a key to be deleted', call('kms', 'ScheduleKeyDeletion'), ['4.7']],
    ['a key that is used', call('kms', 'Decrypt'), []],
    ['a bucket policy', call('s3', 'PutBucketPolicy'), ['4.8']],
    ['a lifecycle that goes', call('s3', 'DeleteBucketLifecycle'), ['4.8']],
    ['a recorder that stops', call('config', 'StopConfigurationRecorder'), ['4.9']],
    ['a port that opens', call('ec2', 'AuthorizeSecurityGroupIngress'), ['4.10']],
    ['a network ACL', call('ec2', 'ReplaceNetworkAclEntry'), ['4.11']],
    ['a gateway', call('ec2', 'AttachInternetGateway'), ['4.12']],
    ['a route', call('ec2', 'ReplaceRoute'), ['4.13']],
    ['a route of an API, which has nothing to do with networks', call('apigateway', 'CreateRoute'), []],
    ['a VPC', call('ec2', 'CreateVpc'), ['4.14']],
    ['a peering', call('ec2', 'AcceptVpcPeeringConnection'), ['4.14']],
    ['an account that leaves', call('organizations', 'LeaveOrganization'), ['4.15']],
    ['a policy of the organization', call('organizations', 'CreatePolicy'), ['4.15']],
    [
      'an account that may not leave',
      call('organizations', 'LeaveOrganization', { errorCode: 'AccessDenied' }),
      ['4.1', '4.15'],
    ],
  ])('%s', (_what, record, controls) => {
    expect(all.match(LogMessage.ofText(JSON.stringify(record)))).toEqual(controls);
  });
});
