import 'reflect-metadata';
import { Field, Float, Int, ObjectType, registerEnumType } from 'type-graphql';
import { DateTimeScalar } from '../platform/graphql/scalars.js';

export const CoverageState = {
  COMPLETE: 'COMPLETE',
  OPEN: 'OPEN',
  MISSING: 'MISSING',
  TAMPERED: 'TAMPERED',
  UNVERIFIABLE: 'UNVERIFIABLE',
} as const;
export type CoverageState = keyof typeof CoverageState;

registerEnumType(CoverageState, {
  name: 'CoverageState',
  description: 'What is known of a span of time.',
  valuesConfig: {
    COMPLETE: { description: 'Proven: CloudTrail signed what it delivered, and all of it is stored, byte for byte.' },
    OPEN: {
      description: 'Not settled: its digest has not arrived, or a file that a digest names is still to be read.',
    },
    MISSING: { description: 'A digest file, or a log file that a digest names, is gone.' },
    TAMPERED: { description: 'The bytes of a log file are not those that CloudTrail signed.' },
    UNVERIFIABLE: {
      description:
        'Nothing that holds speaks of it: its digest is invalid or cannot be verified, or names what is not collected ' +
        'here, or log file validation was off.',
    },
  },
});

@ObjectType({
  simpleResolvers: true,
  description:
    'A span of time of one trail in one region, and what is known of it. Where two complete spans touch, nothing links ' +
    'the digests of the second to those of the first.',
})
export class Coverage {
  @Field(() => String, { description: 'The region whose events it is about.' })
  region: string;

  @Field(() => String, {
    nullable: true,
    description: 'The trail whose digests speak of it; null where none do.',
  })
  trail: string | null;

  @Field(() => DateTimeScalar, { description: 'The start of the span (inclusive).' })
  start: Date;

  @Field(() => DateTimeScalar, { description: 'The end of the span (exclusive).' })
  end: Date;

  @Field(() => CoverageState, { description: 'What is known of it.' })
  state: CoverageState;

  @Field(() => Int, {
    description:
      'The log files that its digests name. A digest whose window reaches beyond `from` or `to` counts whole. For a ' +
      'span without a trail: those that were collected.',
  })
  files: number;

  @Field(() => Float, {
    description:
      'The records in those files whose event is stored, whether it came first from them or from another file; a ' +
      'whole number.',
  })
  events: number;
}
