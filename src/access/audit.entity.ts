import 'reflect-metadata';
import { Field, ID, ObjectType } from 'type-graphql';
import { Column, Entity, PrimaryColumn } from 'typeorm';
import { connectionOf } from '../platform/graphql/connection.js';
import { AccountIdScalar, DateTimeScalar, JSONScalar } from '../platform/graphql/scalars.js';
import { Token } from './token.entity.js';

@Entity('audit_entry')
@ObjectType({
  simpleResolvers: true,
  description: 'One change that somebody made through the API or the command line.',
})
export class AuditEntry {
  @PrimaryColumn({ type: 'bigint' })
  @Field(() => ID, { description: 'The id of the entry.' })
  id: string;

  @Column({ type: 'timestamptz' })
  @Field(() => DateTimeScalar, { description: 'When the change was made.' })
  at: Date;

  @Column({ name: 'token_id', type: 'uuid' })
  tokenId: string;

  @Column({ name: 'token_name', type: 'text' })
  tokenName: string;

  /** Joined by the service, and only where it is within the reader's reach. */
  @Field(() => Token, {
    nullable: true,
    description: 'The token it was made with; null for the command line, and for a token that yours may not see.',
  })
  token: Token | null;

  @Column({ type: 'text' })
  @Field(() => String, { description: 'The mutation that made the change, such as `createToken`.' })
  action: string;

  @Column({ type: 'text' })
  @Field(() => String, {
    description: 'What was changed: an account id, or the id or name of a token, a source, a rule.',
  })
  target: string;

  @Column({ name: 'account_ids', type: 'text', array: true, nullable: true })
  @Field(() => [AccountIdScalar], { nullable: true, description: 'The accounts it reaches; null for every account.' })
  accountIds: string[] | null;

  @Column({ type: 'jsonb' })
  @Field(() => JSONScalar, { description: 'More about the change. It never holds a secret.' })
  details: object;
}

@ObjectType({ simpleResolvers: true, description: 'A page of the audit log, newest first.' })
export class AuditEntryConnection extends connectionOf(AuditEntry, 'AuditEntry') {}
