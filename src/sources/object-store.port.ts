import { CrosstrailError } from '../platform/errors.js';

export interface ObjectInfo {
  /** From the root of the store, with `/` between its parts. */
  readonly key: string;
  readonly size: number;
  readonly etag: string;
  readonly lastModified: Date;
}

export interface ListOptions {
  /** Only keys that begin with it. */
  readonly prefix: string;
  /** Keys are cut after the first delimiter beyond the prefix, and come as `prefixes`. Only `/` is of use to us. */
  readonly delimiter?: '/';
  /** Only keys after this one. */
  readonly startAfter?: string;
  readonly signal: AbortSignal;
}

export interface ListPage {
  readonly objects: readonly ObjectInfo[];
  readonly prefixes: readonly string[];
}

export interface StoredObject {
  /** Of the bytes that `body` gives, which may be newer than those that were listed. */
  readonly etag: string;
  readonly size: number;
  /** What was stored with the object: `x-amz-meta-…` of S3, without that prefix, in lower case. Empty in a directory. */
  readonly metadata: Readonly<Record<string, string>>;
  readonly body: AsyncIterable<Uint8Array>;
}

/** A place that files are read from. Nothing here writes. */
export interface ObjectStore {
  /** Keys in ascending order, in pages of at most 1,000. */
  list(options: ListOptions): AsyncIterable<ListPage>;

  /** @throws ObjectNotFound when there is no object under the key */
  open(key: string, signal: AbortSignal): Promise<StoredObject>;
}

export interface ObjectStores {
  /** The store that a source reads from, with the source's identity. @throws NOT_FOUND once the source is deleted */
  forSource(sourceId: string): Promise<ObjectStore>;
}

export class ObjectNotFound extends CrosstrailError {
  constructor(readonly key: string) {
    super('NOT_FOUND', `no object under the key ${key}`);
  }
}
