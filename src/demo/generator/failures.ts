import type { Random } from '../../lib/random.js';
import type { ApiCall } from './calls/api-call.js';

export interface Failure {
  readonly errorCode: string;
  readonly errorMessage: string;
}

/** Services whose protocol adds `Exception` to the names of errors. */
const jsonServices = new Set([
  'lambda',
  'secretsmanager',
  'ssm',
  'kms',
  'dynamodb',
  'logs',
  'ecs',
  'ecr',
  'config',
  'organizations',
]);

/** Service prefixes of IAM actions where they differ from the event source's. */
const actionPrefixes: Readonly<Record<string, string>> = { monitoring: 'cloudwatch' };

/** The name of the IAM action behind a call, e.g. `lambda:GetFunction` for `GetFunction20150331v2`. */
export function actionOf({ service, eventName }: Pick<ApiCall, 'service' | 'eventName'>): string {
  return `${actionPrefixes[service] ?? service}:${eventName.replace(/\d{8}(v\d)?$/, '')}`;
}

export function accessDenied(call: Pick<ApiCall, 'service' | 'eventName'>, arn: string, resource = '*'): Failure {
  const action = actionOf(call);
  const denied = `User: ${arn} is not authorized to perform: ${action} on resource: ${resource} because no identity-based policy allows the ${action} action`;
  if (call.service === 'ec2') {
    return {
      errorCode: 'Client.UnauthorizedOperation',
      errorMessage: `You are not authorized to perform this operation. ${denied}`,
    };
  }
  return { errorCode: jsonServices.has(call.service) ? 'AccessDeniedException' : 'AccessDenied', errorMessage: denied };
}

function throttled({ service }: ApiCall): Failure {
  if (service === 'ec2') return { errorCode: 'Client.RequestLimitExceeded', errorMessage: 'Request limit exceeded.' };
  return { errorCode: 'ThrottlingException', errorMessage: 'Rate exceeded' };
}

function notFound({ service }: ApiCall): Failure {
  if (service === 'ec2') {
    return { errorCode: 'Client.InvalidInstanceID.NotFound', errorMessage: 'The instance ID does not exist' };
  }
  if (service === 'iam') {
    return { errorCode: 'NoSuchEntityException', errorMessage: 'The role with the name given cannot be found.' };
  }
  return { errorCode: 'ResourceNotFoundException', errorMessage: 'Requested resource not found' };
}

/** How a call of everyday work fails, when it does. */
export function everydayFailure(random: Random, call: ApiCall, arn: string): Failure {
  const share = random.fraction();
  if (share < 0.5) return accessDenied(call, arn);
  return share < 0.8 ? throttled(call) : notFound(call);
}
