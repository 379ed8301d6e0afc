import { Random } from '../../lib/random.js';
import { minuteMs } from '../../lib/time.js';
import { serviceHost } from './activity.js';
import { transfer } from './calls/data.js';
import { assumeRole, type Caller, onBothSides } from './cross-account.js';
import { createEstate, type Estate } from './estate.js';
import { dateInResponse, isoTime, resourceId, uniqueId } from './names.js';
import { type Client, consoleLogin } from './sign-in.js';
import { type CallParts, type StoryStep, StoryWriter } from './story-writer.js';
import type { TimedRecord } from './timed-record.js';

/** An intrusion across two accounts, to be found again by following a key or an address. */
export interface AttackStory {
  readonly steps: readonly StoryStep[];
  /** Where every call of the intruder comes from. */
  readonly sourceIPAddress: string;
  /** The key that the intruder makes in the first account; it reads a bucket of the second with it too. */
  readonly accessKeyId: string;
  /** The temporary key that the role of the second account gives out. */
  readonly sessionAccessKeyId: string;
  /** The role taken on in the second account, as a session. */
  readonly sessionArn: string;
  /** The user left behind there. */
  readonly backdoorUserName: string;
}

export interface AttackOptions {
  readonly seed: string;
  readonly now: number;
  /** Where it begins. */
  readonly sandbox: { readonly accountId: string; readonly label: string };
  /** Where it leads. */
  readonly production: { readonly accountId: string; readonly label: string };
}

const awsRegion = 'us-east-1';
const victim = 'lena.fischer';
const supportRole = 'support-access';
const backdoor = 'svc-backup-sync';

/** The first event lies this long before now, and the last one some twenty minutes before. */
const minutesAgo = 178;

/** A documentation address (RFC 5737) that appears nowhere else. */
const sourceIPAddress = '192.0.2.146';
const browser: Client = {
  sourceIPAddress,
  userAgent: 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/138.0.0.0 Safari/537.36',
};
const commandLine: Client = {
  sourceIPAddress,
  userAgent:
    'aws-cli/2.27.49 md/awscrt#0.26.1 ua/2.1 os/linux#6.12.38+kali-amd64 md/arch#x86_64 lang/python#3.13.4 md/pyimpl#CPython cfg/retry-mode#standard md/installer#exe',
};

/** The IAM user whose password is taken; it also logs in on ordinary days (see organization.ts). */
export function victimOf(seed: string, accountId: string): Caller & { readonly userName: string } {
  return {
    type: 'IAMUser',
    principalId: uniqueId(new Random(`${seed}/user/${victim}`), 'AIDA'),
    arn: `arn:aws:iam::${accountId}:user/${victim}`,
    accountId,
    userName: victim,
  };
}

/** Writes the story down, with the records of both accounts. */
export function attackStory(options: AttackOptions): { story: AttackStory; records: readonly TimedRecord[] } {
  return new AttackWriter(options).write();
}

class AttackWriter {
  readonly #random: Random;
  readonly #sandbox: string;
  readonly #estate: Estate;
  readonly #user: Caller & { readonly userName: string };
  readonly #start: number;
  readonly #writer: StoryWriter;
  readonly #keyId: string;

  constructor({ seed, now, sandbox, production }: AttackOptions) {
    this.#random = new Random(`${seed}/attack/${now}`);
    this.#sandbox = sandbox.accountId;
    this.#estate = createEstate(seed, production.accountId, production.label);
    this.#user = victimOf(seed, sandbox.accountId);
    this.#keyId = uniqueId(this.#random, 'AKIA');
    this.#start = now - minutesAgo * minuteMs;
    this.#writer = new StoryWriter(this.#random, { awsRegion, start: this.#start, client: commandLine });
  }

  write(): { story: AttackStory; records: readonly TimedRecord[] } {
    const production = this.#estate.accountId;
    const keyUser: Caller = { ...this.#user, accessKeyId: this.#keyId };
    this.#writer.step(0, 'Phished password: console login without MFA from a new address', this.#sandbox, () =>
      this.#logIn(),
    );
    this.#writer.step(4, 'A long-lived access key is made for the user', this.#sandbox, () => this.#makeKey());
    this.#writer.step(15, 'The new key is tried out from a command line', this.#sandbox, () => this.#tryKey(keyUser));
    const session = this.#writer.step(27, 'Into production through a role for support', this.#sandbox, () =>
      this.#enter(keyUser),
    );
    this.#writer.step(31, 'Looking around: what may this role do?', production, () => this.#lookAround(session));
    this.#writer.step(52, 'Database secrets and parameters are read', production, () => this.#readSecrets(session));
    this.#writer.step(67, 'Customer exports are copied out of S3', production, () => this.#copyOut(session, keyUser));
    this.#writer.step(98, 'The trail is stopped, its deletion is refused', production, () => this.#stopTrail(session));
    this.#writer.step(112, 'Port 22 is opened to the world', production, () => this.#openPort(session));
    this.#writer.step(127, 'An administrator is left behind', production, () => this.#leaveBackdoor(session));
    const story: AttackStory = {
      steps: this.#writer.steps,
      sourceIPAddress,
      accessKeyId: this.#keyId,
      sessionAccessKeyId: session.accessKeyId ?? '',
      sessionArn: session.arn ?? '',
      backdoorUserName: backdoor,
    };
    return { story, records: this.#writer.records };
  }

