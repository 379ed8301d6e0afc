import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { everyAccount } from '../../src/access/scope.js';
import { CoverageService } from '../../src/sources/coverage.service.js';
import type { Finding } from '../../src/sources/log-validation.service.js';
import { awsCli, awsCliMissing } from '../support/aws-cli.js';
import { A } from '../support/collection.js';
import { describeUnless } from '../support/describe-unless.js';
import { at, digest, files, SignedBucket } from '../support/signed-bucket.js';
import { type Tampering, tamperings } from '../support/tampering.js';

/*
 * What is said of a bucket that somebody tampered with: by what was collected of it, by reading it again, and by AWS's
 * own validator. The same files must be invalid, with whatever words.
 */

const bucket = new SignedBucket();
const scope = everyAccount('the tests see everything');
let endpointUrl: string;

beforeAll(async () => {
  endpointUrl = await bucket.start();
  const arn = `arn:aws:cloudtrail:eu-west-1:${A}:trail/trail`;
  bucket.aws.cloudTrail.trails.push({ name: 'trail', arn, bucket: 'central', homeRegion: 'eu-west-1' });
});
afterAll(() => bucket.stop());
beforeEach(() => bucket.reset());

async function validate() {
  const findings: Finding[] = [];
  const listener = { onFinding: (finding: Finding) => void findings.push(finding), onProgress: () => undefined };
  const request = { accountId: A, from: at(0), to: at(6), region: null, sourceId: null };
  const summary = await bucket.collection.validation.validate(request, listener, new AbortController().signal);
  return { findings, summary };
}

function invalidUrls(findings: readonly Finding[]): string[] {
  return findings
    .flatMap((finding) => ('verdict' in finding && finding.verdict === 'invalid' ? finding.url : []))
    .sort();
}

async function validateByAws() {
  const [from, to] = [at(0), at(6)].map((time) => time.toISOString());
  const { code, out, err } = await awsCli(endpointUrl, [
    ...['cloudtrail', 'validate-logs', '--region', 'eu-west-1', '--start-time', `${from}`, '--end-time', `${to}`],
    ...['--trail-arn', `arn:aws:cloudtrail:eu-west-1:${A}:trail/trail`],
  ]);
  const ratio = (name: string) =>
    new RegExp(`(\\d+)/(\\d+) ${name} files valid`).exec(out)?.slice(1, 3).map(Number) ?? [0, 0];
  return {
    code,
    invalid: [...err.matchAll(/(s3:\S+)\tINVALID/g)].map(([, url]) => url).sort(),
    digests: ratio('digest'),
    logFiles: ratio('log'),
  };
}

/** The states of the six windows, as what was collected has them. */
async function coverage(): Promise<string> {
  const service = new CoverageService({ database: bucket.collection.database, now: () => at(6) });
  const spans = await service.spans(scope, { accountId: A, from: at(0), to: at(6) });
  const stateAt = (time: Date) => spans.find(({ start, end }) => start <= time && time < end)?.state ?? '-';
  return [0.5, 1.5, 2.5, 3.5, 4.5, 5.5].map((hours) => stateAt(at(hours))).join(' ');
}

/** Keys that AWS does not list are refused for good only after some tries. */
async function collect(): Promise<void> {
  await bucket.filesFirst();
  for (let tries = 0; tries < 3; tries += 1) {
    await bucket.wait();
    await bucket.verify();
  }
}

const urls = (keys: readonly string[]) => keys.map((key) => `s3://central/${key}`).sort();

it.each(tamperings)('$kind: what was collected and what is read again agree', async (tampering) => {
  tampering.tamper(bucket);
  await collect();
  expect(await coverage()).toBe(tampering.coverage);
  const { findings } = await validate();
  expect(invalidUrls(findings)).toEqual(urls(tampering.invalid));
  expect(findings.filter(({ kind }) => kind === 'ledger')).toEqual([]);
});

describeUnless(awsCliMissing(), "AWS's own validator", () => {
  const comesToTheSame = async ({ tamper, invalid, isSeenByAws = true }: Tampering) => {
    tamper(bucket);
    const [ours, aws] = await Promise.all([validate(), validateByAws()]);
    expect(invalidUrls(ours.findings)).toEqual(urls(invalid));
    const seen = isSeenByAws ? invalid : [];
    expect(aws.invalid).toEqual(urls(seen));
    expect(aws.code).toBe(seen.length === 0 ? 0 : 1);
    const unseen = invalid.length - seen.length;
    const { digests, logFiles } = ours.summary;
    expect(aws.digests).toEqual([digests.valid, digests.valid + digests.invalid]);
    expect(aws.logFiles).toEqual([logFiles.valid + unseen, logFiles.valid + logFiles.invalid]);
  };
  // Starting it takes a second or more of one core.
  it.each(tamperings)('$kind: it comes to the same', comesToTheSame, 120_000);
});

it('what is tampered with after it was collected shows beside what the ledger has', async () => {
  await collect();
  bucket.remove(files[0].key);
  bucket.put({ ...files[3], body: gzipSync('{"Records":[]}') });
  // Nothing in the bucket names these two any more; the ledger has verified them.
  bucket.remove(digest(5).key);
  bucket.remove(digest(6).key);
  const { findings, summary } = await validate();
  expect(invalidUrls(findings)).toEqual(urls([files[0].key, files[3].key, digest(5).key, digest(6).key]));
  expect(summary.disagreements).toBe(4);
  const ledger = findings.flatMap((finding) => (finding.kind === 'ledger' ? [finding] : []));
  expect(Object.fromEntries(ledger.map((finding) => [finding.url, `${finding.ledger} → ${finding.now}`]))).toEqual({
    [`s3://central/${files[0].key}`]: 'INGESTED, VERIFIED → gone',
    [`s3://central/${files[3].key}`]: 'INGESTED, VERIFIED → changed',
    [`s3://central/${digest(5).key}`]: 'VERIFIED → gone',
    [`s3://central/${digest(6).key}`]: 'VERIFIED → gone',
  });
});

it('what was never collected is validated too, and the ledger does not know it', async () => {
  const { findings, summary } = await validate();
  expect(summary).toMatchObject({ digests: { valid: 6, invalid: 0 }, logFiles: { valid: 5, invalid: 0 } });
  expect(new Set(findings.map((finding) => (finding.kind === 'ledger' ? finding.ledger : finding.kind)))).toEqual(
    new Set(['does not know it']),
  );
  expect(summary.disagreements).toBe(11);
});
