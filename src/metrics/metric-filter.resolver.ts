import 'reflect-metadata';
import DataLoader from 'dataloader';
import { Arg, Args, Ctx, FieldResolver, Int, Mutation, Query, Resolver, Root } from 'type-graphql';
import { type GraphQLContext, loaderOf, requireScope } from '../access/context.js';
import type { MetricBackfills } from './metric-backfill.service.js';
import { MetricBackfill, MetricFilter, MetricFilterConnection } from './metric-filter.entity.js';
import {
  BackfillMetricFilterInput,
  MetricBackfillPayload,
  MetricFilterNameInput,
  MetricFilterPayload,
  MetricFiltersArgs,
  PutMetricFilterInput,
  TestMetricFilterPayload,
} from './metric-filter.inputs.js';
import type { MetricFilterService } from './metric-filter.service.js';
import { testMetricFilter } from './test-metric-filter.js';

const backfillsKey = {};

@Resolver(() => MetricFilter)
export class MetricFilterResolver {
  constructor(
    private readonly service: MetricFilterService,
    private readonly runs: MetricBackfills,
  ) {}

  @Query(() => MetricFilter, {
    nullable: true,
    description: 'One filter, or null where it does not exist for this token.',
  })
  metricFilter(
    @Ctx() { caller }: GraphQLContext,
    @Arg('name', () => String, { description: 'The name of the filter.' }) name: string,
  ): Promise<MetricFilter | null> {
    requireScope(caller, 'METRICS_READ');
    return this.service.find(caller.accounts, name);
  }

  @Query(() => MetricFilterConnection, {
    description: 'The metric filters, by name. A token sees those whose accounts it covers.',
  })
  metricFilters(
    @Ctx() { caller }: GraphQLContext,
    @Args(() => MetricFiltersArgs) args: MetricFiltersArgs,
  ): Promise<MetricFilterConnection> {
    requireScope(caller, 'METRICS_READ');
    return this.service.list(caller.accounts, args);
  }

  @Query(() => TestMetricFilterPayload, { description: 'Tries a pattern with messages that are given here.' })
  testMetricFilter(
    @Ctx() { caller }: GraphQLContext,
    @Arg('filterPattern', () => String, { description: 'The pattern.' }) filterPattern: string,
    @Arg('logEventMessages', () => [String], { description: 'The messages: at most 50, of 256 KB at most.' })
    logEventMessages: string[],
  ): TestMetricFilterPayload {
    requireScope(caller, 'METRICS_READ');
    return { matches: testMetricFilter(filterPattern, logEventMessages) };
  }

  @FieldResolver(() => [MetricBackfill], { description: 'Its runs over stored events, the newest first.' })
  backfills(
    @Root() { outputId }: MetricFilter,
    @Ctx() context: GraphQLContext,
    @Arg('last', () => Int, { defaultValue: 1, description: 'How many: 1 to 100.' }) last: number,
  ): Promise<MetricBackfill[]> {
    const make = () => new Map<number, DataLoader<string, MetricBackfill[]>>();
    const loaders = loaderOf(context, backfillsKey, make);
    const loader = loaders.get(last) ?? new DataLoader((ids) => this.runs.last(ids, last), { maxBatchSize: 1000 });
    loaders.set(last, loader);
    return loader.load(outputId);
  }

  @Mutation(() => MetricFilterPayload, {
    description: 'Makes a metric filter, or replaces the one of its name. It counts the events that come from now on.',
  })
  async putMetricFilter(
    @Ctx() { caller }: GraphQLContext,
    @Arg('input', () => PutMetricFilterInput, { description: 'The filter.' }) input: PutMetricFilterInput,
  ): Promise<MetricFilterPayload> {
    requireScope(caller, 'METRICS_WRITE');
    return { metricFilter: await this.service.put(caller, input) };
  }

  @Mutation(() => MetricFilterPayload, { description: 'Deletes a metric filter. What it has counted stays.' })
  async deleteMetricFilter(
    @Ctx() { caller }: GraphQLContext,
    @Arg('input', () => MetricFilterNameInput, { description: 'The filter to delete.' }) input: MetricFilterNameInput,
  ): Promise<MetricFilterPayload> {
    requireScope(caller, 'METRICS_WRITE');
    return { metricFilter: await this.service.delete(caller, input.name) };
  }

  @Mutation(() => MetricBackfillPayload, {
    description:
      'Runs a filter over stored events that it has not counted yet. Nothing is counted twice, however often it is run.',
  })
  async backfillMetricFilter(
    @Ctx() { caller }: GraphQLContext,
    @Arg('input', () => BackfillMetricFilterInput, { description: 'The filter, and of which time.' })
    input: BackfillMetricFilterInput,
  ): Promise<MetricBackfillPayload> {
    requireScope(caller, 'METRICS_WRITE');
    return { backfill: await this.runs.start(caller, input) };
  }

  @Mutation(() => MetricBackfillPayload, {
    description: 'Ends the run of a filter over stored events. What was counted stays; another run counts the rest.',
  })
  async cancelMetricBackfill(
    @Ctx() { caller }: GraphQLContext,
    @Arg('input', () => MetricFilterNameInput, { description: 'The filter.' }) input: MetricFilterNameInput,
  ): Promise<MetricBackfillPayload> {
    requireScope(caller, 'METRICS_WRITE');
    return { backfill: await this.runs.cancel(caller, input.name) };
  }
}
