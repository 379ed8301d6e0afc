import 'reflect-metadata';
import { Field, ObjectType } from 'type-graphql';

@ObjectType({ simpleResolvers: true, description: 'One call that was tried.' })
export class Check {
  @Field(() => String, { description: 'The call, as IAM spells its action: `sts:AssumeRole`, `s3:ListBucket`.' })
  call: string;

  @Field(() => String, { description: 'What it was tried on: an ARN, or the path of a directory.' })
  resource: string;

  @Field(() => Boolean, {
    nullable: true,
    description: 'Whether it worked; null where it could not be tried, and for what collecting can do without.',
  })
  ok: boolean | null;

  @Field(() => String, { nullable: true, description: 'Why it did not work, or was not tried, and what to do.' })
  error: string | null;

  @Field(() => String, { nullable: true, description: 'The action that a policy must allow for it to work.' })
  missingPermission: string | null;

  @Field(() => String, {
    nullable: true,
    description:
      "A statement, in JSON, that allows it when it is added to the role's policy (or to its trust policy). Null where " +
      'no statement could: for an explicit deny, or a policy of the organisation.',
  })
  policyStatement: string | null;
}

@ObjectType({
  simpleResolvers: true,
  description: 'What was tried, in order. It ends with a role that cannot be assumed.',
})
export class CheckResult {
  @Field(() => Boolean, { description: 'Whether everything that was tried worked.' })
  ok: boolean;

  @Field(() => [Check], { description: 'The calls that were tried.' })
  checks: Check[];
}
