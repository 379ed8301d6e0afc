import { GraphQLError, GraphQLScalarType, Kind, type ValueNode } from 'graphql';
import { GraphQLDateTime, GraphQLJSON } from 'graphql-scalars';

const accountIdPattern = /^[0-9]{12}$/;

function parseAccountId(value: unknown, node?: ValueNode): string {
  const nodes = node === undefined ? {} : { nodes: node };
  if (typeof value === 'number') {
    throw new GraphQLError(
      'an account id is a string of 12 digits: as a number it would lose its leading zeros',
      nodes,
    );
  }
  if (typeof value !== 'string' || !accountIdPattern.test(value)) {
    throw new GraphQLError('an account id is a string of exactly 12 digits', nodes);
  }
  return value;
}

/** The id of an AWS account, as a string of exactly 12 digits. */
export const AccountIdScalar = new GraphQLScalarType<string, string>({
  name: 'AccountId',
  description: 'The id of an AWS account: a string of exactly 12 digits, leading zeros included.',
  specifiedByURL: 'https://docs.aws.amazon.com/accounts/latest/reference/manage-acct-identifiers.html',
  // Stored ids were checked when they came in; what a record claims (such as `recipientAccountId`) is not of this type.
  serialize: (value) => parseAccountId(value),
  parseValue: (value) => parseAccountId(value),
  parseLiteral(node) {
    if (node.kind === Kind.INT || node.kind === Kind.FLOAT) return parseAccountId(Number(node.value), node);
    return parseAccountId(node.kind === Kind.STRING ? node.value : undefined, node);
  },
});

/** RFC 3339, in UTC; a `Date` inside the server. */
export const DateTimeScalar = GraphQLDateTime;

/** Any JSON value. */
export const JSONScalar = GraphQLJSON;
