import type { Readable } from 'node:stream';
import {
  GetObjectCommand,
  type GetObjectCommandOutput,
  ListObjectsV2Command,
  type ListObjectsV2CommandOutput,
  type S3Client,
} from '@aws-sdk/client-s3';
import { upstreamError } from '../../platform/aws/aws-error.js';
import { CrosstrailError } from '../../platform/errors.js';
import { blameOf } from '../failure-blame.js';
import {
  type ListOptions,
  type ListPage,
  ObjectNotFound,
  type ObjectStore,
  type StoredObject,
} from '../object-store.port.js';
import type { CallBudget } from './call-budget.js';

interface MetadataBearer {
  readonly $metadata: { readonly attempts?: number | undefined };
}

/** A bucket of S3, or of a server that speaks its protocol. */
export class S3Store implements ObjectStore {
  constructor(
    private readonly client: S3Client,
    private readonly bucket: string,
    private readonly budget: CallBudget,
  ) {}

  async *list({ prefix, delimiter, startAfter, signal }: ListOptions): AsyncGenerator<ListPage> {
    let token: string | undefined;
    do {
      const command = new ListObjectsV2Command({
        Bucket: this.bucket,
        Prefix: prefix,
        ...(delimiter === undefined ? {} : { Delimiter: delimiter }),
        ...(startAfter === undefined ? {} : { StartAfter: startAfter }),
        ...(token === undefined ? {} : { ContinuationToken: token }),
      });
      const end = await this.budget.acquire(signal);
      const list = () => this.client.send(command, { abortSignal: signal });
      const answer: ListObjectsV2CommandOutput = await this.call('s3:ListBucket', prefix, list).finally(end);
      yield pageOf(answer);
      token = answer.IsTruncated ? answer.NextContinuationToken : undefined;
    } while (token !== undefined);
  }

  async open(key: string, signal: AbortSignal): Promise<StoredObject> {
    const command = new GetObjectCommand({ Bucket: this.bucket, Key: key });
    const end = await this.budget.acquire(signal);
    let body: Readable;
    let answer: GetObjectCommandOutput;
    try {
      answer = await this.call('s3:GetObject', key, () => this.client.send(command, { abortSignal: signal }));
      if (answer.Body === undefined) throw new Error(`S3 answered without a body for ${key}`);
      // In Node the body is a stream of Buffers.
      body = answer.Body as unknown as Readable;
    } catch (error) {
      end();
      throw error;
    }
    // A body holds its socket until it was read, was left, broke, or nobody has read of it for as long as sockets live.
    body.once('close', end);
    if (body.closed) end();
    return {
      etag: unquoted(answer.ETag),
      size: answer.ContentLength ?? 0,
      metadata: answer.Metadata ?? {},
      body,
    };
  }

  private async call<T extends MetadataBearer>(action: string, key: string, work: () => Promise<T>): Promise<T> {
    try {
      const answer = await work();
      // The SDK tries again what was throttled, or not answered, before we hear of it.
      if ((answer.$metadata.attempts ?? 1) > 1) this.budget.pushedBack();
      else this.budget.answered();
      return answer;
    } catch (error) {
      const told = this.told(action, key, error);
      if (blameOf(told) === 'source') this.budget.pushedBack();
      throw told;
    }
  }

  private told(action: string, key: string, error: unknown): unknown {
    if (error instanceof CrosstrailError) return error;
    const name = error instanceof Error ? error.name : '';
    if (name === 'AbortError') return error;
    if (action === 's3:GetObject' && (name === 'NoSuchKey' || name === 'NotFound')) return new ObjectNotFound(key);
    return upstreamError(action, `s3://${this.bucket}/${key}`, error);
  }
}

function pageOf(answer: ListObjectsV2CommandOutput): ListPage {
  return {
    objects: (answer.Contents ?? []).flatMap((object) =>
      object.Key === undefined
        ? []
        : [
            {
              key: object.Key,
              size: object.Size ?? 0,
              etag: unquoted(object.ETag),
              lastModified: object.LastModified ?? new Date(0),
            },
          ],
    ),
    prefixes: (answer.CommonPrefixes ?? []).flatMap(({ Prefix }) => (Prefix === undefined ? [] : [Prefix])),
  };
}

function unquoted(etag: string | undefined): string {
  return (etag ?? '').replace(/^"|"$/g, '');
}
