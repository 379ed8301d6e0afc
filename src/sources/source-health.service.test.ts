import { expect, it } from 'vitest';
import { upstreamError } from '../platform/aws/aws-error.js';
import { badInput } from '../platform/errors.js';
import { blameOf } from './failure-blame.js';
import { ObjectNotFound } from './object-store.port.js';
import { SourceHealth } from './source-health.service.js';

const aws = (name: string, call = 's3:GetObject') =>
  upstreamError(call, 's3://logs/key', Object.assign(new Error(name), { name }));
const system = (code: string) => Object.assign(new Error(code), { code });

// Codes: docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html, and of STS "Common Errors"; Node's system errors.
it.each([
  ['an object that is gone', new ObjectNotFound('key'), 'file'],
  ['an object in another storage class', aws('InvalidObjectState'), 'file'],
  ['a file that the system refuses', system('EACCES'), 'file'],
  ['a source that was deleted', badInput('a', 'b'), 'file'],
  ['nothing known', 'a string', 'file'],
  ['a refusal', aws('AccessDenied'), 'denied'],
  ['a refusal to assume the role', aws('AccessDenied', 'sts:AssumeRole'), 'source'],
  ['SlowDown', aws('SlowDown'), 'source'],
  ['a 503 without a body', aws('503'), 'source'],
  ['no answer in time', aws('TimeoutError'), 'source'],
  ['credentials that ran out', aws('ExpiredToken'), 'source'],
  ['a bucket that is gone', aws('NoSuchBucket'), 'source'],
  ['a body that breaks off', system('ECONNRESET'), 'source'],
])('%s is blamed on: %3$s', (_, error, blame) => {
  expect(blameOf(error)).toBe(blame);
});

function setup() {
  const clock = { now: 1_000_000 };
  const health = new SourceHealth(() => clock.now);
  const fail = (times: number, error: unknown = aws('SlowDown'), source = 'a') =>
    Array.from({ length: times }, () => health.failed(source, error));
  return { clock, health, fail };
}

it('lets a source rest after eight failures in a row, and the others go on', () => {
  const { health, fail } = setup();
  expect(fail(7)).toEqual([null, null, null, null, null, null, null]);
  expect([health.resting(), health.suspects()]).toEqual([[], ['a']]);
  expect(fail(2)).toEqual([5, 5]);
  expect([health.resting(), health.restSeconds('a'), health.restSeconds('b')]).toEqual([['a'], 5, null]);
});

it('rests twice as long when the first try after a rest fails, five minutes at most, until a file is read', () => {
  const { clock, health, fail } = setup();
  fail(8);
  const rests = Array.from({ length: 8 }, () => {
    clock.now += (health.restSeconds('a') ?? 0) * 1000;
    expect([health.resting(), health.suspects()]).toEqual([[], ['a']]);
    return fail(1)[0];
  });
  expect(rests).toEqual([10, 20, 40, 80, 160, 300, 300, 300]);
  health.worked('a');
  expect([health.resting(), health.suspects(), fail(1)]).toEqual([[], [], [null]]);
});

it('failures of single files let no source rest, and one success begins the row anew', () => {
  const { health, fail } = setup();
  expect(fail(20, new ObjectNotFound('key'))).toEqual(Array(20).fill(null));
  fail(7);
  health.worked('a');
  expect(fail(7)).toEqual(Array(7).fill(null));
  expect(health.resting()).toEqual([]);
});

it('tells whoever waits for the source that it rests, also who comes while it does', () => {
  const { clock, health, fail } = setup();
  const [before, other] = [health.watch('a'), health.watch('b')];
  fail(7);
  expect(before.signal.aborted).toBe(false);
  fail(1);
  expect([before.signal.aborted, other.signal.aborted, health.watch('a').signal.aborted]).toEqual([true, false, true]);
  clock.now += 5000;
  const after = health.watch('a');
  expect(after.signal.aborted).toBe(false);
  after.end();
  fail(1);
  expect(after.signal.aborted).toBe(false);
});

it('refusals are taken to be the source’s after 16 in a row, and never let it rest', () => {
  const { health, fail } = setup();
  expect(fail(17, aws('AccessDenied'))).toEqual([...Array(15).fill(null), 300, 300]);
  expect([health.resting(), health.suspects()]).toEqual([[], []]);
});
