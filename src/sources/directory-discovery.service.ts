import { storedReason } from '../platform/errors.js';
import { failpoint } from '../platform/failpoint.js';
import type { Logger } from '../platform/log.js';
import type { DigestLedger, FoundDigest } from './digest-ledger.port.js';
import { DirectoryWatcher } from './directory-watcher.js';
import { foundLive, Grant, sortObject } from './found-file.js';
import type { FoundFile, Ledger } from './ledger.port.js';
import type { ObjectInfo } from './object-store.port.js';
import { DirectoryStore } from './object-stores/directory.js';
import type { Source } from './source.entity.js';
import type { SourceService } from './source.service.js';

export interface DirectoryDiscoveryDeps {
  readonly sources: SourceService;
  readonly ledger: Ledger;
  readonly digests: DigestLedger;
  readonly log: Logger;
  readonly now: () => Date;
}

export interface ScanResult {
  readonly files: number;
  readonly added: number;
  readonly changed: number;
  readonly ignored: number;
}

/** Finds the log files and digests of a directory: by walking it, and by being told of new ones. */
export class DirectoryDiscovery {
  constructor(private readonly deps: DirectoryDiscoveryDeps) {}

  /**
   * Walks the whole directory. What goes wrong is written on the source, and thrown.
   *
   * @param onFile told of each log file that is collected, known or not
   */
  async scan(
    source: Source,
    signal: AbortSignal,
    onFile: (file: FoundFile) => void = () => undefined,
  ): Promise<ScanResult> {
    const result = { files: 0, added: 0, changed: 0, ignored: 0 };
    const foreign = new Set<string>();
    const grant = new Grant(source);
    const startedAt = this.deps.now();
    try {
      for await (const page of new DirectoryStore(source.bucketName).list({ prefix: source.prefix, signal })) {
        failpoint('discover.listed');
        const found = await this.found(source, grant, page.objects);
        const { added, changed } = await this.deps.ledger.discovered(source, found.files);
        await this.deps.digests.discovered(source, found.digests);
        failpoint('discover.written');
        for (const file of found.files) onFile(file);
        result.files += found.files.length;
        result.added += added;
        result.changed += changed;
        result.ignored += found.foreign.length;
        for (const accountId of found.foreign) foreign.add(accountId);
      }
    } catch (error) {
      if (!signal.aborted) await this.record(source, storedReason(error), null, null);
      throw error;
    }
    await this.record(source, null, result.ignored, foreign.size);
    await this.deps.sources.recordLook(source.id, grant.collectedAccounts, startedAt);
    return result;
  }

  /**
   * Puts new files into the ledger as they come, until the signal aborts. Scan once after this has resolved: what came
   * before is not told. Files that are lost on the way (a full event queue) are found by the next scan.
   *
   * @param onFiles called after files were written to the ledger
   * @returns `ended` resolves when nothing more is written: after the signal, or because the directory is gone
   */
  async watch(
    source: Source,
    signal: AbortSignal,
    onFiles: (added: number) => void = () => undefined,
  ): Promise<{ ended: Promise<void> }> {
    const store = new DirectoryStore(source.bucketName);
    const grant = new Grant(source);
    const watcher = new DirectoryWatcher(source.bucketName, source.prefix, async (keys) => {
      const infos = await Promise.all(keys.map((key) => store.describe(key)));
      const objects = infos.filter((info) => info !== null);
      const { files, digests } = await this.found(source, grant, objects);
      const { added, changed } = await this.deps.ledger.discovered(source, files);
      if (digests.length > 0) await this.deps.digests.discovered(source, digests);
      if (added + changed > 0) onFiles(added + changed);
    });
    watcher.on('error', (error) => {
      this.deps.log.warn({ err: error, sourceId: source.id }, 'a watched directory cannot be followed; scans go on');
    });
    const ended = new Promise<void>((resolve) => {
      const close = () => resolve(watcher.close());
      watcher.once('ended', close);
      signal.addEventListener('abort', close, { once: true });
      if (signal.aborted) close();
    });
    if (!signal.aborted) await watcher.start();
    return { ended };
  }

  private async found(
    source: Source,
    grant: Grant,
    objects: readonly ObjectInfo[],
  ): Promise<{ files: FoundFile[]; digests: FoundDigest[]; foreign: string[] }> {
    let sorted = objects.map((object) => sortObject(object, grant, foundLive));
    const strangers = new Set(sorted.flatMap((item) => (item.kind === 'foreign' ? [item.accountId] : [])));
    if (source.discoverAccounts && strangers.size > 0) {
      grant.add(await this.deps.sources.discovered(source, [...strangers]));
      sorted = objects.map((object) => sortObject(object, grant, foundLive));
    }
    return {
      files: sorted.flatMap((item) => (item.kind === 'collect' ? [item.file] : [])),
      digests: sorted.flatMap((item) => (item.kind === 'digest' ? [item.digest] : [])),
      foreign: sorted.flatMap((item) => (item.kind === 'foreign' ? [item.accountId] : [])),
    };
  }

  private async record(
    source: Source,
    error: string | null,
    filesIgnored: number | null,
    accountsIgnored: number | null,
  ) {
    const at = this.deps.now();
    await this.deps.sources.recordDiscovery(source.id, {
      at,
      error,
      filesIgnored,
      accountsIgnored,
      accounts: new Map(),
    });
  }
}
