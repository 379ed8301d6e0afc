import { expect, it } from 'vitest';
import { type ListedDigest, walkDigests } from './digest-walk.js';
import type { JudgedDigest } from './log-validation.js';

/** The key of the digest of the hour that ends then, on a day of one chain. */
function keyAt(hour: number): string {
  const stamp = `20261120T${String(hour).padStart(2, '0')}0000Z`;
  const name = `111111111111_CloudTrail-Digest_eu-west-1_trail_eu-west-1_${stamp}.json.gz`;
  return `AWSLogs/111111111111/CloudTrail-Digest/eu-west-1/2026/11/20/${name}`;
}

const at = (hour: number) => Date.UTC(2026, 10, 20, hour);
const bytes = (hour: number) => Buffer.from([hour]);

type Valid = Extract<JudgedDigest, { verdict: 'valid' }>;

function valid(hour: number, previous: number | null = hour - 1): Valid {
  return {
    verdict: 'valid',
    ...{ key: keyAt(hour), sha256: bytes(hour), signature: bytes(hour), start: at(hour - 1), end: at(hour) },
    previous: previous === null ? null : { key: keyAt(previous), sha256: bytes(previous), signature: bytes(previous) },
    logFiles: [],
  };
}

const bad = (reason: string): Exclude<JudgedDigest, Valid> => ({ verdict: 'invalid', reason, previous: null });

/** Walks a bucket in which these hours are listed, each judged as given; `9 valid`, `gap 7-8`. */
async function walk(
  judged: Readonly<Record<number, JudgedDigest>>,
  listed = Object.keys(judged).map(Number),
  from = 0,
) {
  const byKey = new Map(Object.entries(judged).map(([hour, digest]) => [keyAt(Number(hour)), digest]));
  const digests: ListedDigest[] = listed.map((hour) => ({ key: keyAt(hour), namedAt: at(hour) }));
  const judge = async (key: string) => byKey.get(key) ?? bad('not found');
  const steps: string[] = [];
  const hourOf = (time: number) => (time - at(0)) / 3_600_000;
  for await (const step of walkDigests({ listed: digests, from: at(from), judge })) {
    if (steps.length > 50) throw new Error('the walk has no end');
    if (step.kind === 'digest') steps.push(`${hourOf(step.namedAt)} ${step.judged.verdict}`);
    else steps.push(`gap ${hourOf(step.start)}-${hourOf(step.end)}: ${step.reason}`);
  }
  return steps;
}

const unspoken = 'No valid digest speaks of the time';
const stopped = 'No log files were delivered by CloudTrail';

it.each<[string, () => Promise<string[]>, string[]]>([
  [
    'goes from digest to digest to the one that begins the chain',
    () => walk({ 5: valid(5, null), 6: valid(6), 7: valid(7) }),
    ['7 valid', '6 valid', '5 valid'],
  ],
  ['finds nothing in an empty bucket', () => walk({}), []],
  [
    'ends at the start of what is asked for',
    () => walk({ 5: valid(5), 6: valid(6), 7: valid(7) }, [5, 6, 7], 6),
    ['7 valid', '6 valid'],
  ],
  [
    'asks for a digest that is named and not listed, and says which time it leaves open',
    () => walk({ 5: valid(5, null), 7: valid(7), 8: valid(8) }),
    ['8 valid', '7 valid', '6 invalid', '5 valid', `gap 5-6: ${unspoken}`],
  ],
  [
    'of two in a row that are gone, only the second is named; the gap tells of both',
    () => walk({ 5: valid(5, null), 8: valid(8) }),
    ['8 valid', '7 invalid', '5 valid', `gap 5-7: ${unspoken}`],
  ],
  [
    'a chain that began anew was not broken',
    () => walk({ 4: valid(4, null), 7: valid(7, null) }),
    ['7 valid', '4 valid', `gap 4-6: ${stopped}`],
  ],
  [
    'passes over an invalid digest to the next older one that is listed',
    () => walk({ 5: valid(5, null), 6: bad('its signature does not hold'), 7: valid(7) }),
    ['7 valid', '6 invalid', '5 valid', `gap 5-6: ${unspoken}`],
  ],
  [
    'says that nothing speaks of the time before the last invalid one',
    () => walk({ 6: bad('?'), 7: valid(7) }, [6, 7], 5),
    ['7 valid', '6 invalid', `gap 5-6: ${unspoken}`],
  ],
  [
    'a digest that the one after it names with another hash is invalid, though it is signed',
    () => walk({ 5: valid(5, null), 6: { ...valid(6), sha256: bytes(99) }, 7: valid(7) }),
    ['7 valid', '6 invalid', '5 valid', `gap 5-6: ${unspoken}`],
  ],
  [
    'a digest that names a newer one, or itself, does not lead in a circle',
    () => walk({ 5: valid(5, null), 6: valid(6, 8), 7: valid(7, 7), 8: valid(8) }),
    ['8 valid', '7 valid', '6 valid', '5 valid'],
  ],
])('%s', async (_, walked, steps) => {
  expect(await walked()).toEqual(steps);
});

it('tells what the digest after one says of its signature', async () => {
  const told: (string | null)[] = [];
  const judged: JudgedDigest[] = [
    valid(7),
    { ...bad('?'), previous: { key: keyAt(5), signature: bytes(42) } },
    valid(5),
  ];
  const judge = async (_: string, successor: { verdict: string; signature: Buffer } | null) => {
    told.push(successor && `${successor.verdict} ${successor.signature[0]}`);
    return judged.shift() as JudgedDigest;
  };
  const listed = [5, 6, 7].map((hour) => ({ key: keyAt(hour), namedAt: at(hour) }));
  for await (const step of walkDigests({ listed, from: at(5), judge })) void step;
  expect(told).toEqual([null, 'valid 6', 'invalid 42']);
});
