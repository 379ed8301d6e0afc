import 'reflect-metadata';
import { ArgsType, Field, InputType } from 'type-graphql';
import { PageArgs } from '../platform/graphql/connection.js';
import { AccountIdScalar } from '../platform/graphql/scalars.js';
import { DigestState } from './digest.entity.js';

@InputType({ description: 'Which digest files to list. Every condition given must hold.' })
export class DigestFilter {
  @Field(() => [AccountIdScalar], { nullable: true, description: 'Only digests of these accounts.' })
  accountIds?: string[] | null;

  @Field(() => [String], { nullable: true, description: 'Only digests of these regions.' })
  regions?: string[] | null;

  @Field(() => [DigestState], { nullable: true, description: 'Only digests in one of these states.' })
  states?: DigestState[] | null;
}

@ArgsType()
export class DigestsArgs extends PageArgs {
  @Field(() => DigestFilter, { nullable: true, description: 'Which digests; all within reach when left out.' })
  filter?: DigestFilter | null;
}
