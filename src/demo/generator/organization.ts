import { Random, skewedChoice } from '../../lib/random.js';
import { dayMs, hourMs, minuteMs, startOfDay, startOfHour } from '../../lib/time.js';
import { AccountActivity } from './activity.js';
import { type AttackStory, attackStory, victimOf } from './attack-story.js';
import { assumeRole } from './cross-account.js';
import { type GeneratedFile, logFile } from './log-files.js';
import { logFileKey, uniqueId } from './names.js';
import { consoleLogin } from './sign-in.js';
import type { TimedRecord } from './timed-record.js';

/** An account of the demo's organisation. */
export interface DemoAccount {
  readonly accountId: string;
  readonly name: string;
  readonly label: string;
  /** Records an hour when work is at its highest, by region. */
  readonly hourly: Readonly<Record<string, number>>;
}

export interface DemoOrganization {
  readonly organizationId: string;
  readonly accounts: readonly DemoAccount[];
  /** In the order of their delivery, all of them at or before `now`. */
  readonly files: readonly GeneratedFile[];
  /** Records in all files. */
  readonly records: number;
  readonly story: AttackStory;
}

export interface DemoOptions {
  readonly seed: number | string;
  /** Milliseconds since 1970 UTC. */
  readonly now: number;
}

/** Account numbers as AWS's documentation uses them: they belong to nobody. */
const management = demoAccount('111122223333', 'Management', 'management', { 'us-east-1': 8 });
const security = demoAccount('222233334444', 'Security and log archive', 'security', { 'us-east-1': 16 });
const sharedServices = demoAccount('333344445555', 'Shared services', 'shared', { 'us-east-1': 18 });
const production = demoAccount('444455556666', 'Production', 'production', { 'us-east-1': 80, 'eu-central-1': 36 });
const staging = demoAccount('555566667777', 'Staging', 'staging', { 'us-east-1': 34, 'eu-central-1': 8 });
const sandbox = demoAccount('777788889999', 'Sandbox', 'sandbox', { 'us-east-1': 20 });

const accounts: readonly DemoAccount[] = [management, security, sharedServices, production, staging, sandbox];

const days = 7;
/** CloudTrail delivers every five minutes; older files of the demo hold an hour each, so that there are fewer of them. */
const fineHours = 4;

function demoAccount(accountId: string, name: string, label: string, hourly: Record<string, number>): DemoAccount {
  return { accountId, name, label, hourly };
}

function organizationOf(seed: number | string): string {
  return `o-${new Random(`${seed}/organization`).text('abcdefghijklmnopqrstuvwxyz0123456789', 10)}`;
}

/**
 * An organisation with a week of everyday work up to `now`, and an intrusion in the last three hours. People, roles and
 * resources depend on the seed alone, so that {@link demoLiveFile} goes on with them; the records depend on `now` too.
 */
export function demoOrganization({ seed, now }: DemoOptions): DemoOrganization {
  const organizationId = organizationOf(seed);
  const { story, records: attack } = attackStory({ seed: String(seed), now, sandbox, production });
  const planted = [...attack, ...everydayLogins(String(seed), now), ...deployments(String(seed), now)];
  const files = accounts
    .flatMap((account) => accountFiles({ seed: String(seed), now, organizationId }, account, planted))
    .sort((a, b) => a.deliveredAt - b.deliveredAt || (a.file.key < b.file.key ? -1 : 1))
    .map(({ file }) => file);
  const records = files.reduce((sum, file) => sum + file.records, 0);
  return { organizationId, accounts, files, records, story };
}

interface Place {
  readonly seed: string;
  readonly now: number;
  readonly organizationId: string;
}

interface DatedFile {
  readonly file: GeneratedFile;
  readonly deliveredAt: number;
}

function accountFiles(place: Place, account: DemoAccount, planted: readonly TimedRecord[]): DatedFile[] {
  const activity = new AccountActivity(place.seed, account.accountId, account.label);
  return Object.entries(account.hourly).flatMap(([awsRegion, hourly]) => {
    const random = new Random(`${place.seed}/everyday/${place.now}/${account.accountId}/${awsRegion}`);
    const here = planted.filter((record) => record.accountId === account.accountId && record.awsRegion === awsRegion);
    return windows(place.now).flatMap(({ start, end }): DatedFile[] => {
      const expected = (hourly * busyness(start) * (end - start)) / hourMs;
      const count = Math.floor(expected + random.fraction());
      const records = Array.from({ length: count }, () => {
        const time = start + random.below(end - start);
        return { time, json: activity.record(random, awsRegion, time) };
      });
      records.push(...here.filter(({ time }) => time >= start && time < end));
      if (records.length === 0) return [];
      records.sort((a, b) => a.time - b.time);
      const deliveredAt = Math.min(end + random.below(4 * minuteMs), place.now);
      const { organizationId } = place;
      const key = logFileKey(random, { organizationId, accountId: account.accountId, awsRegion, deliveredAt });
      return [{ deliveredAt, file: logFile(key, records.length, (index) => records[index]?.json ?? '') }];
    });
  });
}

