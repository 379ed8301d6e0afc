import type { Random } from '../../../lib/random.js';
import type { Estate } from '../estate.js';
import type { PrincipalKind } from '../principals.js';
import type { Resource } from '../record.js';

/** What a call can draw on. */
export interface CallScene {
  readonly random: Random;
  readonly estate: Estate;
  readonly awsRegion: string;
  readonly time: number;
}

/** What one call said and got. */
export interface CallDetails {
  readonly requestParameters?: object | null;
  readonly responseElements?: object | null;
  readonly additionalEventData?: object;
  readonly resources?: readonly Resource[];
  /** First label of the host, where it is more than the service's, e.g. a bucket. */
  readonly hostLabel?: string;
}

/** An operation of an AWS service, as CloudTrail records it. */
export interface ApiCall {
  readonly service: string;
  readonly eventName: string;
  readonly readOnly: boolean;
  readonly by: readonly PrincipalKind[];
  readonly dataEvent?: boolean;
  readonly details: (scene: CallScene) => CallDetails;
}

export const people: readonly PrincipalKind[] = ['person'];
export const workloads: readonly PrincipalKind[] = ['workload'];
export const anyone: readonly PrincipalKind[] = ['workload', 'person'];

/** A call that changes nothing and of which AWS records no answer. */
export function read(
  service: string,
  eventName: string,
  by: readonly PrincipalKind[],
  details: (scene: CallScene) => CallDetails,
): ApiCall {
  return { service, eventName, readOnly: true, by, details };
}

export function write(
  service: string,
  eventName: string,
  by: readonly PrincipalKind[],
  details: (scene: CallScene) => CallDetails,
): ApiCall {
  return { service, eventName, readOnly: false, by, details };
}

/** The filter EC2's Describe calls take. */
export function ec2Filter(name: string, values: readonly string[]): object {
  return { items: [{ name, valueSet: { items: values.map((value) => ({ value })) } }] };
}
