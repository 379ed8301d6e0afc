import { type ASTVisitor, type DirectiveNode, GraphQLError, type ValidationContext } from 'graphql';
import { badInput } from '../platform/errors.js';

/** A subscription has one field, and that one always: graphql-js 16 fails where it is skipped, which later ones refuse. */
export function subscriptionRule(context: ValidationContext): ASTVisitor {
  function check({ directives = [] }: { readonly directives?: readonly DirectiveNode[] | undefined }): void {
    if (context.getParentType() !== context.getSchema().getSubscriptionType()) return;
    const [directive] = directives.filter(({ name: { value } }) => value === 'skip' || value === 'include');
    if (directive === undefined) return;
    const error = badInput(`@${directive.name.value}`, 'cannot stand at the field of a subscription');
    context.reportError(new GraphQLError(error.message, { nodes: directive, originalError: error }));
  }
  return { Field: check, FragmentSpread: check, InlineFragment: check };
}
