import 'reflect-metadata';
import { Field, Float, ID, Int, ObjectType, registerEnumType } from 'type-graphql';
import { connectionOf } from '../platform/graphql/connection.js';
import { AccountIdScalar, DateTimeScalar } from '../platform/graphql/scalars.js';

/** How the log files of a source are found. */
export const SourceType = {
  S3_LISTING: 'S3_LISTING',
  S3_NOTIFICATIONS: 'S3_NOTIFICATIONS',
  DIRECTORY: 'DIRECTORY',
  CLOUDWATCH: 'CLOUDWATCH',
} as const;
export type SourceType = keyof typeof SourceType;

registerEnumType(SourceType, {
  name: 'SourceType',
  description: 'How the log files of a source are found.',
  valuesConfig: {
    S3_LISTING: { description: 'The folders of an S3 bucket are listed again and again.' },
    S3_NOTIFICATIONS: {
      description: 'An SQS queue tells of new files. The bucket is listed as well, rarely: a message may be lost.',
    },
    DIRECTORY: { description: 'A directory of the server that is laid out as a bucket; new files are seen at once.' },
    CLOUDWATCH: { description: 'The API of CloudWatch itself. Not supported yet.' },
  },
});

export const SourceStatus = { ACTIVE: 'ACTIVE', PAUSED: 'PAUSED', ERROR: 'ERROR' } as const;
export type SourceStatus = keyof typeof SourceStatus;

registerEnumType(SourceStatus, {
  name: 'SourceStatus',
  description: 'How collecting through a source is doing.',
  valuesConfig: {
    ACTIVE: { description: 'Its files are collected.' },
    PAUSED: { description: 'Every account that it speaks for is paused.' },
    ERROR: { description: 'It fails, for all or for one of its accounts: see `lastError`. It is tried again.' },
  },
});

@ObjectType({
  simpleResolvers: true,
  description: 'A place that log files of one or more accounts are collected from.',
})
export class Source {
  @Field(() => ID, { description: 'The id of the source.' })
  id: string;

  @Field(() => SourceType, { description: 'How its files are found.' })
  type: SourceType;

  bucketId: number;

  /** `s3:<partition>`, the URL of another server that speaks S3, or `file:`. */
  endpoint: string;

  /** The bucket's name, or the absolute path of a directory. Sources over one bucket share its ledger. */
  bucketName: string;

  prefix: string;

  @Field(() => String, { description: 'Where the files are: `s3://bucket/prefix`, or `file:///directory`.' })
  location: string;

  @Field(() => String, { nullable: true, description: 'The region of the bucket, where it was given.' })
  region: string | null;

  @Field(() => String, { nullable: true, description: 'S3_NOTIFICATIONS: the SQS queue that tells of new files.' })
  queueUrl: string | null;

  ownerAccountId: string | null;

  /** The source's own role, else its owner's; and the external id that goes with it. */
  @Field(() => String, {
    nullable: true,
    description: "The role that reads the files; null when Crosstrail's own identity reads them.",
  })
  roleArn: string | null;
  externalId: string | null;

  @Field(() => String, { nullable: true, description: 'The role that assumes it, where one stands between.' })
  viaRoleArn: string | null;
  viaExternalId: string | null;

  @Field(() => [AccountIdScalar], {
    description: 'The accounts it speaks for. Files under the path of any other account are not collected through it.',
  })
  accountIds: string[];

  /** Those of its accounts that are collected now: not paused. */
  activeAccountIds: string[];

  /** The regions of those accounts that have not all of them collected. */
  accountRegions: Record<string, string[]>;

  @Field(() => Boolean, { description: 'Whether it also speaks for every account whose folder turns up in it.' })
  discoverAccounts: boolean;

  @Field(() => SourceStatus, { description: 'How collecting through it is doing.' })
  status: SourceStatus;

  ownError: string | null;

  /** Why its queue could not be read. */
  queueError: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'Why collecting fails, for the source as a whole or for the first account that fails.',
  })
  lastError: string | null;

  @Field(() => String, {
    nullable: true,
    description:
      'Why its digest files cannot be verified, such as a missing cloudtrail:ListPublicKeys. Files are collected all the same.',
  })
  digestError: string | null;

  @Field(() => DateTimeScalar, { nullable: true, description: 'When it was last looked through for new files.' })
  lastDiscoveryAt: Date | null;

  @Field(() => DateTimeScalar, { nullable: true, description: 'When AWS delivered the newest file found through it.' })
  lastFileAt: Date | null;

  @Field(() => Float, { description: 'S3_NOTIFICATIONS: messages received, those that came more than once included.' })
  messagesReceived: number;

  @Field(() => Float, {
    description: 'S3_NOTIFICATIONS: messages not understood, or not wholly; `setAsideNotifications` has the last.',
  })
  messagesSetAside: number;

  @Field(() => Float, {
    description:
      'S3_NOTIFICATIONS: objects that messages told of and that are not collected: no log files, or of another bucket, prefix, account or region.',
  })
  objectsIgnored: number;

  @Field(() => DateTimeScalar, { nullable: true, description: 'S3_NOTIFICATIONS: when the last message came.' })
  lastMessageAt: Date | null;

  @Field(() => DateTimeScalar, { nullable: true, description: 'S3_NOTIFICATIONS: when the queue last answered.' })
  lastPolledAt: Date | null;

  @Field(() => Float, {
    description: 'Log files that the last look saw under accounts that it does not speak for (directories only).',
  })
  filesIgnored: number;

  @Field(() => Int, { description: 'Accounts with a folder in it that it does not speak for, at the last look.' })
  accountsIgnored: number;

  @Field(() => DateTimeScalar, { description: 'When it was connected.' })
  createdAt: Date;

  /** To the microsecond, for cursors. */
  createdAtText: string;
}

@ObjectType({ simpleResolvers: true, description: 'A page of sources, oldest first.' })
export class SourceConnection extends connectionOf(Source, 'Source') {}
