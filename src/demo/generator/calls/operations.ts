import { isoTime } from '../names.js';
import { type ApiCall, anyone, people, read, workloads, write } from './api-call.js';

/** IAM, STS, CloudWatch, Logs, CloudFormation, Systems Manager, Config, CloudTrail, Organizations, in no order. */
export const operationsCalls = {
  getCallerIdentity: read('sts', 'GetCallerIdentity', anyone, () => ({ requestParameters: null })),
  assumeRole: read('sts', 'AssumeRole', workloads, ({ random, estate, time }) => {
    const roleArn = `arn:aws:iam::${estate.accountId}:role/${random.pick(estate.roles)}`;
    return {
      requestParameters: { roleArn, roleSessionName: random.pick(estate.functions), durationSeconds: 900 },
      responseElements: {
        credentials: {
          accessKeyId: `ASIA${random.text('ABCDEFGHIJKLMNOPQRSTUVWXYZ234567', 16)}`,
          sessionToken: `IQoJb3JpZ2luX2Vj${random.hex(360)}`,
          expiration: isoTime(time + 900_000),
        },
        assumedRoleUser: {
          assumedRoleId: `AROA${random.text('ABCDEFGHIJKLMNOPQRSTUVWXYZ234567', 16)}:session`,
          arn: `${roleArn.replace(':iam:', ':sts:').replace(':role/', ':assumed-role/')}/session`,
        },
      },
      resources: [{ accountId: estate.accountId, type: 'AWS::IAM::Role', ARN: roleArn }],
    };
  }),
  getRole: read('iam', 'GetRole', anyone, ({ random, estate }) => ({
    requestParameters: { roleName: random.pick(estate.roles) },
  })),
  listRoles: read('iam', 'ListRoles', anyone, () => ({ requestParameters: { maxItems: 100 } })),
  listUsers: read('iam', 'ListUsers', people, () => ({ requestParameters: { maxItems: 100 } })),
  listAttachedRolePolicies: read('iam', 'ListAttachedRolePolicies', anyone, ({ random, estate }) => ({
    requestParameters: { roleName: random.pick(estate.roles) },
  })),
  getPolicyVersion: read('iam', 'GetPolicyVersion', workloads, ({ random, estate }) => ({
    requestParameters: {
      policyArn: `arn:aws:iam::${estate.accountId}:policy/${random.pick(estate.services)}-policy`,
      versionId: `v${random.between(1, 5)}`,
    },
  })),
  putRolePolicy: write('iam', 'PutRolePolicy', workloads, ({ random, estate }) => ({
    requestParameters: {
      roleName: random.pick(estate.roles),
      policyName: 'inline',
      policyDocument: JSON.stringify({
        Version: '2012-10-17',
        Statement: [
          {
            Effect: 'Allow',
            Action: ['s3:GetObject', 's3:PutObject'],
            Resource: `arn:aws:s3:::${random.pick(estate.buckets)}/*`,
          },
        ],
      }),
    },
  })),
  getAccountSummary: read('iam', 'GetAccountSummary', people, () => ({ requestParameters: null })),
  describeAlarms: read('monitoring', 'DescribeAlarms', anyone, ({ random, estate }) => ({
    requestParameters: { alarmNamePrefix: random.pick(estate.services), maxRecords: 100 },
  })),
  putMetricAlarm: write('monitoring', 'PutMetricAlarm', workloads, ({ random, estate }) => ({
    requestParameters: {
      alarmName: `${random.pick(estate.services)}-errors`,
      actionsEnabled: true,
      metricName: '5XXError',
      namespace: 'AWS/ApiGateway',
      statistic: 'Sum',
      dimensions: [{ name: 'ApiName', value: random.pick(estate.services) }],
      period: 300,
      evaluationPeriods: 3,
      threshold: 5,
      comparisonOperator: 'GreaterThanOrEqualToThreshold',
      treatMissingData: 'notBreaching',
    },
  })),
  describeLogGroups: read('logs', 'DescribeLogGroups', anyone, ({ random, estate }) => ({
    requestParameters: { logGroupNamePrefix: `/aws/lambda/${random.pick(estate.functions)}`, limit: 50 },
  })),
  describeLogStreams: read('logs', 'DescribeLogStreams', workloads, ({ random, estate }) => ({
    requestParameters: {
      logGroupName: `/ecs/${random.pick(estate.services)}`,
      orderBy: 'LastEventTime',
      descending: true,
    },
  })),
  createLogStream: write('logs', 'CreateLogStream', workloads, ({ random, estate, time }) => ({
    requestParameters: {
      logGroupName: `/aws/lambda/${random.pick(estate.functions)}`,
      logStreamName: `${isoTime(time).slice(0, 10).replaceAll('-', '/')}/[$LATEST]${random.hex(32)}`,
    },
  })),
  describeStacks: read('cloudformation', 'DescribeStacks', anyone, ({ random, estate }) => ({
    requestParameters: { stackName: random.pick(estate.stacks) },
  })),
  describeStackEvents: read('cloudformation', 'DescribeStackEvents', anyone, ({ random, estate, awsRegion }) => ({
    requestParameters: {
      stackName: `arn:aws:cloudformation:${awsRegion}:${estate.accountId}:stack/${random.pick(estate.stacks)}/${random.uuid()}`,
    },
  })),
  createChangeSet: write('cloudformation', 'CreateChangeSet', workloads, ({ random, estate, awsRegion }) => {
    const stackName = random.pick(estate.stacks);
    const arn = `arn:aws:cloudformation:${awsRegion}:${estate.accountId}`;
    return {
      requestParameters: {
        stackName,
        changeSetName: `deploy-${random.hex(8)}`,
        changeSetType: 'UPDATE',
        capabilities: ['CAPABILITY_IAM'],
        templateURL: `https://meridian-${estate.label}-artifacts.s3.amazonaws.com/${random.hex(32)}.template`,
      },
      responseElements: {
        id: `${arn}:changeSet/deploy/${random.uuid()}`,
        stackId: `${arn}:stack/${stackName}/${random.uuid()}`,
      },
    };
  }),
  updateInstanceInformation: write('ssm', 'UpdateInstanceInformation', workloads, ({ random, estate }) => ({
    requestParameters: {
      instanceId: random.pick(estate.instances),
      agentVersion: '3.3.2746.0',
      agentStatus: 'Active',
      platformType: 'Linux',
      platformName: 'Amazon Linux',
      platformVersion: '2023',
      iPAddress: `10.0.${random.below(255)}.${random.below(255)}`,
      computerName: `ip-10-0-${random.below(255)}-${random.below(255)}.ec2.internal`,
      agentName: 'amazon-ssm-agent',
      sSMConnectionChannel: 'ssmmessages',
    },
  })),
  getParameter: read('ssm', 'GetParameter', workloads, ({ random, estate, awsRegion }) => {
    const name = `/${random.pick(estate.secrets)}/url`;
    const ARN = `arn:aws:ssm:${awsRegion}:${estate.accountId}:parameter${name}`;
    return {
      requestParameters: { name, withDecryption: true },
      resources: [{ accountId: estate.accountId, type: 'AWS::SSM::Parameter', ARN }],
    };
  }),
  getParametersByPath: read('ssm', 'GetParametersByPath', workloads, ({ random, estate }) => ({
    requestParameters: {
      path: `/${random.pick(estate.secrets)}/`,
      recursive: true,
      withDecryption: true,
      maxResults: 10,
    },
  })),
  describeConfigRules: read('config', 'DescribeConfigRules', anyone, () => ({
    requestParameters: { configRuleNames: ['encrypted-volumes', 's3-bucket-public-read-prohibited'] },
  })),
  putEvaluations: write('config', 'PutEvaluations', workloads, ({ random, estate, time }) => ({
    requestParameters: {
      evaluations: [
        {
          complianceResourceType: 'AWS::EC2::Volume',
          complianceResourceId: random.pick(estate.volumes),
          complianceType: random.chance(0.9) ? 'COMPLIANT' : 'NON_COMPLIANT',
          orderingTimestamp: isoTime(time),
        },
      ],
      resultToken: 'HIDDEN_DUE_TO_SECURITY_REASONS',
      testMode: false,
    },
    responseElements: { failedEvaluations: [] },
  })),
  describeTrails: read('cloudtrail', 'DescribeTrails', anyone, () => ({
    requestParameters: { trailNameList: [], includeShadowTrails: true },
  })),
  getTrailStatus: read('cloudtrail', 'GetTrailStatus', anyone, ({ estate, awsRegion }) => ({
    requestParameters: { name: `arn:aws:cloudtrail:${awsRegion}:${estate.accountId}:trail/${estate.label}-audit` },
  })),
  lookupEvents: read('cloudtrail', 'LookupEvents', people, ({ time }) => ({
    requestParameters: { maxResults: 50, startTime: isoTime(time - 3_600_000), endTime: isoTime(time) },
  })),
  describeOrganization: read('organizations', 'DescribeOrganization', anyone, () => ({ requestParameters: null })),
} satisfies Record<string, ApiCall>;
