import { type Choice, Random, skewedChoice } from '../../lib/random.js';
import { hourMs } from '../../lib/time.js';
import type { Estate } from './estate.js';
import { isoTime, resourceId, uniqueId } from './names.js';
import type { Identity } from './record.js';

export const principalKinds = ['person', 'workload', 'service'] as const;
export type PrincipalKind = (typeof principalKinds)[number];

/** Who makes calls, from where, and with what. */
export interface Principal {
  readonly kind: PrincipalKind;
  /** `userIdentity` at a time: temporary credentials change with it. */
  identity(time: number): Identity;
  readonly address: Choice<string>;
  readonly userAgent: Choice<string>;
  readonly vpcEndpointId?: string;
}

const people = [
  'anna.keller',
  'tomas.novak',
  'priya.raman',
  'lena.fischer',
  'marco.bianchi',
  'sofia.lindqvist',
  'daniel.okafor',
  'yuki.tanaka',
  'claire.dubois',
  'pedro.alves',
] as const;

const browser =
  'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36';

const personAgents = skewedChoice([
  browser,
  'aws-cli/2.31.18 md/awscrt#0.28.2 ua/2.1 os/macos#24.6.0 md/arch#arm64 lang/python#3.13.7 md/pyimpl#CPython cfg/retry-mode#standard md/installer#exe',
  'aws-cli/2.28.6 md/awscrt#0.27.6 ua/2.1 os/linux#6.8.0-79-generic md/arch#x86_64 lang/python#3.13.4 md/pyimpl#CPython cfg/retry-mode#standard md/installer#exe',
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:144.0) Gecko/20100101 Firefox/144.0',
]);

const workloadAgents = [
  'aws-sdk-go-v2/1.39.2 ua/2.1 os/linux lang/go#1.25.1 md/GOOS#linux md/GOARCH#amd64 api/ec2#1.254.1 m/E',
  'Boto3/1.40.43 md/Botocore#1.40.43 ua/2.1 os/linux#5.10.242-272.955.amzn2.x86_64 md/arch#x86_64 lang/python#3.12.11 md/pyimpl#CPython exec-env/AWS_Lambda_python3.12 cfg/retry-mode#legacy Botocore/1.40.43',
  'aws-sdk-java/2.34.0 md/io#sync md/http#Apache ua/2.1 os/Linux#6.1.153 lang/java#21.0.8 md/OpenJDK_64-Bit_Server_VM md/vendor#Amazon.com_Inc. exec-env/AWS_ECS_FARGATE m/E',
  'aws-sdk-js/3.896.0 ua/2.1 os/linux#5.10.242 lang/js md/nodejs#22.19.0 exec-env/AWS_Lambda_nodejs22.x m/E',
  'APN/1.0 HashiCorp/1.0 Terraform/1.13.3 (+https://www.terraform.io) terraform-provider-aws/6.14.1 (+https://registry.terraform.io/providers/hashicorp/aws) aws-sdk-go-v2/1.39.2 ua/2.1 os/linux lang/go#1.24.6 md/GOARCH#amd64',
  'aws-sdk-go/1.55.6 (go1.24.6; linux; amd64) amazon-ssm-agent/3.3.2746.0',
] as const;

/** The office and the home networks of its people: documentation addresses (RFC 5737, RFC 3849), so nobody's own. */
function personAddresses(random: Random): Choice<string> {
  const homes = Array.from({ length: 3 }, () => `198.51.100.${random.between(20, 250)}`);
  const mobile = `2001:db8:${random.hex(3)}:${random.between(1, 9)}::${random.between(1, 99)}`;
  return skewedChoice(['198.51.100.7', '198.51.100.8', ...homes, mobile]);
}

/** Temporary credentials of a role, new ones each `hours`. */
function roleSession(
  seed: string,
  {
    accountId,
    role,
    path = '',
    session,
    hours,
  }: { accountId: string; role: string; path?: string; session: string; hours: number },
): (time: number) => Identity {
  const principalId = uniqueId(new Random(`${seed}/role/${accountId}/${role}`), 'AROA');
  const period = hours * hourMs;
  // Sessions of one role do not all begin on the hour.
  const shift = new Random(`${seed}/shift/${accountId}/${role}/${session}`).below(period);
  let current: { number: number; identity: Identity } | undefined;
  return (time) => {
    const number = Math.floor((time - shift) / period);
    if (current?.number === number) return current.identity;
    const key = uniqueId(new Random(`${seed}/session/${accountId}/${role}/${session}/${number}`), 'ASIA');
    const identity: Identity = {
      type: 'AssumedRole',
      principalId: `${principalId}:${session}`,
      arn: `arn:aws:sts::${accountId}:assumed-role/${role}/${session}`,
      accountId,
      accessKeyId: key,
      sessionContext: {
        sessionIssuer: {
          type: 'Role',
          principalId,
          arn: `arn:aws:iam::${accountId}:role/${path}${role}`,
          accountId,
          userName: role,
        },
        attributes: { creationDate: isoTime(number * period + shift), mfaAuthenticated: 'false' },
      },
    };
    current = { number, identity };
    return identity;
  };
}

function person(seed: string, accountId: string, name: string, rank: number): Principal {
  const random = new Random(`${seed}/person/${name}`);
  const permissions = rank % 4 === 0 ? 'AdministratorAccess' : rank % 2 === 0 ? 'PowerUserAccess' : 'ViewOnlyAccess';
  const role = `AWSReservedSSO_${permissions}_${new Random(`${seed}/sso/${permissions}`).hex(16)}`;
  return {
    kind: 'person',
    identity: roleSession(seed, {
      accountId,
      role,
      path: 'aws-reserved/sso.amazonaws.com/eu-central-1/',
      session: `${name}@example.com`,
      hours: 8,
    }),
    address: personAddresses(random),
    userAgent: personAgents,
  };
}

function workload(seed: string, estate: Estate, role: string, rank: number): Principal {
  const random = new Random(`${seed}/workload/${estate.accountId}/${role}`);
  const agent = workloadAgents[rank % workloadAgents.length] as string;
  // Every other workload reaches AWS through a VPC endpoint, and then shows its private address.
  const inside = rank % 2 === 1;
  const network = inside ? `10.${random.below(64)}.${random.below(250)}` : '203.0.113';
  const addresses = Array.from({ length: inside ? 12 : 3 }, () => `${network}.${random.between(4, 250)}`);
  return {
    kind: 'workload',
    identity: roleSession(seed, {
      accountId: estate.accountId,
      role,
      session: rank % 3 === 0 ? random.pick(estate.instances) : random.pick(estate.functions),
      hours: 6,
    }),
    address: skewedChoice(addresses),
    userAgent: () => agent,
    ...(inside ? { vpcEndpointId: resourceId(random, 'vpce') } : {}),
  };
}

function service(name: string): Principal {
  const identity: Identity = { type: 'AWSService', invokedBy: name };
  return { kind: 'service', identity: () => identity, address: () => name, userAgent: () => name };
}

/** The principals of an account by kind, the busiest of each kind first. */
export function createPrincipals(seed: string, estate: Estate): Record<PrincipalKind, Choice<Principal>> {
  const services = ['ec2', 'lambda', 'ecs-tasks', 'config', 'autoscaling'].map((name) =>
    service(`${name}.amazonaws.com`),
  );
  return {
    person: skewedChoice(people.map((name, rank) => person(seed, estate.accountId, name, rank))),
    workload: skewedChoice(estate.roles.map((role, rank) => workload(seed, estate, role, rank))),
    service: skewedChoice(services),
  };
}
