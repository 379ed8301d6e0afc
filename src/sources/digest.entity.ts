import 'reflect-metadata';
import { Field, ID, Int, ObjectType, registerEnumType } from 'type-graphql';
import { connectionOf } from '../platform/graphql/connection.js';
import { AccountIdScalar, DateTimeScalar } from '../platform/graphql/scalars.js';

export const DigestState = {
  DISCOVERED: 'DISCOVERED',
  VERIFIED: 'VERIFIED',
  INVALID: 'INVALID',
  MISSING: 'MISSING',
  UNVERIFIABLE: 'UNVERIFIABLE',
} as const;
export type DigestState = keyof typeof DigestState;

registerEnumType(DigestState, {
  name: 'DigestState',
  description: 'What is known of a digest file.',
  valuesConfig: {
    DISCOVERED: { description: 'Found, and waiting to be verified; see `error` for what it waits for.' },
    VERIFIED: { description: 'CloudTrail signed it, for the place where it is.' },
    INVALID: { description: 'CloudTrail did not sign it as it is, or not for this place: see `error`.' },
    MISSING: { description: 'The digest after it names it, or it was found once, and it is not there.' },
    UNVERIFIABLE: { description: 'There is nothing to verify it with: see `error`. It is tried again now and then.' },
  },
});

@ObjectType({
  simpleResolvers: true,
  description:
    'A digest file: what CloudTrail signed about the log files that it delivered in a window of time, an hour as a rule.',
})
export class Digest {
  @Field(() => ID, { description: 'The id of the digest.' })
  id: string;

  /** Joined. Of a directory only the last folder: where it lies is for those who see the source. */
  @Field(() => String, { description: 'The bucket that holds it; for a directory, its name without the path.' })
  bucket: string;

  @Field(() => String, { description: 'Its key in the bucket.' })
  key: string;

  @Field(() => AccountIdScalar, { description: 'The account whose log files it names.' })
  account: string;

  @Field(() => String, { description: 'The region whose log files it names.' })
  awsRegion: string;

  @Field(() => String, { description: 'The name of the trail.' })
  trail: string;

  @Field(() => String, { description: 'The region in which the trail was made.' })
  homeRegion: string;

  @Field(() => Boolean, {
    description:
      'Whether CloudTrail made it later, for log files that it delivered too late for the digest of their hour.',
  })
  isBackfill: boolean;

  @Field(() => DigestState, { description: 'What is known of it.' })
  state: DigestState;

  @Field(() => String, {
    nullable: true,
    description: 'Why it is not verified; or which of the files that it names cannot be collected.',
  })
  error: string | null;

  @Field(() => Int, { description: 'How often verifying it was begun.' })
  attempts: number;

  @Field(() => DateTimeScalar, { description: 'The end of its window, as its name says.' })
  namedAt: Date;

  @Field(() => DateTimeScalar, {
    nullable: true,
    description:
      'When its window starts, as it says itself; null until it was read. To be believed once it is VERIFIED.',
  })
  startTime: Date | null;

  @Field(() => DateTimeScalar, {
    nullable: true,
    description: 'When its window ends, as it says itself; null until it was read. To be believed once it is VERIFIED.',
  })
  endTime: Date | null;

  @Field(() => Int, { description: 'The log files that it names.' })
  files: number;

  @Field(() => Boolean, {
    description: 'Whether it is VERIFIED, and every log file that it names was ingested with the hash that it gives.',
  })
  proven: boolean;

  @Field(() => DateTimeScalar, { nullable: true, description: 'When it was last verified.' })
  verifiedAt: Date | null;
}

@ObjectType({ simpleResolvers: true, description: 'A page of digest files, latest first.' })
export class DigestConnection extends connectionOf(Digest, 'Digest') {}
