import pMap from 'p-map';
import { hourMs } from '../lib/time.js';
import type { Database } from '../platform/database/database.js';
import type { DigestKeys } from './digest-keys.service.js';
import type { ListedChain } from './digest-listing.js';
import { DigestReader } from './digest-reader.js';
import { type WalkStep, walkDigests } from './digest-walk.js';
import { type CheckedFile, checkLogFile } from './log-file-check.js';
import {
  type FileVerdict,
  type Finding,
  type JudgedDigest,
  type NamedLogFile,
  reasons,
  type ValidationRequest,
  type ValidationSummary,
} from './log-validation.js';
import { ledgerOfDigests, ledgerOfFiles } from './log-validation.store.js';
import type { ObjectStore } from './object-store.port.js';
import type { SourceObjectStores } from './object-stores/object-stores.js';
import type { Source } from './source.entity.js';

export interface ValidationListener {
  readonly onFinding: (finding: Finding) => void;
  /** After each file; the summary is as it stands then. */
  readonly onProgress: (summary: ValidationSummary) => void;
}

export interface ChainValidationDeps {
  readonly database: Database;
  readonly stores: Pick<SourceObjectStores, 'open'>;
  readonly keys: DigestKeys;
  readonly source: Source;
  readonly store: ObjectStore;
  readonly chain: ListedChain;
  readonly summary: ValidationSummary;
  readonly listener: ValidationListener;
  readonly signal: AbortSignal;
}

type DigestStep = Extract<WalkStep, { kind: 'digest' }>;

const filesAtOnce = 8;

/** Validates the digests of one chain and the log files that they name. */
export class ChainValidation {
  constructor(private readonly deps: ChainValidationDeps) {}

  async run(request: ValidationRequest): Promise<void> {
    const { source, store, keys, chain, signal, database } = this.deps;
    const reader = new DigestReader(source, store, keys, chain.awsRegion, signal);
    const [from, to] = [request.from.getTime(), request.to.getTime()];
    const ends = { from: request.from, to: new Date(to + hourMs) };
    const known = await ledgerOfDigests(database, { ...chain, bucketId: source.bucketId }, ends.from, ends.to);
    const judge: DigestReader['judge'] = (key, successor) => reader.judge(key, successor);
    for await (const step of walkDigests({ listed: chain.digests, from, judge })) {
      signal.throwIfAborted();
      // Read only for the signature of the digest before it.
      if (step.kind === 'digest' && step.namedAt > ends.to.getTime()) continue;
      if (step.kind === 'gap') this.reportGap(step, from, to);
      else {
        await this.validateDigest(step, known.get(step.key)?.state ?? null, { from, to });
        known.delete(step.key);
      }
    }
    this.reportLost(known);
  }

  private async validateDigest(
    { key, judged }: DigestStep,
    ledger: string | null,
    { from, to }: { from: number; to: number },
  ): Promise<void> {
    const { summary } = this.deps;
    this.countDigest(key, judged.verdict, judged.verdict === 'valid' ? null : judged.reason);
    const url = this.urlOf(this.deps.source.bucketName, key);
    this.compare(url, digestVerdict(judged), ledger, digestStates[digestVerdict(judged)]);
    if (judged.verdict === 'valid') {
      const [start, end] = [Math.max(judged.start, from), Math.min(judged.end, to)];
      const found = summary.found ?? { start, end };
      summary.found = { start: Math.min(found.start, start), end: Math.max(found.end, end) };
      await this.validateFiles(judged.logFiles);
    }
  }

  private countDigest(key: string, verdict: FileVerdict, reason: string | null): void {
    const { summary, chain } = this.deps;
    (chain.isBackfill ? summary.backfillDigests : summary.digests)[verdict] += 1;
    if (reason !== null) this.report('digest', this.urlOf(this.deps.source.bucketName, key), verdict, reason);
    this.deps.listener.onProgress(summary);
  }

