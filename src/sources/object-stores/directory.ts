import { type BigIntStats, constants, type Dirent } from 'node:fs';
import { type FileHandle, lstat, open, readdir, realpath } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type ListOptions,
  type ListPage,
  type ObjectInfo,
  ObjectNotFound,
  type ObjectStore,
  type StoredObject,
} from '../object-store.port.js';

const pageLength = 1000;
const readBytes = 256 * 1024;

/**
 * A directory that is laid out as a bucket. Only regular files below its root exist; symbolic links are not followed,
 * wherever they lead, so that no key can reach a file outside.
 */
export class DirectoryStore implements ObjectStore {
  /** @param root the absolute path of the directory, itself without symbolic links (`realpath`) */
  constructor(private readonly root: string) {}

  async *list(options: ListOptions): AsyncGenerator<ListPage> {
    let page: { objects: ObjectInfo[]; prefixes: string[] } = { objects: [], prefixes: [] };
    // A prefix may end within a name: the walk starts at the folder that holds it.
    const folder = options.prefix.slice(0, options.prefix.lastIndexOf('/') + 1);
    if (folder !== '' && !isKey(folder.slice(0, -1))) return;
    for await (const found of this.walk(folder, options)) {
      if (typeof found === 'string') page.prefixes.push(found);
      else page.objects.push(found);
      if (page.objects.length + page.prefixes.length === pageLength) {
        yield page;
        page = { objects: [], prefixes: [] };
      }
    }
    if (page.objects.length + page.prefixes.length > 0) yield page;
  }

  async open(key: string, signal: AbortSignal): Promise<StoredObject> {
    signal.throwIfAborted();
    const handle = await this.openFile(key);
    try {
      const stats = await handle.stat({ bigint: true });
      if (!stats.isFile()) throw new ObjectNotFound(key);
      const size = Number(stats.size);
      return { etag: etagOf(stats), size, metadata: {}, body: bytesOf(handle, size, signal) };
    } catch (error) {
      await handle.close();
      throw error;
    }
  }

  /** What stands under the key now, or null where there is no such file. */
  async describe(key: string): Promise<ObjectInfo | null> {
    try {
      return await infoAt(key, await this.pathOf(key));
    } catch (error) {
      if (error instanceof ObjectNotFound || isGone(error)) return null;
      throw error;
    }
  }

  /** Depth first in the order of keys: a folder sorts as its name with a slash, as it does in S3. */
  private async *walk(folder: string, options: ListOptions): AsyncGenerator<ObjectInfo | string> {
    options.signal.throwIfAborted();
    for (const { key, isFolder } of sorted(folder, await this.entries(folder))) {
      if (!key.startsWith(options.prefix) && !(isFolder && options.prefix.startsWith(key))) continue;
      const after = options.startAfter;
      if (after !== undefined && key <= after && !(isFolder && after.startsWith(key))) continue;
      if (!isFolder) {
        const info = await infoAt(key, join(this.root, key)).catch(nullIfGone);
        if (info !== null) yield info;
      } else if (options.delimiter === '/' && key.startsWith(options.prefix)) {
        yield key;
      } else {
        yield* this.walk(key, options);
      }
    }
  }

  private async entries(folder: string): Promise<Dirent[]> {
    try {
      const path = folder === '' ? this.root : await this.pathOf(folder.slice(0, -1));
      return await readdir(path, { withFileTypes: true });
    } catch (error) {
      // Below the root, a folder may go while it is walked; the root itself must be there.
      if (folder !== '' && (error instanceof ObjectNotFound || isGone(error))) return [];
      throw error;
    }
  }

  private async openFile(key: string): Promise<FileHandle> {
    const path = await this.pathOf(key);
    try {
      // NONBLOCK: opening a FIFO that nobody writes to would wait for ever.
      return await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    } catch (error) {
      throw isGone(error) ? new ObjectNotFound(key) : error;
    }
  }

  /** The path of a key, or ObjectNotFound where the key is no key or a symbolic link stands in its way. */
  private async pathOf(key: string): Promise<string> {
    if (!isKey(key)) throw new ObjectNotFound(key);
    const path = join(this.root, key);
    try {
      if ((await realpath(path)) !== path) throw new ObjectNotFound(key);
    } catch (error) {
      throw isGone(error) ? new ObjectNotFound(key) : error;
    }
    return path;
  }
}

/** Size and time of change in nanoseconds: a file that was written again differs, at no cost of reading it. */
export function etagOf(stats: BigIntStats): string {
  return `${stats.size.toString(36)}-${stats.mtimeNs.toString(36)}`;
}

async function infoAt(key: string, path: string): Promise<ObjectInfo | null> {
  const stats = await lstat(path, { bigint: true });
  if (!stats.isFile()) return null;
  return { key, size: Number(stats.size), etag: etagOf(stats), lastModified: new Date(Number(stats.mtimeMs)) };
}

function isKey(key: string): boolean {
  return (
    key.length <= 1024 &&
    !key.includes('\0') &&
    key.split('/').every((part) => part !== '' && part !== '.' && part !== '..')
  );
}

function isGone(error: unknown): boolean {
  const code = (error as NodeJS.ErrnoException | null)?.code;
  return code === 'ENOENT' || code === 'ENOTDIR' || code === 'ELOOP';
}

function nullIfGone(error: unknown): null {
  if (isGone(error)) return null;
  throw error;
}

function sorted(folder: string, entries: readonly Dirent[]): { key: string; isFolder: boolean }[] {
  return entries
    .filter((entry) => entry.isFile() || entry.isDirectory())
    .map((entry) => ({ key: `${folder}${entry.name}${entry.isDirectory() ? '/' : ''}`, isFolder: entry.isDirectory() }))
    .sort((a, b) => (a.key < b.key ? -1 : 1));
}

/** At most `size` bytes, so that what a writer appends meanwhile is left to the next revision. */
async function* bytesOf(handle: FileHandle, size: number, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  try {
    let left = size;
    while (left > 0) {
      signal.throwIfAborted();
      const { buffer, bytesRead } = await handle.read(Buffer.allocUnsafe(Math.min(left, readBytes)));
      if (bytesRead === 0) return;
      left -= bytesRead;
      yield buffer.subarray(0, bytesRead);
    }
  } finally {
    await handle.close();
  }
}
