import { everyAccount } from '../../access/scope.js';
import { identityOf } from '../../accounts/aws-identity.inputs.js';
import { kept } from '../../lib/kept.js';
import type { AwsSessions } from '../../platform/aws/aws-sessions.js';
import { notFound } from '../../platform/errors.js';
import type { ObjectStore, ObjectStores } from '../object-store.port.js';
import type { Source } from '../source.entity.js';
import type { SourceService } from '../source.service.js';
import { CallBudget } from './call-budget.js';
import { DirectoryStore } from './directory.js';
import { S3Store } from './s3.js';

/** Opens the store of a source with the source's own identity. */
export class SourceObjectStores implements ObjectStores {
  private readonly budgets = new Map<string, CallBudget>();

  constructor(
    private readonly sources: SourceService,
    private readonly aws: AwsSessions,
  ) {}

  /** Reads the source anew, so that a changed role counts from the next file on; clients are kept by `aws`. */
  async forSource(sourceId: string): Promise<ObjectStore> {
    const source = await this.sources.find(everyAccount('a worker reads the files of a source whole'), sourceId);
    if (source === null) throw notFound(`source ${sourceId}`);
    return this.open(source);
  }

  open(source: Source): ObjectStore {
    if (source.type === 'DIRECTORY') return new DirectoryStore(source.bucketName);
    const client = this.aws.s3(identityOf(source), source.region, source.id);
    const budget = kept(this.budgets, source.id, () => new CallBudget());
    return new S3Store(client, source.bucketName, budget);
  }
}
