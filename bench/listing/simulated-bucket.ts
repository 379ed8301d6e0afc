import type { ListOptions, ListPage, ObjectInfo, ObjectStore } from '../../src/sources/object-store.port.js';

const hourMs = 3_600_000;
const pageLength = 1000;

export interface BucketShape {
  readonly accounts: number;
  readonly regions: readonly string[];
  /** Nothing was delivered from here on. */
  readonly quietFrom: number;
  /** Nothing was delivered before. */
  readonly since: number;
}

/**
 * A central bucket that is worked out from its keys, as S3 would list it: a log file every six hours and a digest every
 * hour in each region of each account, up to a time, and nothing since. It counts what it is asked.
 */
export class SimulatedBucket implements ObjectStore {
  calls = 0;
  readonly accountIds: readonly string[];

  constructor(private readonly shape: BucketShape) {
    this.accountIds = Array.from({ length: shape.accounts }, (_, index) => String(100_000_000_001 + index));
  }

  async *list({ prefix, delimiter, startAfter }: ListOptions): AsyncGenerator<ListPage> {
    const objects = delimiter === undefined ? this.filesOf(prefix).filter(({ key }) => key > (startAfter ?? '')) : [];
    const prefixes = delimiter === undefined ? [] : this.foldersOf(prefix);
    for (let start = 0; start === 0 || start < Math.max(objects.length, prefixes.length); start += pageLength) {
      this.calls += 1;
      yield {
        objects: objects.slice(start, start + pageLength),
        prefixes: prefixes.slice(start, start + pageLength),
      };
    }
  }

  open(): Promise<never> {
    throw new Error('nothing is read here');
  }

  private foldersOf(prefix: string): string[] {
    const depth = prefix.split('/').length;
    const names = [this.accountIds, ['CloudTrail', 'CloudTrail-Digest'], this.shape.regions][depth - 2] ?? [];
    return names.map((name) => `${prefix}${name}/`);
  }

  private filesOf(prefix: string): ObjectInfo[] {
    const [, accountId, kind, region, year, month, date] = prefix.split('/');
    const day = Date.parse(`${year}-${month}-${date}T00:00:00Z`);
    const isDigest = kind === 'CloudTrail-Digest';
    const { since, quietFrom } = this.shape;
    const found: ObjectInfo[] = [];
    for (let time = day; time < day + 24 * hourMs; time += isDigest ? hourMs : 6 * hourMs) {
      if (time < since || time >= quietFrom) continue;
      const stamp = new Date(time).toISOString().replace(/[-:]|\.000/g, '');
      const end = isDigest ? `trail_us-east-1_${stamp}` : `${stamp.replace(/00Z$/, 'Z')}_abcdefghijklmnop`;
      const key = `${prefix}${accountId}_${kind}_${region}_${end}.json.gz`;
      found.push({ key, size: 20_000, etag: 'bench', lastModified: new Date(time) });
    }
    return found;
  }
}
