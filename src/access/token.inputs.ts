import 'reflect-metadata';
import { Field, InputType, ObjectType } from 'type-graphql';
import { AccountIdScalar, DateTimeScalar } from '../platform/graphql/scalars.js';
import { Scope } from './scope.enum.js';
import { Token } from './token.entity.js';
import type { TokenRequest } from './token-grant.js';

@InputType({ description: 'A new token. It can only be granted what the token that makes it has itself.' })
export class CreateTokenInput implements TokenRequest {
  @Field(() => String, { description: 'What to call it, for people: 1 to 100 characters.' })
  name: string;

  @Field(() => [Scope], { description: 'What it may do; at least one scope.' })
  scopes: Scope[];

  @Field(() => [AccountIdScalar], {
    nullable: true,
    description: 'The accounts it may see. Left out: every account, those connected later included.',
  })
  accountIds?: string[] | null;

  @Field(() => DateTimeScalar, { nullable: true, description: 'When it stops working. Left out: never.' })
  expiresAt?: Date | null;
}

@ObjectType({ simpleResolvers: true, description: 'The token that was made.' })
export class CreateTokenPayload {
  @Field(() => Token, { description: 'The new token.' })
  token: Token;

  @Field(() => String, {
    description: 'What to send as `Authorization: Bearer <secret>`. Shown this once: only a hash of it is kept.',
  })
  secret: string;
}

@ObjectType({ simpleResolvers: true, description: 'The token that was revoked.' })
export class RevokeTokenPayload {
  @Field(() => Token, { description: 'The token, with the time of its revocation.' })
  token: Token;
}

@ObjectType({ simpleResolvers: true, description: 'Whoever sent the request.' })
export class Viewer {
  @Field(() => Token, { description: 'The token that the request was sent with.' })
  token: Token;
}
