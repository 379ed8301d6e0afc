import 'reflect-metadata';
import { Field, ObjectType } from 'type-graphql';
import { DateTimeScalar } from '../platform/graphql/scalars.js';

@ObjectType({
  simpleResolvers: true,
  description:
    'How complete what is stored is, for some accounts and regions together. What CloudTrail has signed and what is ' +
    'only expected of it are two figures, and neither is ever made from the other.',
})
export class Completeness {
  @Field(() => DateTimeScalar, {
    nullable: true,
    description: 'The start of the span that is proven; null where `provenThrough` is.',
  })
  provenFrom: Date | null;

  @Field(() => DateTimeScalar, {
    nullable: true,
    description:
      'From `provenFrom` to here, every log file that CloudTrail signed is stored, byte for byte. It stands still at ' +
      'the first break until that is mended; a filter whose `eventTime.from` lies behind the break passes over it. ' +
      'Null where nothing is proven for all of them: a trail without log file validation, or one not seen yet.',
  })
  provenThrough: Date | null;

  @Field(() => DateTimeScalar, {
    nullable: true,
    description:
      'Everything up to here should be stored: it was looked for 15 minutes later (CloudTrail delivers within about ' +
      '5, at times 15 minutes), and no file that was found still waits. Nothing proves it. Null before the first look.',
  })
  expectedThrough: Date | null;
}

/** Where nothing is known. */
export const unknownCompleteness: Completeness = { provenFrom: null, provenThrough: null, expectedThrough: null };
