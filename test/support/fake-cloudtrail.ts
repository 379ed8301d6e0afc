import type { DigestSigner } from './digest-chain.js';

/** A public key as CloudTrail lists it. */
export interface ListedKey {
  readonly fingerprint: string;
  /** PKCS#1, DER. */
  readonly publicKey: Buffer;
  readonly validFrom: Date;
  readonly validTo: Date;
}

export interface ListPublicKeysCall {
  readonly region: string;
  readonly accessKeyId: string;
  readonly startTime: Date | null;
  readonly endTime: Date | null;
}

export type CloudTrailFault = { readonly status: number; readonly code: string; readonly message?: string };

/** CloudTrail's ListPublicKeys, over AWS JSON 1.1: https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_ListPublicKeys.html */
export class FakeCloudTrail {
  /** By region: each has keys of its own. */
  readonly keys = new Map<string, ListedKey[]>();
  readonly calls: ListPublicKeysCall[] = [];
  /** What DescribeTrails answers. */
  readonly trails: {
    readonly name: string;
    readonly arn: string;
    readonly bucket: string;
    readonly homeRegion: string;
  }[] = [];
  fault: (call: ListPublicKeysCall) => CloudTrailFault | null = () => null;
  pageLength = 100;

  /** Lists the key of a signer, valid for the year around. */
  trust(region: string, { fingerprint, publicKey }: DigestSigner, around = new Date()): void {
    const halfYear = 183 * 86_400_000;
    const [validFrom, validTo] = [-halfYear, halfYear].map((by) => new Date(around.getTime() + by)) as [Date, Date];
    const known = this.keys.get(region) ?? [];
    this.keys.set(region, [...known, { fingerprint, publicKey, validFrom, validTo }]);
  }

  /** @param target `X-Amz-Target`; null where it is none of CloudTrail's */
  answer(
    target: string,
    body: string,
    region: string,
    accessKeyId: string,
  ): { status: number; headers: Record<string, string>; body: string; delivery?: null } | null {
    if (!target.includes('CloudTrail_20131101.')) return null;
    const input = JSON.parse(body || '{}') as { StartTime?: number; EndTime?: number; NextToken?: string };
    if (target.endsWith('.DescribeTrails')) return json(200, { trailList: this.trails.map(described) });
    if (!target.endsWith('.ListPublicKeys')) return json(400, { __type: 'UnknownOperationException' });
    const time = (value: number | undefined) => (value === undefined ? null : new Date(value * 1000));
    const call = { region, accessKeyId, startTime: time(input.StartTime), endTime: time(input.EndTime) };
    this.calls.push(call);
    const fault = this.fault(call);
    if (fault !== null) return json(fault.status, { __type: fault.code, message: fault.message ?? fault.code });
    const found = (this.keys.get(region) ?? []).filter(
      ({ validFrom, validTo }) =>
        (call.endTime === null || validFrom <= call.endTime) && (call.startTime === null || validTo >= call.startTime),
    );
    const from = Number(input.NextToken ?? 0);
    const next = from + this.pageLength;
    return json(200, {
      PublicKeyList: found.slice(from, next).map(listed),
      ...(next < found.length ? { NextToken: String(next) } : {}),
    });
  }
}

/** https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_Trail.html */
function described({ name, arn, bucket, homeRegion }: FakeCloudTrail['trails'][number]) {
  return { Name: name, TrailARN: arn, S3BucketName: bucket, HomeRegion: homeRegion, IsOrganizationTrail: false };
}

function listed({ fingerprint, publicKey, validFrom, validTo }: ListedKey) {
  return {
    Fingerprint: fingerprint,
    Value: publicKey.toString('base64'),
    ValidityStartTime: validFrom.getTime() / 1000,
    ValidityEndTime: validTo.getTime() / 1000,
  };
}

function json(status: number, body: object) {
  return { status, headers: { 'content-type': 'application/x-amz-json-1.1' }, body: JSON.stringify(body) };
}
