import 'reflect-metadata';
import { Arg, Args, Ctx, Field, InputType, Int, ObjectType, Query, Resolver } from 'type-graphql';
import type { GraphQLContext } from '../../src/access/context.js';
import { buildApiSchema } from '../../src/api/schema.js';
import { badInput } from '../../src/platform/errors.js';
import { type Connection, connectionOf, PageArgs, pageOf, pageSize } from '../../src/platform/graphql/connection.js';
import { AccountIdScalar, DateTimeScalar } from '../../src/platform/graphql/scalars.js';
import { TimeRangeInput, timeRange } from '../../src/platform/graphql/time-range.js';
import { Gate } from './collector.js';

@ObjectType({ simpleResolvers: true, description: 'An item.' })
export class Item {
  @Field(() => Int, { description: 'Its number.' })
  number: number;

  @Field(() => [Item], { description: 'Items beneath it.' })
  children: Item[];
}

@ObjectType({ simpleResolvers: true, description: 'A page of items.' })
export class ItemConnection extends connectionOf(Item, 'Item') {
  @Field(() => String, { description: 'A field beside those of every connection.' })
  note: string;
}

@InputType({ description: 'A filter.' })
export class ItemFilter {
  @Field(() => [AccountIdScalar], { nullable: true, description: 'Accounts.' })
  accountIds?: string[] | null;

  @Field(() => TimeRangeInput, { nullable: true, description: 'A span.' })
  time?: TimeRangeInput | null;
}

/** A schema with one query for each thing that may happen to a request. */
@Resolver()
export class TinyResolver {
  /** How often a total was counted. */
  counted = 0;
  /** Opened by `slow` when it has started, and by a test to let it end. */
  readonly slowStarted = new Gate();
  readonly slowMayEnd = new Gate();
  /** Opened when nobody waits for the answer of `slow` any more. */
  readonly slowGivenUp = new Gate();

  @Query(() => String, { description: 'Who asks.' })
  whoami(@Ctx() { caller }: GraphQLContext): string {
    return caller.token.name;
  }

  @Query(() => ItemConnection, { description: 'Items.' })
  items(
    @Args(() => PageArgs) page: PageArgs,
    @Arg('filter', () => ItemFilter, { nullable: true, description: 'Which.' }) filter?: ItemFilter | null,
  ): Connection<Item> & { note: string } {
    timeRange('filter.time', filter?.time);
    const first = pageSize(page.first);
    const rows = Array.from({ length: first + 1 }, (_, number) => ({ number, children: [] }));
    const totalCount = async () => {
      this.counted += 1;
      return 5000;
    };
    return { ...pageOf({ rows, first, after: false, cursorOf: (row) => `c${row.number}`, totalCount }), note: 'n' };
  }

  @Query(() => Item, { nullable: true, description: 'Fails in the way that is asked for.' })
  fail(@Arg('how', () => String, { description: 'How.' }) how: string): Item {
    if (how === 'input') throw badInput('how', 'is of no use', 3);
    if (how === 'serialize') return { number: 'secret-value' as unknown as number, children: [] };
    if (how === 'null') return { number: null as unknown as number, children: [] };
    throw new Error('SELECT secret_hash FROM token: secret-value');
  }

  @Query(() => String, { description: 'Answers when it is let go.' })
  async slow(@Ctx() { signal }: GraphQLContext): Promise<string> {
    signal.addEventListener('abort', () => this.slowGivenUp.open());
    this.slowStarted.open();
    await this.slowMayEnd.opened;
    return 'done';
  }

  @Query(() => DateTimeScalar, { description: 'Gives back what it gets.' })
  time(@Arg('at', () => DateTimeScalar, { description: 'A time.' }) at: Date): Date {
    return at;
  }

  @Query(() => [AccountIdScalar], { description: 'Gives back what it gets.' })
  ids(@Arg('ids', () => [AccountIdScalar], { description: 'Ids.' }) ids: string[]): string[] {
    return ids;
  }
}

export function tinySchema(): { resolver: TinyResolver; schema: ReturnType<typeof buildApiSchema> } {
  const resolver = new TinyResolver();
  return { resolver, schema: buildApiSchema({ resolvers: [resolver] }) };
}
