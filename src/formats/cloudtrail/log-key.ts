/** Kinds of CloudTrail log files that hold records; each has a folder of its own beside the others. */
export const logKinds = ['CloudTrail', 'CloudTrail-Insight', 'CloudTrail-NetworkActivity'] as const;
export type LogKind = (typeof logKinds)[number];

/** What the key of a log file says about it. */
export interface LogKey {
  /** What stands before `AWSLogs/`, with its closing slash, or ''. */
  readonly prefix: string;
  /** `o-…` for an organisation trail, else null. */
  readonly organizationId: string | null;
  readonly accountId: string;
  readonly kind: LogKind;
  readonly awsRegion: string;
  /** The day of the folder, `YYYY-MM-DD`. */
  readonly day: string;
  /** Milliseconds since 1970 UTC: from the name of the file, else the start of the folder's day. */
  readonly deliveredAt: number;
}
