/**
 * Who may import whom (CONTRIBUTING.md, "Layers"). Parsed with swc: dependency-cruiser reads TypeScript up to 6 by
 * itself. To swc an `import type` is an import like any other, so the rules hold for types too.
 */

/** Files of ours; packages and Node's own modules are no layer. */
const ours = '^(app|infra|lambdas|test|workflow)/';

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    {
      name: 'workflow-is-pure',
      comment: 'What happens, in which order: imports nothing of ours from elsewhere',
      severity: 'error',
      from: { path: '^workflow/[^/]+$' },
      to: { path: ours, pathNot: '^workflow/[^/]+$' },
    },
    {
      name: 'workflow-calls-nobody',
      comment: 'Nothing of workflow/ but the command line talks to AWS',
      severity: 'error',
      from: { path: '^workflow/[^/]+$' },
      to: { path: '^node_modules/@aws-sdk/' },
    },
    {
      name: 'resources-reach-aws-only',
      comment: 'A kind knows configuration, names and how to reach AWS; the engine, the store and the stages know it',
      severity: 'error',
      from: { path: '^lambdas/resources/' },
      to: {
        path: ours,
        pathNot: [
          '^workflow/(config|documents|environments|names|stages)\\.ts$',
          '^lambdas/(aws|image|resources)/',
          '^lambdas/errors\\.ts$',
        ],
      },
    },
    {
      name: 'engine-knows-no-kind',
      comment: 'The drivers work on the interface',
      severity: 'error',
      from: { path: '^lambdas/engine/' },
      to: { path: '^lambdas/resources/', pathNot: '^lambdas/resources/resource\\.ts$' },
    },
    {
      name: 'engine-stores-nothing',
      comment: 'What it needs to remember is an interface of its own (Journal)',
      severity: 'error',
      from: { path: '^lambdas/(engine|image|resources)/' },
      to: { path: '^lambdas/(approval|middleware|stages|store)/' },
    },
    {
      name: 'lambdas-know-no-infra',
      comment: 'Lambdas run on AWS as they run here',
      severity: 'error',
      from: { path: '^lambdas/' },
      to: { path: '^(infra|infra/cli|app)/' },
    },
    {
      name: 'only-the-command-line-starts-a-local-cloud',
      comment: 'No production code knows that there is one (workflow/DECISIONS.md)',
      severity: 'error',
      from: { pathNot: '^(infra/local|infra/cli|test)/' },
      to: { path: '^infra/local/' },
    },
    {
      name: 'the-local-cloud-stands-alone',
      comment: 'A test instrument that shares code with what it tests proves less; it is a package of its own',
      severity: 'error',
      from: { path: '^infra/local/' },
      to: { path: ours, pathNot: '^infra/local/' },
    },
    {
      name: 'the-local-cloud-has-one-entry-point',
      comment: 'Its own tests look behind it',
      severity: 'error',
      from: { pathNot: '^(infra/local|test/(unit/infra|emulator)/local)/' },
      to: { path: '^infra/local/', pathNot: '^infra/local/index\\.ts$' },
    },
    {
      name: 'infra-is-for-the-app-and-tests',
      comment: 'Nobody imports the stack but its own entry point and the tests',
      severity: 'error',
      from: { path: '^workflow/' },
      to: { path: '^infra/(?!local/)' },
    },
    {
      name: 'the-app-stands-alone',
      comment: 'It is built into an image from its own folder',
      severity: 'error',
      from: { path: '^app/' },
      to: { path: '^(infra|lambdas|test|workflow)/' },
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
