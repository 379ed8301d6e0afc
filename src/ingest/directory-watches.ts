import { failureFields } from '../platform/log.js';
import type { DirectoryDiscovery } from '../sources/directory-discovery.service.js';
import type { Source } from '../sources/source.entity.js';
import { SourceFollowers, type SourceFollowersDeps } from './source-followers.js';

export interface DirectoryWatchesDeps extends SourceFollowersDeps {
  readonly discovery: Pick<DirectoryDiscovery, 'watch' | 'scan'>;
}

/** Keeps every directory watched while this process works, so that a new file is seen at once. */
export class DirectoryWatches extends SourceFollowers {
  constructor(private readonly deps: DirectoryWatchesDeps) {
    super(deps, {
      reason: 'directories are watched for all',
      failure: 'watches of directories not brought up to date; the next round tries again',
    });
  }

  protected follows({ type }: Source): boolean {
    return type === 'DIRECTORY';
  }

  protected stateOf({ accountIds, activeAccountIds, accountRegions, discoverAccounts, location }: Source): string {
    return JSON.stringify([location, discoverAccounts, accountIds, activeAccountIds, accountRegions]);
  }

  /** Scanned once the watch stands: what came before is not told. */
  protected async begin(source: Source, signal: AbortSignal, opened: (ended: Promise<void>) => void): Promise<void> {
    const { ended } = await this.deps.discovery.watch(source, signal);
    opened(ended);
    await this.deps.discovery.scan(source, signal).catch((error: unknown) => {
      if (!signal.aborted)
        this.deps.log.warn({ ...failureFields(error), sourceId: source.id }, 'directory not scanned');
    });
  }
}
