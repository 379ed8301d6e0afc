import { EventEmitter } from 'node:events';
import { type FSWatcher, watch } from 'node:fs';
import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';

/** A file counts as written once two looks this far apart see the same size and time. */
const settleMs = 100;
/** A file that is written to all this time is told as it stands; when it ends, its changed ETag tells it again. */
const maxUnsettledMs = 5000;
const keysPerCall = 1000;

interface Unsettled {
  readonly since: number;
  state: string;
}

/**
 * Tells of files that are written or moved into a tree of folders. Node's recursive watch and the common libraries hold
 * a kernel watch for every file; a bucket has too many of them.
 *
 * Emits `error` for a folder that cannot be watched (once when it is for want of watches); the others go on. Emits
 * `ended` when the root is gone or was replaced, as by an unmount: nothing more is told.
 */
export class DirectoryWatcher extends EventEmitter<{ error: [unknown]; ended: [] }> {
  private readonly folders = new Map<string, FSWatcher>();
  private readonly unsettled = new Map<string, Unsettled>();
  private timer: NodeJS.Timeout | null = null;
  /** The look at unsettled files that is under way. */
  private settling: Promise<void> = Promise.resolve();
  /** Device and inode of the root, which another directory at its place does not have. */
  private rootId: string | null = null;
  private isFull = false;
  private closed = false;

  /**
   * @param root the absolute path of the tree
   * @param prefix only keys that begin with it; empty, or ending with a slash
   * @param onKeys gets keys of files, relative to the root; the next call waits for it
   * @param maxFolders the kernel bounds watches per user (8,192 on older ones); one is held for each folder
   */
  constructor(
    private readonly root: string,
    private readonly prefix: string,
    private readonly onKeys: (keys: string[]) => Promise<void>,
    private readonly maxFolders = 20_000,
  ) {
    super();
  }

  /** Resolves once every folder that is there is watched. Files that are there already are not told. */
  async start(): Promise<void> {
    this.rootId = await this.currentRoot();
    await this.follow('', false);
  }

  /** Resolves once no call of `onKeys` is under way. */
  async close(): Promise<void> {
    this.closed = true;
    if (this.timer !== null) clearTimeout(this.timer);
    for (const watcher of this.folders.values()) watcher.close();
    this.folders.clear();
    await this.settling;
  }

  /** Watches a folder before reading it, so that nothing can come between; `tell`: its files are new as well. */
  private async follow(folder: string, tell: boolean): Promise<void> {
    if (this.closed || this.folders.has(folder)) return;
    if (!folder.startsWith(this.prefix) && !this.prefix.startsWith(folder)) return;
    if (this.folders.size >= this.maxFolders) return this.full(new Error(`more than ${this.maxFolders} folders`));
    try {
      const watcher = watch(join(this.root, folder), (event, name) => {
        // The end of the root itself is told as a rename, under its own name.
        if (folder === '' && event === 'rename') void this.checkRoot();
        if (name !== null) void this.look(`${folder}${name}`);
      });
      watcher.on('error', () => this.unfollow(folder));
      this.folders.set(folder, watcher);
      for (const entry of await readdir(join(this.root, folder), { withFileTypes: true })) {
        if (entry.isDirectory()) await this.follow(`${folder}${entry.name}/`, tell);
        else if (tell && entry.isFile()) await this.look(`${folder}${entry.name}`);
      }
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'ENOSPC' || code === 'EMFILE') this.full(error);
      else if (code !== 'ENOENT' || folder === '') this.emit('error', error);
      this.unfollow(folder);
    }
  }

  /** Said once: every further folder would say it again. */
  private full(error: unknown): void {
    if (!this.isFull) this.emit('error', error);
    this.isFull = true;
  }

  private async checkRoot(): Promise<void> {
    if ((await this.currentRoot()) !== this.rootId) this.unfollow('');
  }

  private async currentRoot(): Promise<string | null> {
    const stats = await lstat(this.root, { bigint: true }).catch(() => null);
    return stats === null ? null : `${stats.dev}-${stats.ino}`;
  }

  private unfollow(folder: string): void {
    this.folders.get(folder)?.close();
    this.folders.delete(folder);
    if (folder !== '' || this.closed) return;
    void this.close();
    this.emit('ended');
  }

  private async look(key: string): Promise<void> {
    const stats = await lstat(join(this.root, key), { bigint: true }).catch(() => null);
    if (this.closed) return;
    if (stats === null) return this.unfollow(`${key}/`);
    if (stats.isDirectory()) return this.follow(`${key}/`, true);
    if (!stats.isFile() || !key.startsWith(this.prefix)) return;
    const state = `${stats.size}-${stats.mtimeNs}`;
    if (!this.unsettled.has(key)) this.unsettled.set(key, { since: Date.now(), state });
    this.timer ??= setTimeout(() => this.settle(), settleMs);
  }

  private settle(): void {
    this.settling = this.tellSettled().catch((error: unknown) => void this.emit('error', error));
  }

  /** Tells of the files that have not changed since they were last looked at. */
  private async tellSettled(): Promise<void> {
    const keys: string[] = [];
    for (const [key, known] of [...this.unsettled].slice(0, keysPerCall)) {
      const stats = await lstat(join(this.root, key), { bigint: true }).catch(() => null);
      const state = stats === null ? null : `${stats.size}-${stats.mtimeNs}`;
      if (state !== null && state !== known.state && Date.now() - known.since < maxUnsettledMs) {
        known.state = state;
        continue;
      }
      this.unsettled.delete(key);
      if (state !== null) keys.push(key);
    }
    if (keys.length > 0 && !this.closed) await this.onKeys(keys).catch((error) => this.emit('error', error));
    this.timer = this.unsettled.size > 0 && !this.closed ? setTimeout(() => this.settle(), settleMs) : null;
  }
}
