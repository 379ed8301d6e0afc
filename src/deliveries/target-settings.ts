import { chosenAccounts } from '../access/chosen-accounts.js';
import type { AccountScope } from '../access/scope.js';
import { badInput } from '../platform/errors.js';
import type { TargetType } from './target.entity.js';
import type { PutTargetInput } from './target.inputs.js';
import type { TargetRow } from './target.store.js';
import type { TargetRules } from './target-kind.js';
import { parseTarget } from './targets/registry.js';

/** A target with its secrets opened. */
export type OpenTarget = Omit<TargetRow, 'secrets'> & { readonly secrets: object };

const defaults = { ordered: false, maxConcurrency: 8, maxAgeSeconds: 86_400, timeoutSeconds: 10 };
const maxDescription = 512;

/**
 * What a user gave, once it is known to be sound.
 *
 * @param known what is there by this name, if anything: what is left out stays as it was
 */
export function parseTargetInput(
  input: PutTargetInput,
  known: OpenTarget | null,
  rules: TargetRules,
  scope: AccountScope,
): OpenTarget & { readonly newSecret?: string } {
  const type = input.type ?? known?.type;
  if (!type) throw badInput('input.type', 'is needed for a new target');
  if (!/^[._\-A-Za-z0-9]{1,64}$/.test(input.name)) {
    throw badInput('input.name', 'must be 1 to 64 letters, digits or characters of ._-');
  }
  if ((input.description?.length ?? 0) > maxDescription) {
    throw badInput('input.description', `has more than ${maxDescription} characters`);
  }
  // Of another kind nothing is taken over.
  const sameKind = known?.type === type ? known : null;
  return {
    name: input.name,
    type,
    description: input.description === undefined ? (known?.description ?? null) : input.description,
    accountIds: parseReach(input.accountIds, known, scope),
    ordered: kept('ordered', input, known) ?? defaults.ordered,
    maxConcurrency: within('maxConcurrency', kept('maxConcurrency', input, known), 1, 32),
    maxAgeSeconds: within('maxAgeSeconds', kept('maxAgeSeconds', input, known), 60, 1_209_600),
    timeoutSeconds: within('timeoutSeconds', kept('timeoutSeconds', input, known), 1, 30),
    ...parseTarget(type as TargetType, input, sameKind, rules),
  };
}

/** Null takes away what there was. */
function kept<Field extends keyof typeof defaults>(
  field: Field,
  input: PutTargetInput,
  known: OpenTarget | null,
): OpenTarget[Field] | null | undefined {
  return input[field] === undefined ? known?.[field] : (input[field] as OpenTarget[Field] | null);
}

function within(
  field: 'maxConcurrency' | 'maxAgeSeconds' | 'timeoutSeconds',
  given: number | null | undefined,
  least: number,
  most: number,
): number {
  const value = given ?? defaults[field];
  if (value < least || value > most) throw badInput(`input.${field}`, `must be between ${least} and ${most}`);
  return value;
}

function parseReach(
  given: readonly string[] | null | undefined,
  known: OpenTarget | null,
  scope: AccountScope,
): readonly string[] | null {
  if (given === undefined && known !== null) return known.accountIds;
  return chosenAccounts('input.accountIds', given, scope);
}
