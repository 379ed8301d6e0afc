import 'reflect-metadata';
import { ArgsType, Field, InputType, Int, ObjectType } from 'type-graphql';
import { PageArgs } from '../platform/graphql/connection.js';
import { AccountIdScalar, JSONScalar } from '../platform/graphql/scalars.js';
import { Account, AccountStatus } from './account.entity.js';

/** What is set of an account; left out means unchanged, null means taken away. */
@InputType()
export class AccountSettingsInput {
  @Field(() => String, { nullable: true, description: 'What people call the account: up to 128 characters.' })
  name?: string | null;

  @Field(() => String, { nullable: true, description: 'The role to assume: `arn:aws:iam::<account>:role/<name>`.' })
  roleArn?: string | null;

  @Field(() => String, {
    nullable: true,
    description: "The external id that the role's trust policy asks for. It is never shown again.",
  })
  externalId?: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'A role on the way: Crosstrail assumes it, and it assumes the role of the account.',
  })
  viaRoleArn?: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'The external id that the role on the way asks for. It is never shown again.',
  })
  viaExternalId?: string | null;

  @Field(() => [String], {
    nullable: true,
    description: 'The regions to collect, at most 100; empty or left out for every region.',
  })
  regions?: string[] | null;

  @Field(() => JSONScalar, {
    nullable: true,
    description: 'Free labels: an object of at most 50 strings, keys up to 128 and values up to 256 characters.',
  })
  tags?: unknown;

  @Field(() => Int, {
    nullable: true,
    description:
      'For how many days its events are kept: 1 to 36,500. Null or left out for the setting of the installation ' +
      '(`CROSSTRAIL_RETENTION_DAYS`). Once the days are shortened, older events are deleted within hours.',
  })
  retentionDays?: number | null;
}

@InputType({ description: 'Changes to an account. What is left out stays as it is; null takes it away.' })
export class UpdateAccountInput extends AccountSettingsInput {
  @Field(() => AccountIdScalar, { description: 'The account to change.' })
  accountId: string;
}

@InputType({ description: 'The account to pause.' })
export class PauseAccountInput {
  @Field(() => AccountIdScalar, { description: 'The account to pause.' })
  accountId: string;
}

@InputType({ description: 'The account to resume.' })
export class ResumeAccountInput {
  @Field(() => AccountIdScalar, { description: 'The account to resume.' })
  accountId: string;
}

@InputType({ description: 'The account to delete.' })
export class DeleteAccountInput {
  @Field(() => AccountIdScalar, { description: 'The account to delete.' })
  accountId: string;
}

@InputType({ description: 'Which accounts to list. Every condition given must hold.' })
export class AccountFilter {
  @Field(() => [AccountIdScalar], { nullable: true, description: 'Only these accounts.' })
  accountIds?: string[] | null;

  @Field(() => [String], { nullable: true, description: 'Only accounts with one of these names, exactly.' })
  names?: string[] | null;

  @Field(() => [AccountStatus], { nullable: true, description: 'Only accounts with one of these statuses.' })
  statuses?: AccountStatus[] | null;
}

@ArgsType()
export class AccountsArgs extends PageArgs {
  @Field(() => AccountFilter, { nullable: true, description: 'Which accounts; all within reach when left out.' })
  filter?: AccountFilter | null;
}

@ObjectType({ description: 'An account after a change.' })
export class AccountPayload {
  @Field(() => Account, { description: 'The account as it is now; after `deleteAccount`, as it was.' })
  account: Account;
}
