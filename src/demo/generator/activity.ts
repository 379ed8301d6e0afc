import { type Choice, type Random, skewedChoice } from '../../lib/random.js';
import type { ApiCall, CallDetails } from './calls/api-call.js';
import { apiCalls } from './calls/catalog.js';
import { createEstate, type Estate } from './estate.js';
import { everydayFailure } from './failures.js';
import { createPrincipals, type Principal, type PrincipalKind } from './principals.js';
import { renderRecord } from './record.js';

/** Share of the calls of people and workloads that fail: about 4 % of all, since what AWS does itself succeeds. */
const failureRate = 0.052;

/** Services whose events are all recorded in one region. */
const globalServices = new Set(['iam', 'organizations']);
const globalRegion = 'us-east-1';

const callAnywhere = skewedChoice(apiCalls.filter(({ service }) => !globalServices.has(service)));
const callInGlobalRegion = skewedChoice(apiCalls);

/** The host a client connects to for a service. */
export function serviceHost(service: string, awsRegion: string, label?: string): string {
  const host = globalServices.has(service) ? `${service}.amazonaws.com` : `${service}.${awsRegion}.amazonaws.com`;
  return label ? `${label}.${host}` : host;
}

/** The everyday work in one account: the same seed and account give the same people, workloads and resources. */
export class AccountActivity {
  readonly estate: Estate;
  readonly #principals: Readonly<Record<PrincipalKind, Choice<Principal>>>;

  constructor(seed: string, accountId: string, label: string) {
    this.estate = createEstate(seed, accountId, label);
    this.#principals = createPrincipals(seed, this.estate);
  }

  /** The JSON of one record. */
  record(random: Random, awsRegion: string, time: number): string {
    const call = (awsRegion === globalRegion ? callInGlobalRegion : callAnywhere)(random);
    const principal = this.#principals[random.pick(call.by)](random);
    const identity = principal.identity(time);
    const details = call.details({ random, estate: this.estate, awsRegion, time });
    const userAgent = principal.userAgent(random);
    const byService = principal.kind === 'service';
    return renderRecord(random, {
      accountId: this.estate.accountId,
      awsRegion,
      time,
      eventSource: `${call.service}.amazonaws.com`,
      eventName: call.eventName,
      readOnly: call.readOnly,
      dataEvent: call.dataEvent,
      identity,
      sourceIPAddress: principal.address(random),
      userAgent,
      ...outcome(random, call, details, identity.arn),
      vpcEndpointId: principal.vpcEndpointId,
      host: byService ? undefined : serviceHost(call.service, awsRegion, details.hostLabel),
      fromConsole: userAgent.startsWith('Mozilla'),
    });
  }
}

function outcome(random: Random, call: ApiCall, details: CallDetails, arn: string | undefined): object {
  const { hostLabel: _, ...recorded } = details;
  if (arn === undefined || !random.chance(failureRate)) return recorded;
  return { ...recorded, responseElements: null, ...everydayFailure(random, call, arn) };
}
