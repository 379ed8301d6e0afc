import 'reflect-metadata';
import { Arg, Args, Ctx, Mutation, Query, Resolver } from 'type-graphql';
import { type GraphQLContext, requireScope } from '../access/context.js';
import { Metric, MetricConnection, MetricDataResult } from './metric.entity.js';
import {
  MetricDataInput,
  MetricsArgs,
  PutMetricDataInput,
  PutMetricDataPayload,
  TestMetricMathInput,
} from './metric.inputs.js';
import type { MetricService } from './metric.service.js';
import type { MetricDataService } from './metric-data.service.js';
import { testMetricMath } from './test-metric-math.js';

@Resolver(() => Metric)
export class MetricResolver {
  constructor(
    private readonly service: MetricService,
    private readonly data: MetricDataService,
  ) {}

  @Query(() => MetricConnection, {
    description: 'The metrics that have data points. A token sees those whose accounts it covers.',
  })
  metrics(@Ctx() { caller }: GraphQLContext, @Args(() => MetricsArgs) args: MetricsArgs): Promise<MetricConnection> {
    requireScope(caller, 'METRICS_READ');
    return this.service.list(caller.accounts, args);
  }

  @Query(() => [MetricDataResult], {
    description:
      'Data points of metrics, and what metric math makes of them, as GetMetricData has them. Percentiles and the like are ' +
      'exact up to 128 different values in a period, and within 0.4 % beyond.',
    complexity: ({ childComplexity }) => 50 + 10 * childComplexity,
  })
  metricData(
    @Ctx() { caller, signal }: GraphQLContext,
    @Arg('input', () => MetricDataInput, { description: 'Which data points.' }) input: MetricDataInput,
  ): Promise<MetricDataResult[]> {
    requireScope(caller, 'METRICS_READ');
    return this.data.read(caller.accounts, input, signal);
  }

  @Query(() => [MetricDataResult], { description: 'Tries an expression with series that are given here.' })
  testMetricMath(
    @Ctx() { caller }: GraphQLContext,
    @Arg('input', () => TestMetricMathInput, { description: 'The expression and the series.' })
    input: TestMetricMathInput,
  ): MetricDataResult[] {
    requireScope(caller, 'METRICS_READ');
    return testMetricMath(input);
  }

  @Mutation(() => PutMetricDataPayload, {
    description:
      'Stores samples of metrics, as PutMetricData does: all of them, or none. To repeat it adds them once more.',
  })
  async putMetricData(
    @Ctx() { caller }: GraphQLContext,
    @Arg('input', () => PutMetricDataInput, { description: 'The samples.' }) input: PutMetricDataInput,
  ): Promise<PutMetricDataPayload> {
    requireScope(caller, 'METRICS_WRITE');
    return { accepted: await this.service.put(caller, input) };
  }
}
