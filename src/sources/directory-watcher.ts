import { EventEmitter } from 'node:events';
import { type FSWatcher, watch } from 'node:fs';
import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';

/** A file counts as written once two looks this far apart see the same size and time. */
const settleMs = 100;
/** A file that is written to all this time is told as it stands; when it ends, its changed ETag tells it again. */
const maxUnsettledMs = 5000;
/** The kernel bounds watches per user (8,192 on older ones); a watch is held for each folder, not for each file. */
const maxFolders = 20_000;
const keysPerCall = 1000;

interface Unsettled {
  readonly since: number;
  state: string;
}

/**
 * Tells of files that are written or moved into a tree of folders. Node's recursive watch and the common libraries hold
 * a kernel watch for every file; a bucket has too many of them.
 *
 * Emits `error` for a folder that cannot be watched; the others go on.
 */
export class DirectoryWatcher extends EventEmitter<{ error: [unknown] }> {
  private readonly folders = new Map<string, FSWatcher>();
  private readonly unsettled = new Map<string, Unsettled>();
  private timer: NodeJS.Timeout | null = null;
  private looking = false;
  private closed = false;

  /**
   * @param root the absolute path of the tree
   * @param prefix only keys that begin with it; empty, or ending with a slash
   * @param onKeys gets keys of files, relative to the root; the next call waits for it
   */
  constructor(
    private readonly root: string,
    private readonly prefix: string,
    private readonly onKeys: (keys: string[]) => Promise<void>,
  ) {
    super();
  }

  /** Resolves once every folder that is there is watched. Files that are there already are not told. */
  async start(): Promise<void> {
    await this.follow('', false);
  }

  close(): void {
    this.closed = true;
    if (this.timer !== null) clearTimeout(this.timer);
    for (const watcher of this.folders.values()) watcher.close();
    this.folders.clear();
  }

  /** Watches a folder before reading it, so that nothing can come between; `tell`: its files are new as well. */
  private async follow(folder: string, tell: boolean): Promise<void> {
    if (this.closed || this.folders.has(folder)) return;
    if (!folder.startsWith(this.prefix) && !this.prefix.startsWith(folder)) return;
    if (this.folders.size >= maxFolders) {
      if (this.folders.size === maxFolders) this.emit('error', new Error(`more than ${maxFolders} folders`));
      return;
    }
    try {
      const watcher = watch(join(this.root, folder), (_, name) => {
        if (name !== null) void this.look(`${folder}${name}`);
      });
      watcher.on('error', () => this.unfollow(folder));
      this.folders.set(folder, watcher);
      for (const entry of await readdir(join(this.root, folder), { withFileTypes: true })) {
        if (entry.isDirectory()) await this.follow(`${folder}${entry.name}/`, tell);
        else if (tell && entry.isFile()) await this.look(`${folder}${entry.name}`);
      }
    } catch (error) {
      this.unfollow(folder);
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || folder === '') this.emit('error', error);
    }
  }

  private unfollow(folder: string): void {
    this.folders.get(folder)?.close();
    this.folders.delete(folder);
  }

  private async look(key: string): Promise<void> {
    const stats = await lstat(join(this.root, key), { bigint: true }).catch(() => null);
    if (this.closed) return;
    if (stats === null) return this.unfollow(`${key}/`);
    if (stats.isDirectory()) return this.follow(`${key}/`, true);
    if (!stats.isFile() || !key.startsWith(this.prefix)) return;
    const state = `${stats.size}-${stats.mtimeNs}`;
    if (!this.unsettled.has(key)) this.unsettled.set(key, { since: Date.now(), state });
    this.timer ??= setTimeout(() => void this.settle(), settleMs);
  }

  /** Tells of the files that have not changed since they were last looked at. */
  private async settle(): Promise<void> {
    if (this.looking || this.closed) return;
    this.looking = true;
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
    this.looking = false;
    this.timer = this.unsettled.size > 0 && !this.closed ? setTimeout(() => void this.settle(), settleMs) : null;
  }
}
