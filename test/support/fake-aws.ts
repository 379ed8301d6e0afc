import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type OutgoingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { FakeCloudTrail } from './fake-cloudtrail.js';
import { type Delivery, deliver } from './fake-delivery.js';
import { FakeOrganizations } from './fake-organizations.js';
import { FakeSqs } from './fake-sqs.js';

/** An assumed role, as STS saw it asked for. */
export interface AssumedRole {
  readonly roleArn: string;
  readonly externalId: string | null;
  readonly sessionName: string;
  /** Of the caller's request: `…/<region>/sts/aws4_request`. */
  readonly region: string;
}

export interface S3Call {
  readonly operation: 'list' | 'get';
  readonly bucket: string;
  /** The prefix that is listed, or the key. */
  readonly key: string;
  readonly startAfter: string | null;
  readonly accessKeyId: string;
}

/** What a call is answered with instead: an S3 or STS error, or no answer at all. */
export type Fault = { readonly status: number; readonly code: string; readonly message?: string } | 'hang';

type Answer =
  | { status: number; headers: OutgoingHttpHeaders; body: string | Buffer; delivery?: Delivery | null }
  | 'hang';

/**
 * Enough of S3's and STS's protocols, over HTTP on the loopback interface, to test what is said to them: moto and
 * others check neither external ids nor expiry. The access key of an assumed role is `<n>-<role ARN>`.
 */
export class FakeAws {
  readonly buckets = new Map<string, Map<string, Buffer>>();
  /** Of objects that were put with any, by `bucket/key`. */
  readonly metadata = new Map<string, Readonly<Record<string, string>>>();
  readonly cloudTrail = new FakeCloudTrail();
  readonly organizations = new FakeOrganizations();
  readonly sqs = new FakeSqs();
  readonly assumed: AssumedRole[] = [];
  readonly calls: S3Call[] = [];
  /** Answers calls in place of the buckets. */
  fault: (call: S3Call) => Fault | null = () => null;
  readonly #modified = new WeakMap<Buffer, Date>();
  /** The time, as objects are given it. */
  now: () => Date = () => new Date();
  /** How the body of an object comes, where not as it should. */
  delivery: (call: S3Call) => Delivery | null = () => null;
  /** `caller`: the access key of whoever assumes it. */
  assumeFault: (role: AssumedRole, caller: string) => Fault | null = () => null;
  pageLength = 1000;
  sessionSeconds = 3600;
  private readonly server = createServer((request, response) => {
    this.answer(request, response).catch((error: unknown) => response.destroy(error as Error));
  });

