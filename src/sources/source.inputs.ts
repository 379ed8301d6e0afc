import 'reflect-metadata';
import { ArgsType, Field, ID, InputType, ObjectType } from 'type-graphql';
import { AccountSettingsInput } from '../accounts/account.inputs.js';
import { PageArgs } from '../platform/graphql/connection.js';
import { AccountIdScalar } from '../platform/graphql/scalars.js';
import { Source, SourceType } from './source.entity.js';

@InputType({ description: 'A place to collect log files from.' })
export class SourceInput {
  @Field(() => SourceType, { description: 'How its files are found.' })
  type: SourceType;

  @Field(() => String, { nullable: true, description: 'S3 types: the name of the bucket.' })
  bucket?: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'What stands before `AWSLogs/` in the keys; none when left out.',
  })
  prefix?: string | null;

  @Field(() => String, { nullable: true, description: 'S3 types: the region of the bucket, found out when left out.' })
  region?: string | null;

  @Field(() => String, { nullable: true, description: 'DIRECTORY: the absolute path of a directory of the server.' })
  path?: string | null;

  @Field(() => String, { nullable: true, description: 'S3_NOTIFICATIONS: the URL of the SQS queue.' })
  queueUrl?: string | null;

  @Field(() => String, {
    nullable: true,
    description: "S3 types: the role that reads the bucket. Inside `createAccount`, the account's own when left out.",
  })
  roleArn?: string | null;

  @Field(() => String, {
    nullable: true,
    description: "The external id that the role's trust policy asks for. It is never shown again.",
  })
  externalId?: string | null;

  @Field(() => String, {
    nullable: true,
    description:
      'S3 types: a role on the way. Crosstrail assumes it, and it assumes `roleArn`, which must be given too.',
  })
  viaRoleArn?: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'The external id that the role on the way asks for. It is never shown again.',
  })
  viaExternalId?: string | null;

  @Field(() => [AccountIdScalar], {
    nullable: true,
    description: 'The accounts it may speak for. Inside `createAccount`, the account alone when left out.',
  })
  accountIds?: string[] | null;

  @Field(() => Boolean, {
    nullable: true,
    description: 'Also speak for every account whose folder turns up in it. Takes a token for every account.',
  })
  discoverAccounts?: boolean | null;
}

@InputType({ description: 'Changes to a source. What is left out stays as it is; null takes it away.' })
export class UpdateSourceInput {
  @Field(() => ID, { description: 'The source to change.' })
  id: string;

  @Field(() => String, { nullable: true, description: 'S3 types: the region of the bucket.' })
  region?: string | null;

  @Field(() => String, { nullable: true, description: 'S3 types: the role that reads the bucket.' })
  roleArn?: string | null;

  @Field(() => String, { nullable: true, description: "The external id that the role's trust policy asks for." })
  externalId?: string | null;

  @Field(() => String, { nullable: true, description: 'S3 types: a role on the way to the one that reads the bucket.' })
  viaRoleArn?: string | null;

  @Field(() => String, { nullable: true, description: 'The external id that the role on the way asks for.' })
  viaExternalId?: string | null;

  @Field(() => [AccountIdScalar], { nullable: true, description: 'All accounts it may speak for from now on.' })
  accountIds?: string[] | null;

  @Field(() => Boolean, { nullable: true, description: 'Whether it also speaks for accounts that turn up in it.' })
  discoverAccounts?: boolean | null;
}

@InputType({ description: 'The source to delete.' })
export class DeleteSourceInput {
  @Field(() => ID, { description: 'The source to delete.' })
  id: string;
}

@InputType({ description: 'A new account, with the places that its log files are collected from.' })
export class CreateAccountInput extends AccountSettingsInput {
  @Field(() => AccountIdScalar, { description: 'The id of the account.' })
  accountId: string;

  @Field(() => [SourceInput], {
    nullable: true,
    description: 'Its own sources, at most 20. They go when the account goes.',
  })
  sources?: SourceInput[] | null;
}

@InputType({ description: 'Which sources to list. Every condition given must hold.' })
export class SourceFilter {
  @Field(() => [ID], { nullable: true, description: 'Only these sources.' })
  ids?: string[] | null;

  @Field(() => [AccountIdScalar], { nullable: true, description: 'Only sources that speak for one of these accounts.' })
  accountIds?: string[] | null;

  @Field(() => [SourceType], { nullable: true, description: 'Only sources of these types.' })
  types?: SourceType[] | null;
}

@ArgsType()
export class SourcesArgs extends PageArgs {
  @Field(() => SourceFilter, { nullable: true, description: 'Which sources; all within reach when left out.' })
  filter?: SourceFilter | null;
}

@ObjectType({ simpleResolvers: true, description: 'A source after a change.' })
export class SourcePayload {
  @Field(() => Source, { description: 'The source as it is now; after `deleteSource`, as it was.' })
  source: Source;
}
