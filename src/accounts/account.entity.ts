import 'reflect-metadata';
import { Field, Int, ObjectType, registerEnumType } from 'type-graphql';
import { connectionOf } from '../platform/graphql/connection.js';
import { AccountIdScalar, DateTimeScalar, JSONScalar } from '../platform/graphql/scalars.js';

/** How an account is doing; see `statusOf`. */
export const AccountStatus = { ACTIVE: 'ACTIVE', PAUSED: 'PAUSED', ERROR: 'ERROR' } as const;
export type AccountStatus = keyof typeof AccountStatus;

registerEnumType(AccountStatus, {
  name: 'AccountStatus',
  description: 'How collecting for an account is doing.',
  valuesConfig: {
    ACTIVE: { description: 'Its log files are collected.' },
    PAUSED: { description: 'Somebody paused it: nothing is collected until `resumeAccount`.' },
    ERROR: {
      description: 'A source that collects for it fails: see `lastError`. It is tried again.',
    },
  },
});

@ObjectType({ simpleResolvers: true, description: 'An AWS account whose activity is collected.' })
export class Account {
  @Field(() => AccountIdScalar, { description: 'The id of the account.' })
  accountId: string;

  @Field(() => String, { description: 'What people call it; its id where nobody has named it yet.' })
  name: string;

  paused: boolean;

  @Field(() => String, {
    nullable: true,
    description: 'The role that is assumed for what is asked of the account itself, and by its sources without one.',
  })
  roleArn: string | null;

  /** Never shown: it guards the role against other users of whoever assumes it. */
  externalId: string | null;

  @Field(() => String, { nullable: true, description: 'The role that assumes it, where one stands between.' })
  viaRoleArn: string | null;

  viaExternalId: string | null;

  @Field(() => [String], { description: 'The regions that are collected; empty for every region.' })
  regions: string[];

  @Field(() => JSONScalar, { description: 'Free labels: an object of strings.' })
  tags: Record<string, string>;

  @Field(() => Int, {
    nullable: true,
    description: 'For how many days its events are kept; null where the setting of the installation holds.',
  })
  retentionDays: number | null;

  @Field(() => DateTimeScalar, {
    nullable: true,
    description:
      'When its organisation was first seen without it, or with it suspended or closed; null for an account that is ' +
      'open, and for one of no organisation. Collecting goes on: logs may still come.',
  })
  closedAt: Date | null;

  @Field(() => DateTimeScalar, { description: 'When it was connected or discovered.' })
  createdAt: Date;

  @Field(() => DateTimeScalar, { description: 'When its settings last changed.' })
  updatedAt: Date;
}

@ObjectType({ simpleResolvers: true, description: 'A page of accounts, in the order of their ids.' })
export class AccountConnection extends connectionOf(Account, 'Account') {}
