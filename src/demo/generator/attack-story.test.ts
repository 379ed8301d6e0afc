import { expect, it } from 'vitest';
import type { CloudTrailEvent } from '../../formats/cloudtrail/cloudtrail-event.js';
import { decodeLogFile, type RecordSlice } from '../../formats/cloudtrail/decode.js';
import { parseLogKey } from '../../formats/cloudtrail/log-key.js';
import { toCloudTrailEvent } from '../../formats/cloudtrail/record-to-event.js';
import type { GeneratedFile } from './log-files.js';
import { demoOrganization } from './organization.js';

const now = Date.parse('2026-11-20T15:07:12Z');
const { accounts, files, story } = demoOrganization({ seed: 1, now });
const accountId = (label: string) => accounts.find((account) => account.label === label)?.accountId ?? '';
const sandbox = accountId('sandbox');
const production = accountId('production');

type Found = CloudTrailEvent & RecordSlice & { readonly accountId: string };

async function eventsOf({ key, body }: GeneratedFile): Promise<Found[]> {
  const place = parseLogKey(key);
  if (place === null) throw new Error(`${key} is no key of a log file`);
  const found: Found[] = [];
  for await (const batch of decodeLogFile([body])) {
    found.push(...batch.map((slice) => ({ ...toCloudTrailEvent(slice, place), ...slice, accountId: place.accountId })));
  }
  return found;
}

const events: Found[] = [];
for (const file of files) events.push(...(await eventsOf(file)));
events.sort((a, b) => a.eventTime - b.eventTime);
const intruder = events.filter(({ sourceIp }) => sourceIp === story.sourceIPAddress);

/** Whether the names occur in this order, with anything between them. */
function inOrder(names: readonly string[]): string[] {
  const left = [...names];
  for (const { eventName } of intruder) if (eventName === left[0]) left.shift();
  return left;
}

it('tells the whole intrusion in order, from the first login to the last key', () => {
  const course = [
    'ConsoleLogin',
    'CreateAccessKey',
    'GetCallerIdentity',
    'AssumeRole',
    'GetCallerIdentity',
    'ListBuckets',
  ];
  const harm = ['DescribeInstances', 'GetSecretValue', 'GetObject', 'StopLogging', 'DeleteTrail'];
  const stay = ['AuthorizeSecurityGroupIngress', 'CreateUser', 'AttachUserPolicy', 'CreateAccessKey'];
  expect(inOrder([...course, ...harm, ...stay])).toEqual([]);
  expect(intruder.at(0)?.eventTime).toBeGreaterThan(now - 4 * 3_600_000);
  expect(intruder.at(-1)?.eventTime).toBeLessThan(now);
});

it('is found in both accounts by following the key, the session and the address', () => {
  const accountsOf = (found: typeof events) => [...new Set(found.map((event) => event.accountId))].sort();
  const both = [sandbox, production].sort();
  expect(accountsOf(intruder)).toEqual(both);
  expect(accountsOf(events.filter(({ accessKeyId }) => accessKeyId === story.accessKeyId))).toEqual(both);
  expect(accountsOf(events.filter(({ raw }) => raw.includes(story.sessionAccessKeyId)))).toEqual(both);
  expect(accountsOf(events.filter(({ principalArn }) => principalArn === story.sessionArn))).toEqual([production]);
});

it('leaves every key and name it makes where it is used later', () => {
  const made = intruder.filter(({ eventName }) => eventName === 'CreateAccessKey').map(({ raw }) => raw.toString());
  expect(made[0]).toContain(story.accessKeyId);
  const sessionUses = events.filter(({ accessKeyId }) => accessKeyId === story.sessionAccessKeyId);
  expect(sessionUses.length).toBeGreaterThan(40);
  expect(new Set(sessionUses.map(({ principalArn }) => principalArn))).toEqual(new Set([story.sessionArn]));
  const backdoor = events.filter(({ userName }) => userName === story.backdoorUserName);
  expect(backdoor.map(({ eventName }) => eventName)).toEqual(['GetCallerIdentity']);
  expect(made[1]).toContain(backdoor[0]?.accessKeyId);
});

it('joins the two sides of each call across accounts by one shared id', () => {
  const sides = new Map<unknown, typeof events>();
  for (const event of events) {
    const id = event.record['sharedEventID'];
    if (id !== undefined) sides.set(id, [...(sides.get(id) ?? []), event]);
  }
  expect(sides.size).toBeGreaterThan(10);
  for (const [first, second, ...more] of sides.values()) {
    expect(more).toEqual([]);
    expect(second?.eventId).not.toBe(first?.eventId);
    expect(second?.accountId).not.toBe(first?.accountId);
    expect(second?.record).toMatchObject({
      eventName: first?.eventName,
      requestParameters: first?.record['requestParameters'],
    });
  }
});

it('shows the signs an analyst looks for', () => {
  const logins = events.filter(
    ({ eventName, accountId: account }) => eventName === 'ConsoleLogin' && account === sandbox,
  );
  const mfa = (login: (typeof logins)[number] | undefined) =>
    (login?.record['additionalEventData'] as { MFAUsed: string } | undefined)?.MFAUsed;
  expect(logins.filter((login) => mfa(login) === 'Yes').length).toBeGreaterThan(2);
  expect(mfa(logins.at(-1))).toBe('No');
  expect(logins.at(-1)).toMatchObject({ hasError: false, sourceIp: story.sourceIPAddress, userName: 'lena.fischer' });
  expect(logins.at(-2)).toMatchObject({ hasError: true, errorCode: null });
  const refused = intruder.filter(({ errorCode }) => /AccessDenied|Unauthorized/.test(errorCode ?? ''));
  expect(refused.length).toBeGreaterThan(10);
  expect(intruder.find(({ eventName }) => eventName === 'StopLogging')).toMatchObject({ hasError: false });
  expect(intruder.find(({ eventName }) => eventName === 'DeleteTrail')).toMatchObject({ hasError: true });
});

it('gives its chapters as data that agree with the records', () => {
  expect(story.steps.length).toBeGreaterThanOrEqual(8);
  for (const { from, to, eventNames, accountId: account } of story.steps) {
    const names = intruder
      .filter(({ eventTime }) => eventTime >= from && eventTime <= to)
      .map(({ eventName }) => eventName);
    expect([...new Set(names)].sort()).toEqual([...eventNames].sort());
    expect([sandbox, production]).toContain(account);
  }
});
