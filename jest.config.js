/** @type {import('jest').Config} */
const shared = {
  transform: {
    '^.+\\.(ts|js|mjs)$': [
      '@swc/jest',
      { jsc: { target: 'es2024', parser: { syntax: 'typescript' } }, module: { type: 'commonjs' } },
    ],
  },
  // Packages that ship ES modules only; jest runs CommonJS.
  transformIgnorePatterns: [
    '/node_modules/(?!(@commander-js|@middy|escape-goat|commander|log-update|ansi-escapes|cli-cursor|slice-ansi|strip-ansi|wrap-ansi|ansi-styles|ansi-regex|string-width|is-fullwidth-code-point|get-east-asian-width|restore-cursor|onetime|mimic-function|environment)/)',
  ],
  testEnvironment: 'node',
  modulePathIgnorePatterns: ['<rootDir>/cdk.out', '<rootDir>/.slipway'],
};
const project = (name) => ({
  ...shared,
  displayName: name,
  rootDir: import.meta.dirname,
  testMatch: [`<rootDir>/test/${name}/**/*.test.ts`],
});

const emulator = {
  ...project('emulator'),
  globalSetup: '<rootDir>/test/support/emulator-setup.ts',
  globalTeardown: '<rootDir>/test/support/emulator-teardown.ts',
};

export default { projects: [...['unit', 'contract', 'infra'].map(project), emulator], randomize: true };
