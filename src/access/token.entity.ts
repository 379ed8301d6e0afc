import 'reflect-metadata';
import { Field, ID, ObjectType } from 'type-graphql';
import { Column, Entity, PrimaryColumn } from 'typeorm';
import { connectionOf } from '../platform/graphql/connection.js';
import { AccountIdScalar, DateTimeScalar } from '../platform/graphql/scalars.js';
import { Scope } from './scope.enum.js';

/** A token as it may be shown. Its hash has no property here, so that nothing can read it by accident. */
@Entity('token')
@ObjectType({ simpleResolvers: true, description: 'A token: what the holder of its secret may do, and where.' })
export class Token {
  @PrimaryColumn({ type: 'uuid' })
  @Field(() => ID, { description: 'The id of the token. It is no secret.' })
  id: string;

  @Column({ type: 'text' })
  @Field(() => String, { description: 'What the token is called, for people.' })
  name: string;

  @Column({ type: 'text', array: true })
  @Field(() => [Scope], { description: 'What the token may do.' })
  scopes: Scope[];

  @Column({ name: 'account_ids', type: 'text', array: true, nullable: true })
  @Field(() => [AccountIdScalar], { nullable: true, description: 'The accounts it may see; null for every account.' })
  accountIds: string[] | null;

  @Column({ name: 'created_at', type: 'timestamptz' })
  @Field(() => DateTimeScalar, { description: 'When the token was made.' })
  createdAt: Date;

  @Column({ name: 'expires_at', type: 'timestamptz', nullable: true })
  @Field(() => DateTimeScalar, { nullable: true, description: 'When the token stops working; null for never.' })
  expiresAt: Date | null;

  @Column({ name: 'revoked_at', type: 'timestamptz', nullable: true })
  @Field(() => DateTimeScalar, { nullable: true, description: 'When the token was revoked; null while it is not.' })
  revokedAt: Date | null;

  @Column({ name: 'last_used_at', type: 'timestamptz', nullable: true })
  @Field(() => DateTimeScalar, { nullable: true, description: 'When the token was last used, to the minute.' })
  lastUsedAt: Date | null;
}

@ObjectType({ simpleResolvers: true, description: 'A page of tokens, newest first.' })
export class TokenConnection extends connectionOf(Token, 'Token') {}
