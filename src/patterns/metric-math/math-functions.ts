/** What a part of an expression is: AWS's guide writes S, TS and TS[] for the first three. */
export type MathKind = 'scalar' | 'series' | 'array' | 'string' | 'keyword';

/** A kind, or words of which the argument must be one. */
export type ArgumentType = Exclude<MathKind, 'string' | 'keyword'> | readonly string[];

export interface Signature {
  readonly arguments: readonly ArgumentType[];
  readonly result: MathKind;
}

const elementwise: readonly Signature[] = [
  { arguments: ['series'], result: 'series' },
  { arguments: ['array'], result: 'array' },
];

const aggregate: readonly Signature[] = [
  { arguments: ['series'], result: 'scalar' },
  { arguments: ['array'], result: 'series' },
];

const seriesToSeries: readonly Signature[] = [{ arguments: ['series'], result: 'series' }];
const arrayToSeries: readonly Signature[] = [{ arguments: ['array'], result: 'series' }];

const fillers: readonly ArgumentType[] = ['scalar', 'series', ['REPEAT', 'LINEAR']];
const sortArguments: readonly ArgumentType[] = ['array', ['AVG', 'MIN', 'MAX', 'SUM'], ['ASC', 'DESC']];

/**
 * The functions whose arguments are computed before them, and what they take.
 *
 * Source: the table of functions in "Using math expressions with CloudWatch metrics", Amazon CloudWatch User Guide. `IF`
 * is taken with any mix of scalars and series, and `FILL` of one series with a series too, as the guide's text has it.
 */
export const functionSignatures = {
  ABS: elementwise,
  AVG: aggregate,
  CEIL: elementwise,
  DATAPOINT_COUNT: aggregate,
  DATE: seriesToSeries,
  DAY: seriesToSeries,
  DIFF: elementwise,
  DIFF_TIME: elementwise,
  EPOCH: seriesToSeries,
  FILL: (['series', 'array'] as const).flatMap((filled) =>
    fillers.map((filler) => ({ arguments: [filled, filler], result: filled })),
  ),
  FIRST: arrayToSeries,
  FLOOR: elementwise,
  HOUR: seriesToSeries,
  IF: ifSignatures(),
  LAST: arrayToSeries,
  LOG: elementwise,
  LOG10: elementwise,
  MAX: aggregate,
  METRIC_COUNT: [{ arguments: ['array'], result: 'scalar' }],
  MIN: aggregate,
  MINUTE: seriesToSeries,
  MONTH: seriesToSeries,
  PERIOD: [{ arguments: ['series'], result: 'scalar' }],
  RATE: elementwise,
  REMOVE_EMPTY: [{ arguments: ['array'], result: 'array' }],
  RUNNING_SUM: elementwise,
  SLICE: [
    { arguments: ['array', 'scalar'], result: 'array' },
    { arguments: ['array', 'scalar', 'scalar'], result: 'array' },
  ],
  SORT: [
    { arguments: sortArguments, result: 'array' },
    { arguments: [...sortArguments, 'scalar'], result: 'array' },
  ],
  STDDEV: aggregate,
  SUM: aggregate,
  TIME_SERIES: [{ arguments: ['scalar'], result: 'series' }],
  YEAR: seriesToSeries,
} as const satisfies Readonly<Record<string, readonly Signature[]>>;

export type MathFunction = keyof typeof functionSignatures;

export function isMathFunction(name: string): name is MathFunction {
  return Object.hasOwn(functionSignatures, name);
}

/** Functions of AWS's that read what only AWS has, and what that is. */
export const awsOnlyFunctions: ReadonlyMap<string, string> = new Map([
  ['DB_PERF_INSIGHTS', 'Performance Insights'],
  ['INSIGHT_RULE_METRIC', 'Contributor Insights'],
  ['LAMBDA', 'Lambda connectors'],
  ['SERVICE_QUOTA', 'Service Quotas'],
]);

function ifSignatures(): readonly Signature[] {
  const kinds = ['scalar', 'series'] as const;
  return kinds.flatMap((condition) =>
    kinds.flatMap((whenTrue) =>
      [[], ...kinds.map((whenFalse) => [whenFalse])].map((rest) => {
        const types = [condition, whenTrue, ...rest];
        return { arguments: types, result: types.includes('series') ? ('series' as const) : ('scalar' as const) };
      }),
    ),
  );
}
