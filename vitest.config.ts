import {defineConfig} from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    testTimeout: 60_000,
    hookTimeout: 120_000,
    pool: 'forks',
    maxWorkers: 2,
    // What is compiled is run as it is, by the tests and by oclif alike: one copy of each module.
    server: {deps: {external: [/\/dist\//]}},
    // What commands print in the process of the tests goes to its streams, where it is taken note of.
    disableConsoleIntercept: true,
  },
})