  #logIn(): void {
    for (const success of [false, false, true]) {
      const login = { user: this.#user, client: browser, time: this.#writer.tick(35), mfaUsed: false, success };
      this.#writer.add(consoleLogin(this.#random, login));
    }
  }

  #makeKey(): void {
    const { userName, principalId } = this.#user;
    const console: Caller = {
      ...this.#user,
      accessKeyId: uniqueId(this.#random, 'ASIA'),
      sessionContext: { attributes: { creationDate: isoTime(this.#writer.time), mfaAuthenticated: 'false' } },
    };
    const call = (name: string, parts: CallParts = {}) => {
      this.#writer.call(console, 'iam', name, {
        ...browser,
        fromConsole: true,
        requestParameters: { userName },
        ...parts,
      });
    };
    call('GetUser', { readOnly: true });
    call('ListAccessKeys', { readOnly: true });
    call('ListMFADevices', { readOnly: true });
    call('CreateAccessKey', {
      responseElements: {
        accessKey: {
          accessKeyId: this.#keyId,
          status: 'Active',
          userName,
          createDate: dateInResponse(this.#writer.time),
        },
      },
      additionalEventData: { userId: principalId },
    });
  }

  #tryKey(user: Caller): void {
    const { userName } = this.#user;
    this.#writer.call(user, 'sts', 'GetCallerIdentity', { readOnly: true });
    this.#writer.call(user, 'iam', 'ListAttachedUserPolicies', { readOnly: true, requestParameters: { userName } });
    this.#writer.call(user, 'iam', 'ListGroupsForUser', { readOnly: true, requestParameters: { userName } });
    this.#writer.call(user, 'organizations', 'ListAccounts', { readOnly: true, denied: true });
    this.#writer.call(user, 'iam', 'ListRoles', { readOnly: true });
  }

  #enter(caller: Caller): Caller {
    const { records, identity } = assumeRole(this.#random, {
      caller,
      client: commandLine,
      accountId: this.#estate.accountId,
      role: supportRole,
      roleId: uniqueId(this.#random, 'AROA'),
      session: 'lena',
      durationSeconds: 4 * 3600,
      awsRegion,
      time: this.#writer.tick(8),
    });
    this.#writer.add(...records);
    return identity;
  }