  async start(): Promise<string> {
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  put(bucket: string, key: string, content: string | Buffer = 'content', metadata: Record<string, string> = {}): void {
    const objects = this.buckets.get(bucket) ?? new Map<string, Buffer>();
    this.buckets.set(bucket, objects.set(key, Buffer.from(content)));
    this.metadata.set(`${bucket}/${key}`, metadata);
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const url = new URL(request.url ?? '/', 'http://localhost');
    const [, accessKeyId = '', region = ''] =
      /Credential=(.+?)\/\d{8}\/([^/]+)\//.exec(request.headers.authorization ?? '') ?? [];
    const body = Buffer.concat(chunks).toString();
    const target = String(request.headers['x-amz-target'] ?? '');
    if (target.startsWith('AmazonSQS.')) return this.sqs.answer(request, response, body);
    const answer =
      this.organizations.answer(target, body, accessKeyId) ??
      this.cloudTrail.answer(target, body, region, accessKeyId) ??
      (request.method === 'POST'
        ? this.sts(new URLSearchParams(body), region, accessKeyId)
        : this.s3(url, accessKeyId));
    // Node sends no body in answer to HEAD.
    if (answer === 'hang') return;
    if (answer.delivery) await deliver(response, answer, answer.delivery);
    else response.writeHead(answer.status, answer.headers).end(answer.body);
  }

  /** https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html */
  private sts(form: URLSearchParams, region: string, caller: string): Answer {
    const roleArn = form.get('RoleArn') ?? '';
    const sessionName = form.get('RoleSessionName') ?? '';
    const role = { roleArn, externalId: form.get('ExternalId'), sessionName, region };
    this.assumed.push(role);
    const fault = this.assumeFault(role, caller);
    if (fault === 'hang') return fault;
    if (fault !== null) return xml(fault.status, `<ErrorResponse>${errorXml(fault)}</ErrorResponse>`);
    const expiration = new Date(Date.now() + this.sessionSeconds * 1000).toISOString();
    const credentials =
      `<AccessKeyId>${this.assumed.length}-${roleArn.replaceAll('/', '.')}</AccessKeyId>` +
      `<SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken><Expiration>${expiration}</Expiration>`;
    const result = `<AssumeRoleResult><Credentials>${credentials}</Credentials></AssumeRoleResult>`;
    const namespace = 'https://sts.amazonaws.com/doc/2011-06-15/';
    return xml(200, `<AssumeRoleResponse xmlns="${namespace}">${result}</AssumeRoleResponse>`);
  }

  private s3(url: URL, accessKeyId: string): Answer {
    const [bucket = '', ...rest] = decodeURIComponent(url.pathname.slice(1)).split('/');
    if (url.searchParams.has('location')) return xml(200, locationXml);
    // The AWS CLI's validator lists by the first version of the call.
    const isList = url.searchParams.get('list-type') === '2' || rest.join('/') === '';
    const key = isList ? (url.searchParams.get('prefix') ?? '') : rest.join('/');
    const startAfter = url.searchParams.get('start-after');
    const call: S3Call = { operation: isList ? 'list' : 'get', bucket, key, startAfter, accessKeyId };
    this.calls.push(call);
    const objects = this.buckets.get(bucket);
    const object = objects?.get(key);
    const fault = this.fault(call) ?? (objects === undefined ? { status: 404, code: 'NoSuchBucket' } : null);
    if (fault === 'hang') return fault;
    if (fault !== null || objects === undefined) return s3Error(fault ?? { status: 500, code: 'InternalError' });
    if (isList) return this.list(objects, url.searchParams);
    if (object === undefined) return s3Error({ status: 404, code: 'NoSuchKey' });
    const metadata = Object.entries(this.metadata.get(`${bucket}/${key}`) ?? {});
    const headers = Object.fromEntries(metadata.map(([name, value]) => [`x-amz-meta-${name}`, value]));
    return {
      status: 200,
      headers: { ...headers, etag: etagOf(object), 'content-length': object.length },
      body: object,
      delivery: this.delivery(call),
    };
  }

  /** https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html */
  private list(objects: ReadonlyMap<string, Buffer>, query: URLSearchParams): Answer {
    const prefix = query.get('prefix') ?? '';
    const delimiter = query.get('delimiter');
    const after = query.get('continuation-token') ?? query.get('start-after') ?? query.get('marker') ?? '';
    const items = new Map<string, Buffer | null>();
    for (const key of [...objects.keys()].sort()) {
      if (!key.startsWith(prefix)) continue;
      const cut = delimiter === null ? -1 : key.indexOf(delimiter, prefix.length);
      if (cut >= 0) items.set(key.slice(0, cut + 1), null);
      else items.set(key, objects.get(key) ?? null);
    }
    const left = [...items].filter(([key]) => key > after);
    const page = left.slice(0, this.pageLength);
    const more = left.length > page.length;
    const next = more ? `<NextContinuationToken>${page.at(-1)?.[0]}</NextContinuationToken>` : '';
    const contents = page.map(([key, bytes]) => itemXml(key, bytes, this.#modifiedAt(bytes))).join('');
    return xml(200, `<ListBucketResult><IsTruncated>${more}</IsTruncated>${next}${contents}</ListBucketResult>`);
  }

  /** Tests put objects in as they like: one counts as written when a listing first meets it. */
  #modifiedAt(bytes: Buffer | null): Date {
    const at = (bytes && this.#modified.get(bytes)) ?? this.now();
    if (bytes) this.#modified.set(bytes, at);
    return at;
  }
}

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketLocation.html: as of a bucket in us-east-1. */
const locationXml = '<LocationConstraint xmlns="http://s3.amazonaws.com/doc/2006-03-01/"/>';

export function etagOf(bytes: Buffer): string {
  return `"${createHash('md5').update(bytes).digest('hex')}"`;
}

function itemXml(key: string, bytes: Buffer | null, modifiedAt: Date): string {
  if (bytes === null) return `<CommonPrefixes><Prefix>${key}</Prefix></CommonPrefixes>`;
  const etag = etagOf(bytes).replaceAll('"', '&quot;');
  return (
    `<Contents><Key>${key}</Key><LastModified>${modifiedAt.toISOString()}</LastModified>` +
    `<ETag>${etag}</ETag><Size>${bytes.length}</Size></Contents>`
  );
}

function errorXml({ code, message = code }: Exclude<Fault, 'hang'>): string {
  return `<Error><Code>${code}</Code><Message>${message}</Message></Error>`;
}

function s3Error(fault: Exclude<Fault, 'hang'>): Answer {
  return xml(fault.status, errorXml(fault));
}

function xml(status: number, body: string): Answer {
  return { status, headers: { 'content-type': 'application/xml' }, body: `<?xml version="1.0"?>${body}` };
}
