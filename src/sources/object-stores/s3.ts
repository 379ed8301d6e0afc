import {
  GetObjectCommand,
  ListObjectsV2Command,
  type ListObjectsV2CommandOutput,
  type S3Client,
} from '@aws-sdk/client-s3';
import { upstreamError } from '../../platform/aws/aws-error.js';
import { CrosstrailError } from '../../platform/errors.js';
import {
  type ListOptions,
  type ListPage,
  ObjectNotFound,
  type ObjectStore,
  type StoredObject,
} from '../object-store.port.js';

/** A bucket of S3, or of a server that speaks its protocol. */
export class S3Store implements ObjectStore {
  constructor(
    private readonly client: S3Client,
    private readonly bucket: string,
  ) {}

  async *list({ prefix, delimiter, startAfter, signal }: ListOptions): AsyncGenerator<ListPage> {
    let token: string | undefined;
    do {
      const answer: ListObjectsV2CommandOutput = await this.call('s3:ListBucket', prefix, () =>
        this.client.send(
          new ListObjectsV2Command({
            Bucket: this.bucket,
            Prefix: prefix,
            ...(delimiter === undefined ? {} : { Delimiter: delimiter }),
            ...(startAfter === undefined ? {} : { StartAfter: startAfter }),
            ...(token === undefined ? {} : { ContinuationToken: token }),
          }),
          { abortSignal: signal },
        ),
      );
      yield pageOf(answer);
      token = answer.IsTruncated ? answer.NextContinuationToken : undefined;
    } while (token !== undefined);
  }

  async open(key: string, signal: AbortSignal): Promise<StoredObject> {
    const command = new GetObjectCommand({ Bucket: this.bucket, Key: key });
    const answer = await this.call('s3:GetObject', key, () => this.client.send(command, { abortSignal: signal }));
    if (answer.Body === undefined) throw new Error(`S3 answered without a body for ${key}`);
    return {
      etag: unquoted(answer.ETag),
      size: answer.ContentLength ?? 0,
      // In Node the body is a stream of Buffers.
      body: answer.Body as unknown as AsyncIterable<Uint8Array>,
    };
  }

  private async call<T>(action: string, key: string, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (error instanceof CrosstrailError) throw error;
      const name = error instanceof Error ? error.name : '';
      if (name === 'AbortError') throw error;
      if (action === 's3:GetObject' && (name === 'NoSuchKey' || name === 'NotFound')) throw new ObjectNotFound(key);
      throw upstreamError(action, `s3://${this.bucket}/${key}`, error);
    }
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
