import DataLoader from 'dataloader';
import { Ctx, FieldResolver, Resolver, Root } from 'type-graphql';
import { type GraphQLContext, loaderOf, requireScope } from '../access/context.js';
import type { Database } from '../platform/database/database.js';
import { Integrity, LogFile } from '../sources/log-file.entity.js';
import type { LogFileService } from '../sources/log-file.service.js';
import { Event } from './event.entity.js';
import { findSightings } from './sighting.store.js';

/** Where an event came from. */
@Resolver(() => Event)
export class EventFilesResolver {
  readonly #fileKey = {};
  readonly #sightingKey = {};

  constructor(
    private readonly database: Database,
    private readonly files: LogFileService,
  ) {}

  @FieldResolver(() => Integrity, { description: "What CloudTrail's digest files say about the file it came in." })
  async integrity(@Root() event: Event, @Ctx() context: GraphQLContext): Promise<Integrity> {
    return (await this.#files(context).load(event.logFileId))?.integrity ?? Integrity.UNVERIFIED;
  }

  @FieldResolver(() => LogFile, {
    nullable: true,
    description: 'The log file it was first stored from. Takes the scope ACCOUNTS_READ.',
  })
  logFile(@Root() event: Event, @Ctx() context: GraphQLContext): Promise<LogFile | null> {
    requireScope(context.caller, 'ACCOUNTS_READ');
    return this.#files(context).load(event.logFileId);
  }

  @FieldResolver(() => [LogFile], {
    description: 'Every log file it was seen in, the first one first. Takes the scope ACCOUNTS_READ.',
  })
  async logFiles(@Root() event: Event, @Ctx() context: GraphQLContext): Promise<LogFile[]> {
    requireScope(context.caller, 'ACCOUNTS_READ');
    const others = await this.#sightings(context).load(event);
    const files = await this.#files(context).loadMany([event.logFileId, ...others]);
    return files.filter((file): file is LogFile => file !== null && !(file instanceof Error));
  }

  #files(context: GraphQLContext): DataLoader<string, LogFile | null> {
    return loaderOf(
      context,
      this.#fileKey,
      () => new DataLoader((ids: readonly string[]) => this.#loadFiles(context, ids)),
    );
  }

  async #loadFiles({ caller }: GraphQLContext, ids: readonly string[]): Promise<(LogFile | null)[]> {
    const files = new Map((await this.files.findAll(caller.accounts, ids)).map((file) => [file.id, file]));
    return ids.map((id) => files.get(id) ?? null);
  }

  #sightings(context: GraphQLContext): DataLoader<Event, string[]> {
    const load = (events: readonly Event[]) => findSightings(this.database.reads, events);
    return loaderOf(context, this.#sightingKey, () => new DataLoader(load));
  }
}
