import 'reflect-metadata';
import { Args, Ctx, Query, Resolver } from 'type-graphql';
import { type GraphQLContext, requireScope } from '../access/context.js';
import { type AccountScope, narrow } from '../access/scope.js';
import type { CursorCodec } from '../lib/cursor.js';
import type { Database } from '../platform/database/database.js';
import { type Connection, decodeCursor, pageOf, pageSize } from '../platform/graphql/connection.js';
import { Digest, DigestConnection } from './digest.entity.js';
import { DigestsArgs } from './digest.inputs.js';
import { countDigests, listDigests } from './digest-list.store.js';

const cursorKind = 'digests';

@Resolver(() => Digest)
export class DigestResolver {
  constructor(
    private readonly database: Database,
    private readonly cursors: CursorCodec,
  ) {}

  @Query(() => DigestConnection, {
    description:
      'The digest files of the accounts within reach, latest first: what CloudTrail signed about the log files that it delivered.',
  })
  digests(@Ctx() { caller }: GraphQLContext, @Args(() => DigestsArgs) args: DigestsArgs) {
    requireScope(caller, 'ACCOUNTS_READ');
    return this.page(caller.accounts, args);
  }

  private async page(scope: AccountScope, args: DigestsArgs): Promise<Connection<Digest>> {
    const { reads } = this.database;
    const first = pageSize(args.first);
    const after = decodeCursor(this.cursors, cursorKind, args.after);
    const { accountIds, regions = null, states = null } = args.filter ?? {};
    const query = { scope: narrow(scope, accountIds), regions, states };
    return pageOf({
      rows: await listDigests(reads, query, after === null ? null : [String(after[0]), String(after[1])], first + 1),
      first,
      after: after !== null,
      cursorOf: (digest) => this.cursors.encode(cursorKind, [digest.namedAt.toISOString(), digest.id]),
      totalCount: () => countDigests(reads, query),
    });
  }
}
