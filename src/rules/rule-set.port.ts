/** What a rule does of an event before a target gets it; none of the three: nothing. */
export interface TargetInputSettings {
  readonly input: string | null;
  readonly inputPath: string | null;
  readonly inputTransformer: {
    readonly inputPathsMap: Readonly<Record<string, string>> | null;
    readonly inputTemplate: string;
  } | null;
}

/** A rule that is enabled and has a pattern, with its targets. Plain data: it is handed between threads. */
export interface RuleDefinition {
  readonly id: string;
  readonly name: string;
  readonly eventBusName: string;
  /** JSON text. */
  readonly eventPattern: string;
  /** Whose events it sees; null: every account's. */
  readonly accountIds: readonly string[] | null;
  /** What its deliveries name these accounts by; null: every account. */
  readonly reachId: string | null;
  /** Events that come in later than this after they happened pass it by; null: none does. */
  readonly maxEventAgeSeconds: number | null;
  readonly targets: readonly (TargetInputSettings & { readonly id: string; readonly targetId: string })[];
}

export interface RuleSet {
  /** Another with each change of a rule. */
  readonly version: string;
  /** By name. */
  readonly rules: readonly RuleDefinition[];
}
