import {existsSync} from 'node:fs'
import {join, resolve} from 'node:path'
import {describe} from 'vitest'

/** The one place that knows where the test data is: `MEDIAFORGE_FIXTURES`, or `shared/fixtures` beside the checkout. */
const folder = resolve(process.env.MEDIAFORGE_FIXTURES ?? join(import.meta.dirname, '../../../shared/fixtures'))

const fixtures: string | null = existsSync(folder) ? folder : null

/** A `describe` that needs the test data; where it is absent the block is skipped and its name says why. */
export function describeWithFixtures(name: string, body: (fixtures: string) => void): void {
  if (fixtures === null) describe.skip(`${name} (skipped: no test data at ${folder}; set MEDIAFORGE_FIXTURES)`, () => body(''))
  else describe(name, () => body(folder))
}