  private async validateFiles(files: readonly NamedLogFile[]): Promise<void> {
    const { database, source, summary, listener, signal } = this.deps;
    const keys = files.flatMap(({ keyInStore }) => keyInStore ?? []);
    const known = await ledgerOfFiles(database, source.bucketId, keys);
    const check = async (file: NamedLogFile) => {
      const checked = await this.checkFile(file);
      summary.logFiles[checked.verdict] += 1;
      const url = this.urlOf(file.bucket, file.keyInStore ?? file.key);
      if (checked.reason !== null) this.report('logFile', url, checked.verdict, checked.reason);
      const ledger = file.keyInStore === null ? undefined : known.get(file.keyInStore);
      const says = ledger === undefined ? null : `${ledger.state}, ${ledger.integrity}`;
      if (file.keyInStore !== null) this.compare(url, fileVerdict(checked), says, fileStates[fileVerdict(checked)]);
      listener.onProgress(summary);
    };
    await pMap(files, check, { concurrency: filesAtOnce, signal });
  }

  /** A trail that was moved to another bucket within the hour left files behind, in a digest of the new one. */
  private async checkFile({ bucket, key, keyInStore, sha256 }: NamedLogFile): Promise<CheckedFile> {
    const { source, store, stores, signal } = this.deps;
    if (keyInStore !== null) return checkLogFile(store, keyInStore, sha256, signal);
    if (source.type === 'DIRECTORY') return { verdict: 'unknown', reason: 'it lies outside of the directory' };
    return checkLogFile(stores.open({ ...source, bucketName: bucket }), key, sha256, signal);
  }

  /** Digests that the ledger has verified, and to which no digest in the bucket leads any more. */
  private reportLost(known: ReadonlyMap<string, { readonly state: string }>): void {
    const listed = new Set(this.deps.chain.digests.map(({ key }) => key));
    for (const [key, { state }] of known) {
      if (state !== 'VERIFIED') continue;
      const reason = listed.has(key) ? 'no digest leads to it' : reasons.notFound;
      this.countDigest(key, 'invalid', reason);
      this.compare(this.urlOf(this.deps.source.bucketName, key), 'gone', state, digestStates.gone);
    }
  }

  private reportGap({ start, end, reason }: Extract<WalkStep, { kind: 'gap' }>, from: number, to: number): void {
    const { awsRegion: region, trail } = this.deps.chain;
    if (this.deps.chain.isBackfill || end <= from || start >= to) return;
    const times = { from: new Date(Math.max(start, from)), to: new Date(Math.min(end, to)) };
    this.deps.listener.onFinding({ kind: 'gap', region, trail, ...times, reason });
  }

  private report(kind: 'digest' | 'logFile', url: string, verdict: FileVerdict, reason: string): void {
    const { awsRegion: region, trail, isBackfill } = this.deps.chain;
    this.deps.listener.onFinding({ kind, url, region, trail, isBackfill, verdict, reason });
  }

  /** @param agrees what the ledger says where it agrees */
  private compare(url: string, now: string, ledger: string | null, agrees: readonly string[]): void {
    if (ledger !== null && agrees.includes(ledger)) return;
    this.deps.summary.disagreements += 1;
    this.deps.listener.onFinding({ kind: 'ledger', url, ledger: ledger ?? 'does not know it', now });
  }

  private urlOf(bucket: string, key: string): string {
    const { type, bucketName } = this.deps.source;
    return type === 'DIRECTORY' ? `file://${bucketName}/${key}` : `s3://${bucket}/${key}`;
  }
}

const digestStates = {
  valid: ['VERIFIED'],
  changed: ['INVALID'],
  gone: ['MISSING'],
  unknown: ['DISCOVERED', 'UNVERIFIABLE'],
} as const;

const fileStates = {
  valid: ['INGESTED, VERIFIED'],
  changed: ['INGESTED, TAMPERED', 'QUARANTINED, TAMPERED'],
  gone: ['MISSING, MISSING'],
  unknown: ['DISCOVERED, UNVERIFIED', 'QUARANTINED, UNVERIFIED'],
} as const;

function digestVerdict(judged: JudgedDigest): keyof typeof digestStates {
  if (judged.verdict !== 'invalid') return judged.verdict;
  return judged.reason === reasons.notFound ? 'gone' : 'changed';
}

function fileVerdict({ verdict, reason }: CheckedFile): keyof typeof fileStates {
  if (verdict !== 'invalid') return verdict;
  return reason === reasons.notFound ? 'gone' : 'changed';
}