  #lookAround(session: Caller): void {
    this.#writer.call(session, 'sts', 'GetCallerIdentity', { readOnly: true });
    this.#writer.call(session, 's3', 'ListBuckets', {
      readOnly: true,
      additionalEventData: transfer({ random: this.#random }, 2210),
    });
    const refused = [
      ['ec2', 'DescribeInstances'],
      ['ec2', 'DescribeSnapshots'],
      ['ec2', 'DescribeKeyPairs'],
      ['ec2', 'DescribeVpcPeeringConnections'],
      ['rds', 'DescribeDBInstances'],
      ['rds', 'DescribeDBSnapshots'],
      ['dynamodb', 'ListTables'],
      ['lambda', 'ListFunctions20150331'],
      ['eks', 'ListClusters'],
      ['organizations', 'DescribeOrganization'],
      ['kms', 'ListKeys'],
      ['guardduty', 'ListDetectors'],
    ] as const;
    for (const [service, name] of refused)
      this.#writer.call(session, service, name, { readOnly: true, denied: true }, 6);
    this.#writer.call(session, 'ec2', 'DescribeSecurityGroups', {
      readOnly: true,
      requestParameters: { maxResults: 100 },
    });
    this.#writer.call(session, 'cloudtrail', 'DescribeTrails', { readOnly: true });
  }

  #readSecrets(session: Caller): void {
    this.#writer.call(session, 'secretsmanager', 'ListSecrets', {
      readOnly: true,
      requestParameters: { maxResults: 100 },
    });
    for (const secretId of this.#estate.secrets) {
      this.#writer.call(
        session,
        'secretsmanager',
        'GetSecretValue',
        { readOnly: true, requestParameters: { secretId } },
        9,
      );
    }
    this.#writer.call(session, 'ssm', 'GetParametersByPath', {
      readOnly: true,
      requestParameters: { path: '/', recursive: true, withDecryption: true, maxResults: 10 },
    });
  }

  #copyOut(session: Caller, keyUser: Caller): void {
    const bucketName = this.#estate.buckets.find((bucket) => bucket.endsWith('exports')) ?? '';
    for (let part = 0; part < 24; part++) {
      const key = `customers/${isoTime(this.#start).slice(0, 10)}/part-${String(part).padStart(5, '0')}.csv.gz`;
      // The bucket's policy trusts the whole organisation: the first key works on it as well.
      if (part % 6 === 5) this.#writer.add(...this.#readFromOutside(keyUser, bucketName, key));
      else this.#writer.call(session, 's3', 'GetObject', this.#object(bucketName, key), 12);
    }
  }

  #readFromOutside(caller: Caller, bucketName: string, key: string): TimedRecord[] {
    const call = { awsRegion, time: this.#writer.tick(12), ...commandLine, ...this.#object(bucketName, key) };
    return onBothSides(this.#random, caller, this.#estate.accountId, {
      ...call,
      eventSource: 's3.amazonaws.com',
      eventName: 'GetObject',
    });
  }

  #object(bucketName: string, key: string) {
    const { accountId } = this.#estate;
    const host = serviceHost('s3', awsRegion, bucketName);
    return {
      readOnly: true,
      dataEvent: true,
      requestParameters: { bucketName, Host: host, key },
      additionalEventData: transfer({ random: this.#random }, this.#random.between(4_000_000, 60_000_000)),
      resources: [
        { accountId, type: 'AWS::S3::Object', ARN: `arn:aws:s3:::${bucketName}/${key}` },
        { accountId, type: 'AWS::S3::Bucket', ARN: `arn:aws:s3:::${bucketName}` },
      ],
      host,
    };
  }

  #stopTrail(session: Caller): void {
    const { accountId, label } = this.#estate;
    const name = `arn:aws:cloudtrail:${awsRegion}:${accountId}:trail/${label}-audit`;
    const requestParameters = { name };
    this.#writer.call(session, 'cloudtrail', 'GetTrailStatus', { readOnly: true, requestParameters });
    this.#writer.call(session, 'cloudtrail', 'StopLogging', { requestParameters });
    this.#writer.call(session, 'cloudtrail', 'DeleteTrail', { requestParameters, denied: true });
  }

  #openPort(session: Caller): void {
    const groupId = this.#estate.securityGroups[0] ?? resourceId(this.#random, 'sg');
    const range = { ipProtocol: 'tcp', fromPort: 22, toPort: 22 };
    const groups = {};
    this.#writer.call(session, 'ec2', 'AuthorizeSecurityGroupIngress', {
      requestParameters: {
        groupId,
        ipPermissions: {
          items: [
            { ...range, groups, ipRanges: { items: [{ cidrIp: '0.0.0.0/0' }] }, ipv6Ranges: {}, prefixListIds: {} },
          ],
        },
      },
      responseElements: {
        requestId: this.#random.uuid(),
        _return: true,
        securityGroupRuleSet: {
          items: [
            {
              groupOwnerId: this.#estate.accountId,
              groupId,
              securityGroupRuleId: resourceId(this.#random, 'sgr'),
              isEgress: false,
              ...range,
              cidrIpv4: '0.0.0.0/0',
            },
          ],
        },
      },
    });
  }

  #leaveBackdoor(session: Caller): void {
    const { accountId } = this.#estate;
    const userName = backdoor;
    const userId = uniqueId(this.#random, 'AIDA');
    const arn = `arn:aws:iam::${accountId}:user/${userName}`;
    const accessKeyId = uniqueId(this.#random, 'AKIA');
    const createDate = dateInResponse(this.#writer.time);
    this.#writer.call(session, 'iam', 'CreateUser', {
      requestParameters: { userName },
      responseElements: { user: { path: '/', userName, userId, arn, createDate } },
    });
    this.#writer.call(session, 'iam', 'AttachUserPolicy', {
      requestParameters: { userName, policyArn: 'arn:aws:iam::aws:policy/AdministratorAccess' },
    });
    this.#writer.call(session, 'iam', 'CreateAccessKey', {
      requestParameters: { userName },
      responseElements: { accessKey: { accessKeyId, status: 'Active', userName, createDate } },
    });
    const user: Caller = { type: 'IAMUser', principalId: userId, arn, accountId, accessKeyId, userName };
    this.#writer.call(user, 'sts', 'GetCallerIdentity', { readOnly: true }, 90);
  }
}
