/** A record that stands ready to be put in the log file of its account, region and time. */
export interface TimedRecord {
  readonly accountId: string;
  readonly awsRegion: string;
  /** Milliseconds since 1970 UTC. */
  readonly time: number;
  readonly json: string;
}
