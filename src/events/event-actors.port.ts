/** Who is looked for: an event is theirs that has any one of these values. Where there is none, no event is. */
export interface Actors {
  /** `userIdentity.arn`, or the ARN of the role behind the session. */
  readonly principalArns: readonly string[];
  readonly accessKeyIds: readonly string[];
  /** As events have them: no blocks. */
  readonly sourceIPAddresses: readonly string[];
}
