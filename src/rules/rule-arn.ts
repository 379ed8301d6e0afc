/**
 * The name by which targets know a rule, in the form of AWS's. Rules here belong to no account and no region, so both
 * stand empty.
 */
export function ruleArn({ name, eventBusName }: { readonly name: string; readonly eventBusName: string }): string {
  const bus = eventBusName === 'default' ? '' : `${eventBusName}/`;
  return `arn:aws:events:::rule/${bus}${name}`;
}
