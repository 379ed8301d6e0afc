import { describe, expect, it } from 'vitest';
import { scopeOfGrant } from '../access/scope.js';
import { entryBytes, parseEntry } from './custom-event.js';
import type { PutEventsRequestEntry } from './rule.inputs.js';

const now = new Date('2026-11-20T12:00:00Z');
const everyone = scopeOfGrant(null);
const [one, two] = ['111111111111', '222222222222'];
const sound: PutEventsRequestEntry = { source: 'com.example.shop', detailType: 'Order', detail: { total: 1 } };

it('takes a sound entry, whose time is now where it names none', () => {
  expect(parseEntry(sound, everyone, now)).toEqual({
    eventBusName: 'default',
    source: 'com.example.shop',
    detailType: 'Order',
    detail: '{"total":1}',
    resources: [],
    time: now,
    accountId: null,
  });
});

it('keeps JSON text as it was written, with its spaces, numbers and repeated keys', () => {
  const detail = ' {"total": 1.50, "total": 12345678901234567890}\n';
  expect(parseEntry({ ...sound, detail }, everyone, now)).toMatchObject({ detail });
});

// Truth: `PutEventsResultEntry` of the Amazon EventBridge API Reference for the codes; the messages are those that the
// service answers with, as reports of users quote them.
describe('an entry that AWS refuses', () => {
  it('for a bus that cannot be', () => {
    expect(parseEntry({ ...sound, eventBusName: 'a b' }, everyone, now)).toMatchObject({
      errorCode: 'InvalidArgument',
      errorMessage: expect.stringContaining('EventBusName'),
    });
  });

  const required = (name: string) => `Parameter ${name} is not valid. Reason: ${name} is a required argument.`;
  const cases: [string, object, string, string][] = [
    ['without a source', { source: undefined }, 'InvalidArgument', required('Source')],
    ['with null for a source', { source: null }, 'InvalidArgument', required('Source')],
    ['with an empty source', { source: '' }, 'InvalidArgument', required('Source')],
    ['without a detail type', { detailType: null }, 'InvalidArgument', required('DetailType')],
    ['without a detail', { detail: undefined }, 'InvalidArgument', required('Detail')],
    ['with empty text for a detail', { detail: '' }, 'InvalidArgument', required('Detail')],
    ['without source and detail', { source: '', detail: null }, 'InvalidArgument', required('Source')],
    [
      'from a service of AWS',
      { source: 'aws.ec2' },
      'NotAuthorizedForSourceException',
      'Not authorized for the source.',
    ],
    [
      'from nothing after aws.',
      { source: 'aws.' },
      'NotAuthorizedForSourceException',
      'Not authorized for the source.',
    ],
    ['with a detail cut off', { detail: '{"a":' }, 'MalformedDetail', 'Detail is malformed.'],
    ['with text behind the detail', { detail: '{} {}' }, 'MalformedDetail', 'Detail is malformed.'],
    ['with a list', { detail: [1] }, 'MalformedDetail', 'Detail is malformed.'],
    ['with JSON text of a list', { detail: '[{}]' }, 'MalformedDetail', 'Detail is malformed.'],
    ['with JSON text of null', { detail: 'null' }, 'MalformedDetail', 'Detail is malformed.'],
    ['with a number', { detail: 0 }, 'MalformedDetail', 'Detail is malformed.'],
    ['with false', { detail: false }, 'MalformedDetail', 'Detail is malformed.'],
  ];
  it.each(cases)('%s', (_, change, errorCode, errorMessage) => {
    expect(parseEntry({ ...sound, ...change }, everyone, now)).toEqual({ errorCode, errorMessage });
  });

  it.each(['aws', 'awsome.app', 'AWS.ec2', 'com.aws.ec2'])('but not one from %s', (source) => {
    expect(parseEntry({ ...sound, source }, everyone, now)).toMatchObject({ source });
  });
});

// Truth: the description of `accountId` in the schema.
describe('the account of an entry', () => {
  const denied = 'AccessDeniedException';
  const cases: [string, string | null, string[] | null, string | null][] = [
    ['is none, for a token of every account', null, null, null],
    ['is the one named, for a token of every account', two, null, two],
    ['is that of a token of one', null, [one], one],
    ['is the one named, of a token of two', two, [one, two], two],
    ['must be named, by a token of two', null, [one, two], denied],
    ['must be covered', two, [one], denied],
    ['must be named, by a token of none', null, [], denied],
  ];
  it.each(cases)('%s: named %j, token of %j', (_, accountId, accountIds, expected) => {
    const parsed = parseEntry({ ...sound, accountId }, scopeOfGrant(accountIds), now);
    expect('errorCode' in parsed ? parsed.errorCode : parsed.accountId).toBe(expected);
  });
});

// Truth: "Calculating PutEvents event entry size", Amazon EventBridge User Guide: 14 bytes for the time, else UTF-8.
describe('the size of an entry', () => {
  const cases: [string, PutEventsRequestEntry, number][] = [
    ['of nothing', {}, 0],
    ['of text', { source: 'abc', detailType: 'de', detail: '{}' }, 7],
    ['of an object, as it is written out', { detail: { a: 'b' } }, 9],
    ['with resources', { resources: ['abc', 'd'] }, 4],
    ['with a time, however it is written', { time: now }, 14],
    ['in UTF-8', { source: 'ä', detailType: '€', detail: '😀' }, 9],
    ['without the names of bus and account', { eventBusName: 'shop', accountId: one }, 0],
  ];
  it.each(cases)('%s', (_, entry, bytes) => {
    expect(entryBytes(entry)).toBe(bytes);
  });
});
