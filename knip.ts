import type { KnipConfig } from 'knip';
import { stages } from './workflow/stages.ts';
import { functions } from './workflow/steps.ts';

const config: KnipConfig = {
  workspaces: {
    '.': {
      entry: [
        'infra/bin/slipway.ts',
        'infra/cli/main.ts',
        ...stages.map(({ name }) => `lambdas/stages/${name}.ts`),
        ...Object.values(functions).map(({ file }) => file),
        'app/src/server.ts',
        'app/test/*.ts',
        'test/*.mjs',
        'test/bench/crash.ts',
        'test/bench/permissions.ts',
        'test/bench/time.ts',
        'test/permissions.ts',
        'test/mutants.ts',
        'test/support/nearest-first.ts',
      ],
      project: [
        '{app,infra,lambdas,test,workflow}/**/*.{ts,mjs}',
        '!infra/local/**',
        '!test/support/protocol/small-app/**',
      ],
      ignoreDependencies: ['@swc/core', 'aws-cdk'],
      ignoreBinaries: ['buildah', 'ldd', 'skopeo', 'unshare'],
    },
    'infra/local': {
      entry: ['front-door/main.ts', 'front-door/cicd/docker-cli/main.ts'],
      project: ['**/*.ts'],
      ignoreDependencies: ['node'],
      ignoreBinaries: ['unshare'],
    },
  },
};

export default config;
