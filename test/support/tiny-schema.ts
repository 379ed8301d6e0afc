import 'reflect-metadata';
import {
  Arg,
  Args,
  Ctx,
  Extensions,
  Field,
  InputType,
  Int,
  Mutation,
  ObjectType,
  Query,
  Resolver,
  Root,
  Subscription,
} from 'type-graphql';
import { type GraphQLContext, requireScope } from '../../src/access/context.js';
import { buildApiSchema } from '../../src/api/schema.js';
import { badInput } from '../../src/platform/errors.js';
import { type Connection, connectionOf, PageArgs, pageOf, pageSize } from '../../src/platform/graphql/connection.js';
import { type LiveArguments, resolverOf } from '../../src/platform/graphql/live-source.js';
import { longList } from '../../src/platform/graphql/long-list.js';
import { AccountIdScalar, DateTimeScalar } from '../../src/platform/graphql/scalars.js';
import { TimeRangeInput, timeRange } from '../../src/platform/graphql/time-range.js';
import { LiveFeed, type LiveMessage } from '../../src/platform/live/live-feed.js';
import type { Handler } from '../../src/platform/pubsub/pubsub.js';
import { Gate } from './collector.js';
import { silentLog } from './silent-log.js';

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

@ObjectType({ simpleResolvers: true, description: 'A message of a subscription.' })
export class Tick {
  @Field(() => String, { description: 'Where to go on.' })
  cursor: string;

  @Field(() => Int, { nullable: true, description: 'The number, if there is one.' })
  number: number | null;

  @Field(() => String, { description: 'To make it large.' })
  padding: string;
}

@InputType({ description: 'A filter.' })
export class ItemFilter {
  @Field(() => [AccountIdScalar], { nullable: true, description: 'Accounts.' })
  accountIds?: string[] | null;

  @Field(() => TimeRangeInput, { nullable: true, description: 'A span.' })
  time?: TimeRangeInput | null;

  @Extensions(longList(2_000))
  @Field(() => [Int], { nullable: true, description: 'Numbers, more than other lists hold.' })
  numbers?: number[] | null;
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
  /** What `ticked` follows, and how often it was read. */
  readonly numbers: number[] = [];
  reads = 0;
  heartbeatMs = 30_000;
  /** How many messages of `ticked` were worked out. */
  workedOut = 0;
  /** Characters of `padding`. */
  padding = 0;
  /** Holds back what is worked out of each number; `isHeld` opens when the first is. */
  hold: Gate | null = null;
  readonly isHeld = new Gate();
  #told: Handler | undefined;
  readonly ticks = new LiveFeed<number>({
    pubsub: {
      publish: async () => undefined,
      subscribe: async (_topic, handler) => {
        this.#told = handler;
        return async () => undefined;
      },
      ping: async () => undefined,
      stop: async () => undefined,
    },
    topic: 'ticks',
    head: async () => String(this.numbers.length),
    log: silentLog,
    now: () => performance.now(),
  });

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

  @Mutation(() => Int, { description: 'Stores a number, and tells.' })
  store(@Arg('number', () => Int, { description: 'The number.' }) number: number): number {
    this.tick(number);
    return number;
  }

  @Subscription(() => Tick, {
    description: 'What a test puts into `ticks`.',
    subscribe: ({ args, context, info }: LiveArguments<{ after?: string }, GraphQLContext>) =>
      resolverOf(info, TinyResolver).follow(args.after ?? null, context),
  })
  async ticked(
    @Root() { cursor, item }: LiveMessage<number>,
    @Arg('after', () => String, { nullable: true, description: 'A cursor.' }) _after: string | null,
  ): Promise<Tick> {
    this.workedOut += 1;
    if (this.hold !== null && item !== null) {
      this.isHeld.open();
      await this.hold.opened;
    }
    if (item === 13) throw new Error('SELECT secret_hash FROM token: secret-value');
    return { cursor, number: item, padding: 'x'.repeat(this.padding) };
  }

  /** Numbers in memory stand for the table: an account may see those whose last digit is that of its id. */
  follow(after: string | null, { caller, live, signal }: GraphQLContext): AsyncIterable<LiveMessage<number>> {
    requireScope(caller, 'EVENTS_READ');
    if (after !== null && !/^\d+$/.test(after)) throw badInput('after', 'is no cursor');
    const { accountIds } = caller.accounts;
    return this.ticks.follow({
      key: JSON.stringify(accountIds),
      after: live?.resumeAfter ?? after,
      heartbeatMs: this.heartbeatMs,
      signal,
      read: async (place) => {
        this.reads += 1;
        const from = place === null ? this.numbers.length : Number(place);
        const messages = this.numbers
          .map((item, index) => ({ cursor: String(index + 1), item }))
          .slice(from, from + 100)
          .filter(({ item }) => accountIds?.some((id) => id.endsWith(String(item % 10))) ?? true);
        const end = Math.min(this.numbers.length, from + 100);
        return { messages, end: { cursor: String(end), item: null }, hasMore: end < this.numbers.length };
      },
    });
  }

  /** Stores and tells. */
  tick(...numbers: number[]): void {
    this.numbers.push(...numbers);
    this.#told?.('');
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
