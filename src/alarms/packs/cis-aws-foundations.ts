import type { AlarmPack } from './pack-definition.js';

const eventNameIs = (name: string) => `($.eventName=${name})`;
const anyOf = (names: readonly string[]) => names.map(eventNameIs).join(' || ');
const calls = (names: readonly string[]) => `{${anyOf(names)}}`;
const callsOf = (service: string, names: readonly string[]) =>
  `{($.eventSource=${service}.amazonaws.com) && (${anyOf(names)})}`;

/** Inline policies, managed policies and their versions, and to whom those are attached. */
const iamPolicyChanges = [
  ...['Delete', 'Put'].flatMap((verb) => ['Group', 'Role', 'User'].map((owner) => `${verb}${owner}Policy`)),
  ...['CreatePolicy', 'DeletePolicy', 'CreatePolicyVersion', 'DeletePolicyVersion'],
  ...['Role', 'User', 'Group'].flatMap((owner) => [`Attach${owner}Policy`, `Detach${owner}Policy`]),
];

/**
 * What the CIS AWS Foundations Benchmark has monitored by metric filters over CloudTrail: numbers of section 4 in v1.4.0 to
 * v3.0.0. The last part of 4 asks for Security Hub itself, which no filter can tell.
 */
export const cisAwsFoundations: AlarmPack = {
  title: 'CIS AWS Foundations Benchmark',
  prefix: 'CIS',
  metricNamespace: 'CISBenchmark',
  controls: [
    {
      id: '4.1',
      name: 'UnauthorizedApiCalls',
      title: 'API calls that were not authorized',
      filterPattern: '{($.errorCode="*UnauthorizedOperation") || ($.errorCode="AccessDenied*")}',
    },
    {
      id: '4.2',
      name: 'ConsoleSignInWithoutMfa',
      title: 'Sign-in to the Management Console without MFA',
      filterPattern: '{($.eventName="ConsoleLogin") && ($.additionalEventData.MFAUsed != "Yes")}',
    },
    {
      id: '4.3',
      name: 'RootAccountUsage',
      title: 'Usage of the root user',
      filterPattern:
        '{$.userIdentity.type="Root" && $.userIdentity.invokedBy NOT EXISTS && $.eventType != "AwsServiceEvent"}',
    },
    {
      id: '4.4',
      name: 'IamPolicyChanges',
      title: 'Changes of IAM policies',
      filterPattern: callsOf('iam', iamPolicyChanges),
    },
    {
      id: '4.5',
      name: 'CloudTrailChanges',
      title: 'Changes of the configuration of CloudTrail',
      filterPattern: calls(['CreateTrail', 'UpdateTrail', 'DeleteTrail', 'StartLogging', 'StopLogging']),
    },
    {
      id: '4.6',
      name: 'ConsoleSignInFailures',
      title: 'Failed sign-in to the Management Console',
      filterPattern: '{($.eventName=ConsoleLogin) && ($.errorMessage="Failed authentication")}',
    },
    {
      id: '4.7',
      name: 'CustomerManagedKeyChanges',
      title: 'Customer managed keys disabled or scheduled for deletion',
      filterPattern: callsOf('kms', ['DisableKey', 'ScheduleKeyDeletion']),
    },
    {
      id: '4.8',
      name: 'S3BucketPolicyChanges',
      title: 'Changes of policies of S3 buckets',
      filterPattern: callsOf('s3', [
        ...['Acl', 'Policy', 'Cors', 'Lifecycle', 'Replication'].map((part) => `PutBucket${part}`),
        ...['Policy', 'Cors', 'Lifecycle', 'Replication'].map((part) => `DeleteBucket${part}`),
      ]),
    },
    {
      id: '4.9',
      name: 'ConfigChanges',
      title: 'Changes of the configuration of AWS Config',
      filterPattern: callsOf('config', [
        'StopConfigurationRecorder',
        'DeleteDeliveryChannel',
        'PutDeliveryChannel',
        'PutConfigurationRecorder',
      ]),
    },
    {
      id: '4.10',
      name: 'SecurityGroupChanges',
      title: 'Changes of security groups',
      filterPattern: calls([
        ...['Authorize', 'Revoke'].flatMap((verb) => ['Ingress', 'Egress'].map((way) => `${verb}SecurityGroup${way}`)),
        'CreateSecurityGroup',
        'DeleteSecurityGroup',
      ]),
    },
    {
      id: '4.11',
      name: 'NetworkAclChanges',
      title: 'Changes of network ACLs',
      filterPattern: calls([
        'CreateNetworkAcl',
        'CreateNetworkAclEntry',
        'DeleteNetworkAcl',
        'DeleteNetworkAclEntry',
        'ReplaceNetworkAclEntry',
        'ReplaceNetworkAclAssociation',
      ]),
    },
    {
      id: '4.12',
      name: 'NetworkGatewayChanges',
      title: 'Changes of network gateways',
      filterPattern: calls([
        'CreateCustomerGateway',
        'DeleteCustomerGateway',
        'AttachInternetGateway',
        'CreateInternetGateway',
        'DeleteInternetGateway',
        'DetachInternetGateway',
      ]),
    },
    {
      id: '4.13',
      name: 'RouteTableChanges',
      title: 'Changes of route tables',
      filterPattern: callsOf('ec2', [
        'CreateRoute',
        'CreateRouteTable',
        'ReplaceRoute',
        'ReplaceRouteTableAssociation',
        'DeleteRouteTable',
        'DeleteRoute',
        'DisassociateRouteTable',
      ]),
    },
    {
      id: '4.14',
      name: 'VpcChanges',
      title: 'Changes of VPCs',
      filterPattern: calls([
        'CreateVpc',
        'DeleteVpc',
        'ModifyVpcAttribute',
        ...['Accept', 'Create', 'Delete', 'Reject'].map((verb) => `${verb}VpcPeeringConnection`),
        ...['Attach', 'Detach'].map((verb) => `${verb}ClassicLinkVpc`),
        ...['Disable', 'Enable'].map((verb) => `${verb}VpcClassicLink`),
      ]),
    },
    {
      id: '4.15',
      name: 'OrganizationsChanges',
      title: 'Changes of AWS Organizations',
      filterPattern: callsOf('organizations', [
        'AcceptHandshake',
        'AttachPolicy',
        'CreateAccount',
        'CreateOrganizationalUnit',
        'CreatePolicy',
        'DeclineHandshake',
        'DeleteOrganization',
        'DeleteOrganizationalUnit',
        'DeletePolicy',
        'DetachPolicy',
        'DisablePolicyType',
        'EnablePolicyType',
        'InviteAccountToOrganization',
        'LeaveOrganization',
        'MoveAccount',
        'RemoveAccountFromOrganization',
        'UpdatePolicy',
        'UpdateOrganizationalUnit',
      ]),
    },
  ],
};
