/** A metric math expression whose syntax was found right. What its ids stand for is not known to it. */
export interface MathExpression {
  readonly text: string;
  readonly root: MathNode;
  /** Ids of other queries, each place by itself, in the order of the text. */
  readonly references: readonly Reference[];
  /** Whether `METRICS` is called, which stands for metrics that are not named. */
  readonly usesMetrics: boolean;
  readonly searches: readonly SearchCall[];
  /** `ANOMALY_DETECTION_BAND` calls; AWS allows one in an expression. */
  readonly bands: readonly BandCall[];
}

export interface Reference {
  readonly id: string;
  readonly position: number;
}

/** `SEARCH('{AWS/EC2,InstanceId} CPUUtilization', 'Average', 300)` */
export interface SearchCall {
  /** The search expression, for `parseMetricSearch`, which has taken it already. */
  readonly search: string;
  /** `Average`, `p99`; not checked here. */
  readonly stat: string;
  /** Seconds; null where the call leaves it to the query. */
  readonly period: number | null;
  readonly position: number;
}

/** `ANOMALY_DETECTION_BAND(m1, 2)`: the band is that of the query `id`. */
export interface BandCall {
  readonly id: string;
  readonly position: number;
}

export type ArithmeticOperator = '+' | '-' | '*' | '/' | '^';
export type LogicalOperator = '==' | '!=' | '<=' | '>=' | '<' | '>' | '&&' | '||';
export type MathOperator = ArithmeticOperator | LogicalOperator;

/** `position` is where the text of the node begins; that of an operation is its operator. */
export type MathNode = { readonly position: number } & (
  | { readonly type: 'number'; readonly value: number }
  | { readonly type: 'reference'; readonly id: string }
  /** A bare word in capitals that an argument may be: `REPEAT`, `DESC`, `AVG`. */
  | { readonly type: 'keyword'; readonly name: string }
  | { readonly type: 'string'; readonly text: string }
  | { readonly type: 'array'; readonly elements: readonly MathNode[] }
  | { readonly type: 'negation'; readonly operand: MathNode }
  | { readonly type: 'operation'; readonly operator: MathOperator; readonly left: MathNode; readonly right: MathNode }
  | { readonly type: 'call'; readonly name: string; readonly arguments: readonly MathNode[] }
  /** `idPart` null is `METRICS()`. */
  | { readonly type: 'metrics'; readonly idPart: string | null }
  | { readonly type: 'search'; readonly call: SearchCall }
  | { readonly type: 'band'; readonly id: string; readonly deviations: MathNode | null }
);
