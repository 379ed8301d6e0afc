import 'reflect-metadata';
import { Field, ID, InputType, ObjectType } from 'type-graphql';
import { Organization } from './organization.entity.js';

@InputType({
  description:
    'An organisation whose accounts are to be found. Every account that is open is made; one that was deleted here ' +
    'stays deleted, and one that is closed later is marked and stays.',
})
export class ConnectOrganizationInput {
  @Field(() => String, {
    nullable: true,
    description:
      'The role that may call `organizations:ListAccounts`: of the management account, or of a delegated ' +
      "administrator. Left out, Crosstrail's own identity calls it.",
  })
  roleArn?: string | null;

  @Field(() => String, {
    nullable: true,
    description: "The external id that the role's trust policy asks for. It is never shown again.",
  })
  externalId?: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'A role on the way: Crosstrail assumes it, and it assumes that role, and the role of each account.',
  })
  viaRoleArn?: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'The external id that the role on the way asks for. It is never shown again.',
  })
  viaExternalId?: string | null;

  @Field(() => String, {
    nullable: true,
    description:
      'The name (with its path, if any) of the role that each account has for Crosstrail. Each account is given it, ' +
      'unless somebody gave it another. Left out, they are made without a role: a central bucket needs none.',
  })
  memberRoleName?: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'The external id that the roles of the accounts ask for. It is never shown again.',
  })
  memberExternalId?: string | null;
}

@InputType({ description: 'The organisation to disconnect.' })
export class DisconnectOrganizationInput {
  @Field(() => ID, { description: 'The id of the connection.' })
  id: string;
}

@ObjectType({ simpleResolvers: true, description: 'An organisation after a change.' })
export class OrganizationPayload {
  @Field(() => Organization, {
    description: 'The connection as it is now; after `disconnectOrganization`, as it was.',
  })
  organization: Organization;
}
