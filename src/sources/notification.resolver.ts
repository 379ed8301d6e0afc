import 'reflect-metadata';
import { Arg, Args, Ctx, ID, Mutation, Query, Resolver } from 'type-graphql';
import { type GraphQLContext, requireScope } from '../access/context.js';
import { defaultPageSize, PageArgs } from '../platform/graphql/connection.js';
import type { SetAsideService } from './set-aside.service.js';
import { RetrySetAsideNotificationsPayload, SetAsideNotificationConnection } from './set-aside-notification.entity.js';

/** What a page costs beside its items: it may read 1 MB. */
const costOfPage = 500;

@Resolver()
export class NotificationResolver {
  constructor(private readonly setAside: SetAsideService) {}

  @Query(() => SetAsideNotificationConnection, {
    nullable: true,
    description:
      'Messages of the queue of a source that were not understood, newest first; the last 1,000 are kept. Null where the source does not exist for this token.',
    complexity: ({ args, childComplexity }) => costOfPage + childComplexity * Number(args.first ?? defaultPageSize),
  })
  setAsideNotifications(
    @Ctx() { caller }: GraphQLContext,
    @Arg('sourceId', () => ID, { description: 'The id of the source.' }) sourceId: string,
    @Args(() => PageArgs) args: PageArgs,
  ) {
    requireScope(caller, 'ACCOUNTS_READ');
    return this.setAside.page(caller.accounts, sourceId, args);
  }

  @Mutation(() => RetrySetAsideNotificationsPayload, {
    description: 'Reads the messages of a source again that were set aside: after an upgrade that understands more.',
  })
  retrySetAsideNotifications(
    @Ctx() { caller }: GraphQLContext,
    @Arg('sourceId', () => ID, { description: 'The id of the source.' }) sourceId: string,
  ): Promise<RetrySetAsideNotificationsPayload> {
    requireScope(caller, 'ACCOUNTS_WRITE');
    return this.setAside.retry(caller, sourceId);
  }
}
