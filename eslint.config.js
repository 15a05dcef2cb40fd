import {defineConfig, globalIgnores} from 'eslint/config'
import tseslint from 'typescript-eslint'

// `== null` asks for null and undefined at once, and is the one use of `==`.
const eqeqeq = ['error', 'always', {null: 'ignore'}]
const sizes = {'max-lines': ['error', {max: 500}]}

export default defineConfig(
  globalIgnores(['dist/', 'node_modules/', 'coverage/', 'native/*/build/']),
  {linterOptions: {reportUnusedDisableDirectives: 'error'}},
  {
    files: ['src/**/*.ts', 'test/**/*.ts', 'vitest.config.ts'],
    extends: [tseslint.configs.recommendedTypeChecked],
    languageOptions: {
      parserOptions: {project: ['tsconfig.json', 'test/tsconfig.json'], tsconfigRootDir: import.meta.dirname},
    },
    rules: {
      ...sizes,
      eqeqeq,
      'no-console': 'error',
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      '@typescript-eslint/consistent-type-imports': ['error', {fixStyle: 'inline-type-imports'}],
      '@typescript-eslint/no-non-null-assertion': 'error',
      '@typescript-eslint/no-unnecessary-condition': 'error',
      '@typescript-eslint/no-import-type-side-effects': 'error',
      '@typescript-eslint/prefer-readonly': 'error',
      '@typescript-eslint/return-await': ['error', 'error-handling-correctness-only'],
      '@typescript-eslint/require-await': 'off',
      // Ports are objects made by functions: their methods close over what they need and know no `this`.
      '@typescript-eslint/unbound-method': 'off',
    },
  },
  {
    // vitest's asymmetric matchers, such as expect.any(), are typed `any`.
    files: ['test/**/*.ts'],
    rules: {'@typescript-eslint/no-unsafe-assignment': 'off'},
  },
  {
    // These are run by Node as they are, so there are no types to look at.
    files: ['bin/**/*.js', 'scripts/**/*.mjs', '*.js', '*.cjs'],
    extends: [tseslint.configs.recommended],
    rules: {...sizes, eqeqeq, 'prefer-const': 'error'},
  },
)
