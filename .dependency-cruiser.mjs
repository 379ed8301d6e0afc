/**
 * The rules of who may import whom. `scripts/check-imports.mjs` holds the code against them; a test plants a violation
 * of each and requires that it is found.
 */

/** The rooms of src in import order: a room may import only those before it. */
const rooms = [
  'lib',
  'formats',
  'patterns',
  'platform',
  'access',
  'accounts',
  'sources',
  'events',
  'metrics',
  'deliveries',
  'alarms',
  'rules',
  'ingest',
  'api',
  'demo',
  'cli',
];

/** Foundations, imported by the file; the other rooms have doors. */
const foundations = ['lib', 'formats', 'patterns', 'platform', 'access'];
const withDoors = rooms.filter((room) => !foundations.includes(room));
const pure = ['lib', 'formats', 'patterns'];

/** What one room may import of another. */
const doors = ['service', 'port', 'entity', 'inputs', 'job', 'topics'];

/** @param {string[]} names */
const anyOf = (names) => `(${names.join('|')})`;
const tests = '\\.test\\.ts$';

/** @type {import('dependency-cruiser').IForbiddenRuleType[]} */
const order = rooms.slice(0, -1).map((room, index) => ({
  name: `order-${room}`,
  comment: `${room}/ may import only ${rooms.slice(0, index).join(', ') || 'itself'}.`,
  severity: 'error',
  from: { path: `^src/${room}/`, pathNot: tests },
  to: { path: `^src/${anyOf(rooms.slice(index + 1))}/` },
}));

/** @type {import('dependency-cruiser').IForbiddenRuleType[]} */
export const forbidden = [
  ...order,
  {
    name: 'known-rooms',
    comment: 'A new room takes its place in the list of .dependency-cruiser.mjs and in docs/architecture.md.',
    severity: 'error',
    from: { path: '^src/[^/]+/', pathNot: `^src/${anyOf(rooms)}/` },
    to: {},
  },
  {
    name: 'root-files',
    comment: 'app.ts joins the rooms and cli/ commands the app: no other room may know them or the configuration.',
    severity: 'error',
    from: { path: '^src/[^/]+/', pathNot: `^src/cli/|${tests}` },
    to: { path: '^src/[^/]+\\.ts$' },
  },
  {
    name: 'app-below-cli',
    comment: 'app.ts and config.ts work without a command line; cli/app.ts says what that asks of the app.',
    severity: 'error',
    from: { path: '^src/(app|config)\\.ts$' },
    to: { path: '^src/(cli/|main\\.ts$)', pathNot: '^src/cli/app\\.ts$' },
  },
  {
    name: 'doors',
    comment: `A room is entered through its ${doors.map((door) => `*.${door}`).join(', ')} files, and wired through its index.`,
    severity: 'error',
    from: { path: `^src/${anyOf(rooms)}/`, pathNot: `^src/(cli|demo)/|${tests}` },
    to: {
      path: `^src/${anyOf(withDoors)}/`,
      // $1: the room that imports, which knows its own files.
      pathNot: `^src/$1/|\\.${anyOf(doors)}\\.ts$`,
    },
  },
  {
    name: 'no-cycles',
    comment: 'Modules that import each other cannot be read or tested alone.',
    severity: 'error',
    from: {},
    to: { circular: true },
  },
  {
    name: 'no-orphans',
    comment: 'A module that nobody imports and that imports nothing is dead.',
    severity: 'error',
    from: { orphan: true, path: '^(src|bench|test)/', pathNot: [tests, '\\.d\\.ts$'] },
    to: {},
  },
  {
    name: 'pure-core',
    comment:
      'Decoding, patterns and decisions are functions of their arguments: no files, no network, no clock of their own.',
    severity: 'error',
    from: { path: `^src/${anyOf(pure)}/`, pathNot: tests },
    to: {
      dependencyTypes: ['core'],
      pathNot: '^(node:)?(buffer|crypto|events|stream|stream/promises|string_decoder|util|zlib)$',
    },
  },
  {
    name: 'environment',
    comment: 'Only src/config.ts reads the environment.',
    severity: 'error',
    from: { path: '^src/', pathNot: '^src/config\\.ts$' },
    to: { path: '^(node:)?process$' },
  },
  {
    name: 'not-to-test',
    comment: 'What ships knows nothing of the tests.',
    severity: 'error',
    from: { path: '^(src|migrations|bench)/', pathNot: tests },
    to: { path: `^test/|${tests}` },
  },
  {
    name: 'not-to-tests',
    comment: 'A test is no module; what tests share lives in test/support.',
    severity: 'error',
    from: {},
    to: { path: tests },
  },
  {
    name: 'not-to-dev-package',
    comment:
      'A package that src imports at run time belongs in "dependencies". (GraphiQL is bundled when it is built.)',
    severity: 'error',
    from: { path: '^(src|migrations)/', pathNot: [tests, '^src/api/graphiql/'] },
    to: { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['type-only'], pathNot: '@types/' },
  },
  {
    name: 'not-to-undeclared-package',
    comment: 'A package that is imported is named in package.json.',
    severity: 'error',
    from: {},
    to: { dependencyTypes: ['npm-no-pkg', 'npm-unknown'] },
  },
  {
    name: 'resolvable',
    comment: 'Each import must be found.',
    severity: 'error',
    from: {},
    to: { couldNotResolve: true },
  },
];

/** @type {import('dependency-cruiser').ICruiseOptions} */
export const options = {
  doNotFollow: { path: 'node_modules' },
  exclude: { path: '^bench/peers/' },
  // Types count: a room that knows another's types knows the room.
  tsPreCompilationDeps: true,
  enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['types', 'import', 'node', 'default'] },
};
