import {join} from 'node:path'
import {execa} from 'execa'
import {afterEach, beforeEach, expect, test} from 'vitest'
import {describeWithFixtures} from '../support/fixtures.js'
import type {FileJson, HitJson} from '../support/reports.js'
import {openSandbox, type Sandbox} from '../support/sandbox.js'
import {copyFixtures, drawPicture} from '../support/scene.js'

interface HitWithParts extends HitJson {
  parts: {path: string; kind: string}[]
}

let box: Sandbox
beforeEach(async () => {
  box = await openSandbox()
})
afterEach(() => box[Symbol.asyncDispose]())

const at = (name: string): string => join(box.media, name)
async function search(...args: string[]): Promise<HitWithParts[]> {
  return (await box.json<{hits: HitWithParts[]}>(['search', '--lexical', ...args])).hits
}
const belongings = async (name: string): Promise<string[]> =>
  (await box.json<FileJson & {parts: string[]}>(['show', at(name)])).parts

async function record(name: string, seconds: number): Promise<void> {
  const ffmpeg = /from [^:]*: (.*ffmpeg\S*)$/m.exec((await box.run(['doctor'])).stdout)?.[1] ?? 'ffmpeg'
  await execa(ffmpeg, ['-f', 'lavfi', '-i', `color=red:s=64x64:d=${seconds}`, at(name)])
}

test('a live photo is one hit with its parts, and show lists them', async () => {
  await drawPicture(at('harbour.jpg'), 1)
  await record('harbour.mov', 2)
  await drawPicture(at('harbour tower.jpg'), 2)
  await box.run(['scan', box.media])
  const hits = await search('harbour')
  expect(hits.map(({path, parts}) => [path, parts])).toEqual(
    expect.arrayContaining([
      [at('harbour.jpg'), [{path: at('harbour.mov'), kind: 'video'}]],
      [at('harbour tower.jpg'), []],
    ]),
  )
  expect(hits).toHaveLength(2)
  expect((await box.run(['search', '--lexical', 'harbour'])).stdout).toContain('harbour.jpg +mov')
  expect(await belongings('harbour.mov')).toEqual([at('harbour.jpg')])
  expect((await box.run(['show', at('harbour.jpg')])).stdout).toMatch(/belongs with +.*harbour\.mov/)
  // Whoever asks for videos means the moving half.
  expect((await search('harbour', '--type', 'video')).map(hit => hit.path)).toEqual([at('harbour.mov')])
  expect(await search('harbour', '--limit', '2')).toHaveLength(2)
})

describeWithFixtures('a raw file', fixtures => {
  test('is part of the picture that was made from it', async () => {
    await copyFixtures(fixtures, box.media, {'DSC_harbour.nef': 'formats/Issue 247-1.nef'})
    await drawPicture(at('DSC_harbour.jpg'), 1)
    await box.run(['scan', box.media])
    const hits = await search('harbour')
    expect(hits.map(({path, parts}) => [path, parts])).toEqual([
      [at('DSC_harbour.jpg'), [{path: at('DSC_harbour.nef'), kind: 'photo'}]],
    ])
    expect(await belongings('DSC_harbour.jpg')).toEqual([at('DSC_harbour.nef')])
  })
})
