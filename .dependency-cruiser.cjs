/**
 * Who may import whom (CONTRIBUTING.md, "Layers"). Parsed with swc: dependency-cruiser reads TypeScript up to 6 by
 * itself. To swc an `import type` is an import like any other, so the rules hold for types too.
 */

const { stages } = require('./workflow/stages.ts');
const { functions } = require('./workflow/steps.ts');

/** Files of ours; packages and Node's own modules are no layer. */
const ours = '^(app|infra|lambdas|test|workflow)/';

/** The file of every Lambda. */
const handlers = [
  ...stages.map(({ name }) => `lambdas/stages/${name}.ts`),
  ...Object.values(functions).map(({ file }) => file),
];

const errors = 'lambdas/errors.ts';
/** The contract of a kind: types, and what every kind shares. */
const contract = 'lambdas/resources/resource.ts';

/** What each layer may import besides itself, from the bottom up: CONTRIBUTING.md shows this table. */
const layers = {
  workflow: [],
  // The files that stand in no folder of it.
  lambdas: [],
  'lambdas/aws': ['workflow', errors],
  'lambdas/image': [errors],
  // Of workflow/ what a kind is told; the order of things is not for it.
  'lambdas/resources': [
    ...['config', 'documents', 'environments', 'names', 'stages', 'timings'].map((file) => `workflow/${file}.ts`),
    ...['lambdas/aws', 'lambdas/image', errors],
  ],
  'lambdas/engine': ['workflow', 'lambdas/aws', errors, 'lambdas/journal.ts', contract],
  'lambdas/store': ['workflow', 'lambdas/aws', errors, 'lambdas/journal.ts'],
  'lambdas/middleware': ['workflow', 'lambdas/aws', 'lambdas/engine', 'lambdas/store', errors, contract],
  'lambdas/approval': ['workflow', 'lambdas/aws', 'lambdas/store', 'lambdas/middleware', errors],
  'lambdas/events': ['workflow', 'lambdas/aws', 'lambdas/store', 'lambdas/middleware', errors],
  'lambdas/stages': ['workflow', 'lambdas/aws', 'lambdas/resources', 'lambdas/middleware', errors],
  'lambdas/steps': [
    ...['workflow', 'lambdas/aws', 'lambdas/image', 'lambdas/resources', 'lambdas/engine', 'lambdas/store'],
    ...['lambdas/middleware', errors],
  ],
  infra: ['workflow', 'lambdas/aws', 'lambdas/resources', 'lambdas/store', 'lambdas/middleware', errors],
  'infra/cli': [
    ...['workflow', 'lambdas/aws', 'lambdas/image', 'lambdas/store', errors, 'infra/local'],
    // doctor holds the account against the kinds' quotas.
    'lambdas/resources',
  ],
  'infra/local': [],
  app: [],
};

const pathOf = (name) => `^${name.replaceAll('.', '\\.')}${name.endsWith('.ts') ? '$' : '/'}`;
/** A folder without the layers inside it. */
const own = (name) => ({ infra: '^infra/(?!cli/|local/)', lambdas: '^lambdas/[^/]+$' })[name] ?? pathOf(name);

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    ...Object.entries(layers).map(([name, allowed]) => ({
      name: `layer-${name}`,
      comment: allowed.length === 0 ? 'It stands alone' : `It may import ${allowed.join(', ')}`,
      severity: 'error',
      from: { path: own(name) },
      to: { path: ours, pathNot: [own(name), ...allowed.map(pathOf)] },
    })),
    {
      name: 'nobody-imports-a-handler',
      comment: 'What two of them need stands beside them, or in workflow/documents.ts',
      severity: 'error',
      from: { path: '^lambdas/' },
      to: { path: handlers.map(pathOf) },
    },
    {
      name: 'workflow-calls-nobody',
      severity: 'error',
      from: { path: '^workflow/' },
      to: { path: '^node_modules/@aws-sdk/' },
    },
    {
      name: 'the-local-cloud-has-one-entry-point',
      comment: 'Its own tests look behind it',
      severity: 'error',
      from: { pathNot: '^(infra/local|test/(unit/infra|infra|emulator)/local)/' },
      to: { path: '^infra/local/', pathNot: '^infra/local/index\\.ts$' },
    },
    {
      name: 'docker-of-a-build-starts-fast',
      comment: 'A build starts it a dozen times; the SDK costs 0.6 s of CPU each time',
      severity: 'error',
      from: { path: '^infra/local/front-door/cicd/docker-cli/' },
      to: { path: 'node_modules/@aws-sdk/', reachable: true },
    },
    {
      name: 'nobody-imports-tests',
      severity: 'error',
      from: { pathNot: '^(test|app/test)/' },
      to: { path: '^(test|app/test)/' },
    },
    {
      name: 'production-needs-no-development-package',
      comment: 'Nor do `deploy` and `up`',
      severity: 'error',
      from: { path: '^(infra|lambdas|workflow)/' },
      to: { dependencyTypes: ['npm-dev'], pathNot: '/@types/' },
    },
    {
      name: 'no-cycles',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'everything-resolves',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true, pathNot: '^(node:|aws-lambda$)' },
    },
  ],
  options: {
    parser: 'swc',
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^(node_modules/.*/node_modules|cdk\\.out|\\.slipway)' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'require', 'node', 'default'] },
  },
};
