import type { ApiCall } from './api-call.js';
import { computeCalls } from './compute.js';
import { dataCalls } from './data.js';
import { operationsCalls } from './operations.js';

const calls = { ...computeCalls, ...dataCalls, ...operationsCalls };

/** The calls of everyday work, the most frequent first: the order is what skews them. Those not named come last. */
const frequent: readonly (keyof typeof calls)[] = [
  'assumeRoleByService',
  'describeInstances',
  'decrypt',
  'getObject',
  'createLogStream',
  'describeInstanceStatus',
  'updateInstanceInformation',
  'getCallerIdentity',
  'describeTargetHealth',
  'putObject',
  'assumeRole',
  'generateDataKey',
  'describeTasks',
  'getSecretValue',
  'getBucketAcl',
  'describeVolumes',
  'getParameter',
  'describeSecurityGroups',
  'describeLogGroups',
  'describeNetworkInterfaces',
  'describeAutoScalingGroups',
  'describeTable',
  'getRole',
  'describeStacks',
  'listBuckets',
  'getAuthorizationToken',
  'batchGetImage',
];

export const apiCalls: readonly ApiCall[] = [
  ...new Set([...frequent.map((name) => calls[name]), ...Object.values(calls)]),
];
