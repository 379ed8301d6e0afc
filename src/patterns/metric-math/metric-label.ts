import { isLabelStatistic, labelStatistics } from './label-statistics.js';
import { MetricMathError } from './metric-math-error.js';
import type { TimeSeries } from './time-series.js';

/** What a dynamic label can say besides the data points; what is null or absent is shown as `--`. */
export interface LabelProperties {
  /** Milliseconds since 1970 UTC: what `${LAST_TIME_RELATIVE}` and its like count from. */
  readonly now: number;
  readonly namespace?: string | null;
  readonly metricName?: string | null;
  readonly dimensions?: Readonly<Record<string, string>> | null;
  readonly stat?: string | null;
  readonly accountId?: string | null;
  readonly accountLabel?: string | null;
  readonly region?: string | null;
}

/** What stands for a value that is not there. */
const none = '--';

/** Source: "Using dynamic labels", Amazon CloudWatch User Guide. */
const maxStatistics = 5;

/** Any `${`, with what it stands for where it could stand for something. */
const placeholder = /\$\{(?:([A-Z_]+)\}|PROP\('([^'{}]*)'\)\})?/g;

/** Whether a label has values to be put in, and so goes through {@link applyLabel}. */
export function isDynamicLabel(label: string): boolean {
  return label.includes('${');
}

/**
 * Checks a label before it is used.
 *
 * @throws MetricMathError where a `${` begins nothing that is known, where there are more than five statistics, or
 *   `${LABEL}` stands twice
 */
export function checkLabel(label: string): void {
  let statisticCount = 0;
  let labelCount = 0;
  for (const { 1: name = '', 2: property, index } of label.matchAll(placeholder)) {
    const isStatistic = isLabelStatistic(name);
    if (!isStatistic && name !== 'LABEL' && !isProperty(property)) {
      throw new MetricMathError(
        `no value of dynamic labels begins here: they are like \${MAX} or \${PROP('Stat')}`,
        index,
      );
    }
    if (isStatistic) statisticCount++;
    if (name === 'LABEL') labelCount++;
    if (statisticCount > maxStatistics) {
      throw new MetricMathError(`a label has ${maxStatistics} statistical values at most`, index);
    }
    if (labelCount > 1) throw new MetricMathError(`a label has \${LABEL} once at most`, index);
  }
}

/**
 * A dynamic label with its values put in: `[max: ${MAX}] ${LABEL}`. Of a series without data points, statistics are `--`.
 * What is no known value stays as it is, see {@link checkLabel}.
 *
 * AWS does not publish how it writes values. Here numbers have three decimals at most, and three significant digits below
 * 1; moments are ISO 8601 in UTC; lengths of time are like `1d 2h 3m 4s`.
 *
 * Source: "Using dynamic labels", Amazon CloudWatch User Guide.
 */
export function applyLabel(label: string, series: TimeSeries, properties: LabelProperties): string {
  if (!isDynamicLabel(label)) return label;
  const statistic = labelStatistics(series, properties.now);
  return label.replace(placeholder, (text, name: string | undefined, property: string | undefined) => {
    if (isProperty(property)) return propertyOf(property, series, properties) ?? none;
    if (name === 'LABEL') return series.label;
    return name !== undefined && isLabelStatistic(name) ? (statistic(name) ?? none) : text;
  });
}

const propertyNames: ReadonlySet<string> = new Set([
  'AccountId',
  'AccountLabel',
  'MetricName',
  'Namespace',
  'Period',
  'Region',
  'Stat',
]);
const dimensionPrefix = 'Dim.';

function isProperty(name: string | undefined): name is string {
  return name !== undefined && (propertyNames.has(name) || name.startsWith(dimensionPrefix));
}

function propertyOf(name: string, { period }: TimeSeries, properties: LabelProperties): string | null | undefined {
  switch (name) {
    case 'AccountId':
      return properties.accountId;
    case 'AccountLabel':
      return properties.accountLabel;
    case 'MetricName':
      return properties.metricName;
    case 'Namespace':
      return properties.namespace;
    case 'Period':
      return String(period);
    case 'Region':
      return properties.region;
    case 'Stat':
      return properties.stat;
    default: {
      const dimensions = properties.dimensions ?? {};
      const dimension = name.slice(dimensionPrefix.length);
      return Object.hasOwn(dimensions, dimension) ? dimensions[dimension] : null;
    }
  }
}
