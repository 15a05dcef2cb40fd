import {writeFile} from 'node:fs/promises'
import {join} from 'node:path'
import {afterEach, beforeEach, describe, expect, test} from 'vitest'
import {describeWithFixtures} from '../support/fixtures.js'
import type {ErrorJson} from '../support/reports.js'
import {openSandbox, type Sandbox} from '../support/sandbox.js'
import {copyFixtures} from '../support/scene.js'

interface BenchJson {
  machine: {cpu: string; cores: number}
  commit: string | null
  results: {name: string; value: number; unit: string; peer: string | null; ratio: number | null; rounds: number}[]
}

let box: Sandbox
beforeEach(async () => {
  box = await openSandbox()
})
afterEach(() => box[Symbol.asyncDispose]())

const namesOf = ({results}: BenchJson): string[] => results.map(({name}) => name)

describe('bench', () => {
  test('startup compares this program with a bare node, in one document', async () => {
    const bench = await box.json<BenchJson>(['bench', 'startup', '--rounds', '1'])
    expect(bench.machine).toMatchObject({cpu: expect.any(String) as string, cores: expect.any(Number) as number})
    expect(namesOf(bench)).toEqual(['startup.version', 'startup.help'])
    expect(bench.results[0]).toMatchObject({unit: 'ms', peer: 'node -e 0', rounds: 1})
    expect(bench.results[0]?.ratio).toBeGreaterThan(0)
  })

  test('refuses a folder that says nothing of its pictures, and an unknown suite', async () => {
    const {error} = await box.json<ErrorJson>(['bench', 'search', '--media', box.media])
    expect(error).toMatchObject({code: 'USAGE', exitCode: 2, hint: expect.stringContaining('captions.json') as string})
    await writeFile(join(box.media, 'labels.json'), '[{"file": "gone.jpg", "objects": ["dog"]}]')
    expect((await box.json<ErrorJson>(['bench', 'search', '--media', box.media])).error.message).toContain('gone.jpg')
    expect(await box.run(['bench', 'everything'])).toMatchObject({exitCode: 2})
  })
})

describeWithFixtures('bench search', fixtures => {
  test('measures what is found in the pictures of a folder, and leaves the library alone', async () => {
    const files = ['000000022192.jpg', '000000022892.jpg', '000000557172.jpg']
    await copyFixtures(fixtures, box.media, Object.fromEntries(files.map(file => [file, `labelled-photos/${file}`])))
    const labels = files.map(file => ({file, objects: ['sink'], captions: ['a dog']}))
    await writeFile(join(box.media, 'labels.json'), JSON.stringify(labels))
    const bench = await box.json<BenchJson>(['bench', 'search', '--media', box.media, '--rounds', '1'])
    const value = (name: string): number | undefined => bench.results.find(result => result.name === name)?.value
    expect(namesOf(bench)).toEqual([
      'search.map',
      'tags.precision',
      'tags.recall',
      'search.recall1',
      'search.recall5',
      'search.recall10',
      'search.flat10k',
      'search.hnsw10k',
      'search.hnsw10kRecall',
    ])
    // The labels say that everything is a sink; one picture shows one.
    expect(value('tags.recall')).toBeCloseTo(1 / 3)
    // What else was seen there is not counted: nobody looked for it.
    expect(value('tags.precision')).toBe(1)
    expect(value('search.map')).toBeGreaterThan(0.3)
    expect(value('search.hnsw10kRecall')).toBeGreaterThan(0.9)
    expect(await box.json(['stats'])).toMatchObject({roots: 0})
  })
})
