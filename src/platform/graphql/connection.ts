import 'reflect-metadata';
import { ArgsType, type ClassType, Field, Int, ObjectType } from 'type-graphql';
import type { CursorCodec } from '../../lib/cursor.js';
import { badInput } from '../errors.js';

export const defaultPageSize = 100;
export const maxPageSize = 1000;

/** Where a page lies in its list (Relay's Cursor Connections specification). */
@ObjectType({ simpleResolvers: true, description: 'Where a page lies in its list.' })
export class PageInfo {
  @Field(() => Boolean, { description: 'Whether more items follow this page.' })
  hasNextPage: boolean;

  @Field(() => Boolean, {
    description: 'Whether items precede this page. True for any page that was asked for with a cursor.',
  })
  hasPreviousPage: boolean;

  @Field(() => String, {
    nullable: true,
    description: 'The cursor of the first item, for `before`; null for an empty page.',
  })
  startCursor: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'The cursor of the last item, for `after`; null for an empty page.',
  })
  endCursor: string | null;
}

export interface Edge<T> {
  cursor: string;
  node: T;
}

/** One page of a list; a resolver may return any object of this shape. */
export interface Connection<T> {
  edges: Edge<T>[];
  nodes: T[];
  pageInfo: PageInfo;
  /** Called only when a client asks for it. */
  totalCount(): Promise<number>;
}

/**
 * The base class of a Relay connection. Extend it with the class that the schema shows, which may add fields:
 *
 * ```ts
 * @ObjectType({ simpleResolvers: true, description: 'A page of accounts.' })
 * export class AccountConnection extends connectionOf(Account, 'Account') {}
 * ```
 *
 * @param node the class of one item
 * @param name its GraphQL name; the edge is called `<name>Edge`
 */
export function connectionOf<T extends object>(node: ClassType<T>, name: string) {
  @ObjectType(`${name}Edge`, { simpleResolvers: true, description: `One ${name} of a page and its place in the list.` })
  class NodeEdge implements Edge<T> {
    @Field(() => String, { description: 'Its place in the list, for `after` and `before`.' })
    cursor: string;

    @Field(() => node, { description: `The ${name} itself.` })
    node: T;
  }

  @ObjectType(`${name}ConnectionBase`, { simpleResolvers: true, description: `A page of ${name} items.` })
  class NodeConnection implements Connection<T> {
    @Field(() => [NodeEdge], { description: 'The items of this page, each with its cursor.' })
    edges: NodeEdge[];

    @Field(() => [node], { description: 'The items of this page.' })
    nodes: T[];

    @Field(() => PageInfo, { description: 'Where this page lies in the list.' })
    pageInfo: PageInfo;

    // A resolver's plain object brings its own function, which type-graphql puts over this one.
    @Field(() => Int, {
      description: 'How many items the whole list has. Counted only when asked for.',
      complexity: 10,
    })
    totalCount(): Promise<number> {
      throw new Error(`the resolver of a ${name} connection gave no totalCount`);
    }
  }
  return NodeConnection;
}

/** `first` and `after` of a list that is read forwards. */
@ArgsType()
export class PageArgs {
  @Field(() => Int, {
    nullable: true,
    description: `How many items to return: 1 to ${maxPageSize}, ${defaultPageSize} when left out.`,
  })
  first?: number | null;

  @Field(() => String, {
    nullable: true,
    description: 'Return what follows this cursor: `endCursor` of the page before.',
  })
  after?: string | null;
}

/**
 * How many items a client asks for.
 *
 * @param argument the argument's name in the error
 * @throws BAD_USER_INPUT unless it is between 1 and 1000
 */
export function pageSize(first: number | null | undefined, argument = 'first'): number {
  if (first === null || first === undefined) return defaultPageSize;
  if (!Number.isInteger(first) || first < 1 || first > maxPageSize) {
    throw badInput(argument, `must be between 1 and ${maxPageSize}`);
  }
  return first;
}

/**
 * What a client's cursor stands for, or null where it gave none.
 *
 * @throws BAD_USER_INPUT for a cursor of another list, or one that was not made here
 */
export function decodeCursor(
  cursors: CursorCodec,
  kind: string,
  cursor: string | null | undefined,
  argument = 'after',
): (string | number | null)[] | null {
  if (cursor === null || cursor === undefined) return null;
  try {
    return cursors.decode(kind, cursor);
  } catch {
    throw badInput(argument, 'is not a cursor of this list; give back a cursor exactly as it was returned');
  }
}

/**
 * Makes a forward page.
 *
 * @param options.rows what was read: at most `first` + 1 rows, the last of which only tells that more follow
 * @param options.after whether a cursor was given
 */
export function pageOf<T>(options: {
  rows: readonly T[];
  first: number;
  after: boolean;
  cursorOf: (row: T) => string;
  totalCount: () => Promise<number>;
}): Connection<T> {
  const nodes = options.rows.slice(0, options.first);
  const edges = nodes.map((node) => ({ cursor: options.cursorOf(node), node }));
  return {
    edges,
    nodes,
    pageInfo: {
      hasNextPage: options.rows.length > options.first,
      hasPreviousPage: options.after,
      startCursor: edges[0]?.cursor ?? null,
      endCursor: edges.at(-1)?.cursor ?? null,
    },
    totalCount: options.totalCount,
  };
}
