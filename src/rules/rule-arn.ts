/** Stands where AWS has the account of a rule or a custom event, for what is Crosstrail's own. No account has this id. */
export const ownAccount = '000000000000';

/**
 * The name by which targets know a rule, in the form of AWS's. Rules here belong to no account and no region, so both
 * stand empty.
 */
export function ruleArn({ name, eventBusName }: { readonly name: string; readonly eventBusName: string }): string {
  const bus = eventBusName === 'default' ? '' : `${eventBusName}/`;
  return `arn:aws:events:::rule/${bus}${name}`;
}
