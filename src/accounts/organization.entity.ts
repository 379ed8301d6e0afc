import 'reflect-metadata';
import { Field, ID, Int, ObjectType } from 'type-graphql';
import { AccountIdScalar, DateTimeScalar } from '../platform/graphql/scalars.js';

@ObjectType({
  simpleResolvers: true,
  description: 'A connection to AWS Organizations, which names the accounts of an organisation. Asked once an hour.',
})
export class Organization {
  @Field(() => ID, { description: 'The id of the connection.' })
  id: string;

  @Field(() => String, { nullable: true, description: 'What AWS calls it, `o-…`; null until it was asked.' })
  organizationId: string | null;

  @Field(() => AccountIdScalar, {
    nullable: true,
    description: 'The management account of the organisation; null until it was asked.',
  })
  managementAccountId: string | null;

  @Field(() => String, {
    nullable: true,
    description: "The role that lists the accounts; null where Crosstrail's own identity does.",
  })
  roleArn: string | null;
  externalId: string | null;

  @Field(() => String, { nullable: true, description: 'The role that assumes that one, and the role of each account.' })
  viaRoleArn: string | null;
  viaExternalId: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'The name of the role that each account is given; null for none.',
  })
  memberRoleName: string | null;
  memberExternalId: string | null;

  @Field(() => Int, { description: 'Its accounts that are here, closed ones not counted.' })
  accounts: number;

  @Field(() => Int, { description: 'Its accounts that are here and were closed, suspended, or have left it.' })
  closedAccounts: number;

  @Field(() => String, { nullable: true, description: 'Why it could not be asked the last time.' })
  lastError: string | null;

  @Field(() => DateTimeScalar, { nullable: true, description: 'When it last named its accounts.' })
  lastRefreshedAt: Date | null;

  @Field(() => DateTimeScalar, { description: 'When it was connected.' })
  createdAt: Date;
}
