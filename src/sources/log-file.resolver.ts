import 'reflect-metadata';
import DataLoader from 'dataloader';
import { Arg, Args, Ctx, FieldResolver, ID, Mutation, Query, Resolver, Root } from 'type-graphql';
import { type GraphQLContext, loaderOf, requireScope } from '../access/context.js';
import { LogFile, LogFileConnection } from './log-file.entity.js';
import { LogFilePayload, LogFilesArgs } from './log-file.inputs.js';
import type { LogFileService } from './log-file.service.js';
import { Source } from './source.entity.js';
import type { SourceService } from './source.service.js';

const sourceKey = {};

@Resolver(() => LogFile)
export class LogFileResolver {
  constructor(
    private readonly service: LogFileService,
    private readonly sources: SourceService,
  ) {}

  @Query(() => LogFile, {
    nullable: true,
    description: 'One log file, or null where it does not exist for this token.',
  })
  logFile(
    @Ctx() { caller }: GraphQLContext,
    @Arg('id', () => ID, { description: 'The id of the log file.' }) id: string,
  ): Promise<LogFile | null> {
    requireScope(caller, 'ACCOUNTS_READ');
    return this.service.find(caller.accounts, id);
  }

  @Query(() => LogFileConnection, { description: 'The log files of the accounts within reach, latest delivery first.' })
  logFiles(@Ctx() { caller }: GraphQLContext, @Args(() => LogFilesArgs) args: LogFilesArgs) {
    requireScope(caller, 'ACCOUNTS_READ');
    return this.service.list(caller.accounts, args);
  }

  @Mutation(() => LogFilePayload, {
    description:
      'Reads a file again that was quarantined, is missing, or waits after a failure: now, with a fresh count.',
  })
  async retryLogFile(
    @Ctx() { caller }: GraphQLContext,
    @Arg('id', () => ID, { description: 'The id of the log file.' }) id: string,
  ): Promise<LogFilePayload> {
    requireScope(caller, 'ACCOUNTS_WRITE');
    return { logFile: await this.service.retry(caller, id) };
  }

  @FieldResolver(() => Source, {
    nullable: true,
    description: 'The source that reads it; null where it was deleted, or speaks for accounts beyond this token.',
  })
  source(@Root() file: LogFile, @Ctx() context: GraphQLContext): Promise<Source | null> {
    const make = () =>
      new DataLoader<string, Source | null>(async (ids) => {
        const sources = await this.sources.findAll(context.caller.accounts, ids);
        return ids.map((id) => sources.find((source) => source.id === id) ?? null);
      });
    return loaderOf(context, sourceKey, make).load(file.sourceId);
  }
}