/** The stretches of time whose records share a file. */
function windows(now: number): { start: number; end: number }[] {
  const fineFrom = startOfHour(now - fineHours * hourMs);
  const result: { start: number; end: number }[] = [];
  for (let start = startOfHour(now - days * dayMs); start < now; ) {
    const end = Math.min(now, start + (start < fineFrom ? hourMs : 5 * minuteMs));
    result.push({ start, end });
    start = end;
  }
  return result;
}

/** How busy an hour is, from 0 to 1: working hours in Europe, quiet nights, quieter weekends. */
function busyness(time: number): number {
  const date = new Date(time);
  const hour = date.getUTCHours();
  const ofDay = hour >= 7 && hour < 17 ? 1 : hour >= 17 && hour < 22 ? 0.6 : 0.35;
  const weekend = date.getUTCDay() === 0 || date.getUTCDay() === 6;
  return weekend ? ofDay * 0.5 : ofDay;
}

/** The victim's own logins on the days before: from the office, and with MFA. */
function everydayLogins(seed: string, now: number): TimedRecord[] {
  const random = new Random(`${seed}/logins/${now}`);
  const user = victimOf(seed, sandbox.accountId);
  const client = {
    sourceIPAddress: '198.51.100.7',
    userAgent: 'Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:144.0) Gecko/20100101 Firefox/144.0',
  };
  return [5, 4, 2, 1].map((daysAgo) => {
    const time = startOfDay(now - daysAgo * dayMs) + 7 * hourMs + random.below(hourMs);
    return consoleLogin(random, { user, client, time, mfaUsed: true, success: true });
  });
}

/** Deployments cross accounts as well: not every AssumeRole from elsewhere is an intrusion. */
function deployments(seed: string, now: number): TimedRecord[] {
  const random = new Random(`${seed}/deployments/${now}`);
  const roleIds = new Map([production, staging].map((target) => [target, uniqueId(random, 'AROA')]));
  const pipelineRole = uniqueId(random, 'AROA');
  const client = { sourceIPAddress: '203.0.113.61', userAgent: 'aws-sdk-go-v2/1.39.2 ua/2.1 os/linux lang/go#1.25.1' };
  return Array.from({ length: 2 * days }, (_, index) => now - hourMs - index * (dayMs / 2)).flatMap((time, index) => {
    const target = index % 2 === 0 ? production : staging;
    const caller = {
      type: 'AssumedRole',
      principalId: `${pipelineRole}:pipeline`,
      arn: `arn:aws:sts::${sharedServices.accountId}:assumed-role/pipeline/pipeline`,
      accountId: sharedServices.accountId,
      accessKeyId: uniqueId(random, 'ASIA'),
    };
    const { accountId } = target;
    const roleId = roleIds.get(target) ?? '';
    const role = {
      accountId,
      role: 'deploy',
      roleId,
      session: `deploy-${index}`,
      durationSeconds: 900,
      awsRegion: 'us-east-1',
    };
    return assumeRole(random, { ...role, caller, client, time: Math.floor(time / 1000) * 1000 }).records;
  });
}

const liveAccount = skewedChoice([production, production, staging, sandbox, sharedServices, security, management], 0.6);

export interface LiveOptions extends DemoOptions {
  /** Number of the file, from 0. */
  readonly sequence: number;
}

/** The file that arrives next: a few records of the last minute in one of the accounts. */
export function demoLiveFile({ seed, sequence, now }: LiveOptions): GeneratedFile {
  const organizationId = organizationOf(seed);
  const random = new Random(`${seed}/live/${now}/${sequence}`);
  const { accountId, label } = liveAccount(random);
  const awsRegion = 'us-east-1';
  const activity = new AccountActivity(String(seed), accountId, label);
  const count = random.between(3, 12);
  const key = logFileKey(random, { organizationId, accountId, awsRegion, deliveredAt: now });
  return logFile(key, count, (index) => {
    const time = now - minuteMs + Math.floor((minuteMs * index) / count);
    return activity.record(random, awsRegion, time);
  });
}
