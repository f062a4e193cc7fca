// Tests run as the product runs: Node strips the types, nothing is transformed (workflow/DECISIONS.md).

/** Tests of a file run in random order; `TEST_SEED=… npm test` repeats one. The workers inherit it. */
process.env.TEST_SEED ??= String(Math.trunc(Math.random() * 1e6));
process.stderr.write(`TEST_SEED=${process.env.TEST_SEED}\n`);

/** @returns {import('jest').Config} */
const project = (name) => ({
  displayName: name,
  rootDir: import.meta.dirname,
  testMatch: [`<rootDir>/test/${name}/**/*.test.ts`],
  modulePathIgnorePatterns: ['<rootDir>/cdk.out', '<rootDir>/.slipway'],
  runner: 'jest-light-runner',
  setupFilesAfterEnv: ['<rootDir>/test/support/jest-native.ts'],
  transform: {},
});

const emulator = {
  ...project('emulator'),
  globalSetup: '<rootDir>/test/support/emulator-setup.ts',
  globalTeardown: '<rootDir>/test/support/emulator-teardown.ts',
};

const recovery = { ...project('recovery'), globalSetup: '<rootDir>/test/support/assembly.ts' };

export default {
  maxWorkers: '100%',
  projects: [...['unit', 'contract', 'protocol', 'infra'].map(project), emulator, recovery],
};
