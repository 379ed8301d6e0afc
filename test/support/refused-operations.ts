/** Operations that the API refuses or that fail, with the code of their error: over every transport with the same words. */
export const failingOperations: readonly (readonly [string, string, Record<string, unknown>, string])[] = [
  ['no GraphQL', 'query {', {}, 'BAD_USER_INPUT'],
  ['two operations and no name', 'query A { whoami } query B { whoami }', {}, 'BAD_USER_INPUT'],
  ['an unknown field', '{ nothing }', {}, 'BAD_USER_INPUT'],
  ['an unknown argument of a subscription', 'subscription { ticked(x: 1) { cursor } }', {}, 'BAD_USER_INPUT'],
  ['too many tokens', `{ ${'whoami '.repeat(6_000)} }`, {}, 'COST_EXCEEDED'],
  [
    'too many levels',
    `{ items { nodes { ${'children { '.repeat(15)} number ${'}'.repeat(15)} } } }`,
    {},
    'COST_EXCEEDED',
  ],
  ['too many aliases', `{ ${Array.from({ length: 101 }, (_, n) => `a${n}: whoami`).join(' ')} }`, {}, 'COST_EXCEEDED'],
  [
    'too high a cost',
    '{ items(first: 1000) { nodes { children { children { children { number } } } } } }',
    {},
    'COST_EXCEEDED',
  ],
  [
    'too long a list',
    'query ($ids: [AccountId!]!) { ids(ids: $ids) }',
    { ids: Array(1_001).fill('111111111111') },
    'BAD_USER_INPUT',
  ],
  ['a text with NUL', 'query ($how: String!) { fail(how: $how) { number } }', { how: 'a\0b' }, 'BAD_USER_INPUT'],
  ['a variable of another type', 'query ($ids: [AccountId!]!) { ids(ids: $ids) }', { ids: ['x'] }, 'BAD_USER_INPUT'],
  ['too deep an argument', `{ ids(ids: ${'['.repeat(300)}${']'.repeat(300)}) }`, {}, 'BAD_USER_INPUT'],
  ['an input that the resolver refuses', '{ fail(how: "input") { number } }', {}, 'BAD_USER_INPUT'],
];
