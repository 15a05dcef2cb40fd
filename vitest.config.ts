import {defineConfig} from 'vitest/config'
import {BaseSequencer, type TestSpecification} from 'vitest/node'

/** Files that take long and are small. Without durations of an earlier run vitest begins with the largest: the last of these would be waited for alone. */
const LONG_AND_SMALL = ['together', 'demo', 'disk', 'scan-real-media', 'kills', 'bench', 'watch']

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const isLong = ({moduleId}: TestSpecification): boolean => LONG_AND_SMALL.some(name => moduleId.endsWith(`/${name}.test.ts`))
    const sorted = await super.sort(files)
    return [...sorted.filter(isLong), ...sorted.filter(file => !isLong(file))]
  }
}

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    testTimeout: 60_000,
    hookTimeout: 120_000,
    pool: 'forks',
    maxWorkers: 2,
    sequence: {sequencer: LongestFirst},
    // What is compiled is run as it is, by the tests and by oclif alike: one copy of each module.
    server: {deps: {external: [/\/dist\//]}},
    // What commands print in the process of the tests goes to its streams, where it is taken note of.
    disableConsoleIntercept: true,
  },
})
