import {readFile, rm, truncate, writeFile} from 'node:fs/promises'
import {join} from 'node:path'
import {afterAll, beforeAll, describe, expect, test} from 'vitest'
import {embedders} from '../../../dist/adapters/embedder/index.js'
import {openPictureDecoder} from '../../../dist/adapters/pictures/picture-decoder.js'
import type {Pixels} from '../../../dist/domain/media.js'
import type {Embedder} from '../../../dist/domain/ports/embedder.js'
import {dot} from '../../../dist/domain/vectors.js'
import {describeWithFixtures} from '../../support/fixtures.js'
import {JOINT_MANIFEST, makeJointModel} from '../../support/joint-model.js'

const JPEG = {kind: 'photo', format: 'jpeg', mime: 'image/jpeg'} as const
const DOG_AND_BED = '000000022192.jpg'
const OVEN = '000000000802.jpg'

describeWithFixtures('every embedder', fixtures => {
  const pictures = openPictureDecoder({modelDecodes: 2})
  const photo = async (embedder: Embedder, name: string): Promise<Pixels> =>
    pictures.decode(join(fixtures, 'media/labelled-photos', name), JPEG, embedder.pictureRule)

  describe.each(Object.entries(embedders))('%s', (name, entry) => {
    let modelFolder: string | undefined
    let embedder: Embedder

    beforeAll(async () => {
      if (name === 'dual-encoder') modelFolder = await makeJointModel(fixtures)
      embedder = await (await entry.load()).open({modelFolder, threads: 2})
    })
    afterAll(async () => {
      await embedder[Symbol.asyncDispose]()
      if (modelFolder !== undefined) await rm(modelFolder, {recursive: true})
    })

    test('gives a unit vector a text, in order, the same alone and in company', async () => {
      const texts = ['a dog', 'a photo of a kitchen', 'voiture rouge', '犬 🐕', '']
      const together = await embedder.embedTexts(texts)
      expect(together).toHaveLength(texts.length)
      for (const [i, vector] of together.entries()) {
        expect(vector).toHaveLength(embedder.space.dimension)
        expect(dot(vector, vector)).toBeCloseTo(1, 4)
        const [alone] = await embedder.embedTexts([texts[i] as string])
        expect(dot(vector, alone as Float32Array)).toBeGreaterThan(0.9999)
      }
    })

    test('places what means the same closer than what does not', async () => {
      const [dog, puppy, invoice] = (await embedder.embedTexts(['a dog', 'a small puppy', 'a tax invoice'])) as [
        Float32Array,
        Float32Array,
        Float32Array,
      ]
      expect(dot(dog, puppy)).toBeGreaterThan(dot(dog, invoice))
    })

    test('takes a text of any length', async () => {
      const [vector] = await embedder.embedTexts(['word '.repeat(5000)])
      expect(dot(vector as Float32Array, vector as Float32Array)).toBeCloseTo(1, 4)
    })

    test('places pictures by their texts', async () => {
      const [dog, oven] = await embedder.embedPictures([await photo(embedder, DOG_AND_BED), await photo(embedder, OVEN)])
      const [dogText, ovenText] = (await embedder.embedTexts(['a photo of a dog', 'a photo of an oven'])) as [
        Float32Array,
        Float32Array,
      ]
      const [dogVector, ovenVector] = [dog?.vector as Float32Array, oven?.vector as Float32Array]
      expect(dot(dogVector, dogVector)).toBeCloseTo(1, 4)
      expect(dot(dogVector, dogText)).toBeGreaterThan(dot(ovenVector, dogText))
      expect(dot(ovenVector, ovenText)).toBeGreaterThan(dot(dogVector, ovenText))
    })

    test('stops at once where it is cancelled', async () => {
      const pixels = await photo(embedder, OVEN)
      await expect(embedder.embedTexts(['a'], {signal: AbortSignal.abort()})).rejects.toThrow(
        expect.objectContaining({code: 'CANCELLED'}) as Error,
      )
      const stop = new AbortController()
      const running = embedder.embedPictures([pixels, pixels, pixels], {signal: stop.signal})
      stop.abort()
      await expect(running).rejects.toThrow(expect.objectContaining({code: 'CANCELLED'}) as Error)
    })

    test('rejects after it was closed', async () => {
      const other = await (await entry.load()).open({modelFolder, threads: 2})
      await other[Symbol.asyncDispose]()
      await expect(other.embedTexts(['a'])).rejects.toThrow(expect.objectContaining({code: 'BACKEND_UNAVAILABLE'}) as Error)
    })
  })

  test('the starter tells what it saw and how sure it is', async () => {
    await using embedder = await (await embedders.starter.load()).open()
    const [seen] = await embedder.embedPictures([await photo(embedder, OVEN)])
    expect(seen?.detections.slice(0, 2)).toMatchObject([{label: 'refrigerator'}, {label: 'oven'}])
    for (const {score, box} of seen?.detections ?? []) {
      for (const value of [score, ...box]) expect(value >= 0 && value <= 1).toBe(true)
    }
  })

  test('the starter places a picture in which it sees nothing nowhere', async () => {
    await using embedder = await (await embedders.starter.load()).open()
    const [nothing] = await embedder.embedPictures([{width: 512, height: 512, data: new Uint8Array(512 * 512 * 3).fill(128)}])
    expect(nothing?.detections).toEqual([])
    expect(nothing?.vector.every(value => value === 0)).toBe(true)
  })

  test('a dual encoder reaches the retrieval that its makers measured', async () => {
    const modelFolder = await makeJointModel(fixtures)
    await using embedder = await (await embedders['dual-encoder'].load()).open({modelFolder, threads: 2})
    const folder = join(fixtures, 'media/captioned-photos')
    const items = JSON.parse(await readFile(join(folder, 'captions.json'), 'utf8')) as {file: string; captions: string[]}[]
    const pixels = await Promise.all(items.map(item => pictures.decode(join(folder, item.file), JPEG, embedder.pictureRule)))
    const placed = await embedder.embedPictures(pixels)
    let [atFirst, amongTen, asked] = [0, 0, 0]
    for (const [i, {captions}] of items.entries()) {
      for (const text of await embedder.embedTexts(captions)) {
        const own = dot(text, placed[i]?.vector as Float32Array)
        const better = placed.filter(({vector}) => dot(text, vector) > own).length
        asked++
        if (better < 1) atFirst++
        if (better < 10) amongTen++
      }
    }
    expect(Math.abs(atFirst / asked - 0.297)).toBeLessThan(0.01)
    expect(Math.abs(amongTen / asked - 0.8)).toBeLessThan(0.01)
    await rm(modelFolder, {recursive: true})
  })

  test.each([
    ['without a folder', () => Promise.resolve(undefined), 'CONFIG_INVALID'],
    ['in an empty folder', () => Promise.resolve(join(fixtures, 'media')), 'MODEL_MISSING'],
    [
      'whose manifest leaves its folder',
      () => makeJointModel(fixtures, {...JOINT_MANIFEST, text: {...JOINT_MANIFEST.text, file: '../x.onnx'}}),
      'CONFIG_INVALID',
    ],
    ['whose manifest is half there', () => makeJointModel(fixtures, {name: 'x'}), 'CONFIG_INVALID'],
    [
      'whose file is cut off',
      async () => {
        const folder = await makeJointModel(fixtures)
        await truncate(join(folder, 'text_encoder.onnx'), 5000)
        return folder
      },
      'MODEL_INVALID',
    ],
    ['whose vectors are of another size', () => makeJointModel(fixtures, {...JOINT_MANIFEST, dimension: 256}), 'CONFIG_INVALID'],
    [
      'whose manifest is no JSON',
      async () => {
        const folder = await makeJointModel(fixtures)
        await writeFile(join(folder, 'model.json'), '{')
        return folder
      },
      'CONFIG_INVALID',
    ],
  ])('a dual encoder %s says what is wrong', async (_, make, code) => {
    const modelFolder = await make()
    const use = async (): Promise<unknown> => {
      await using embedder = await (await embedders['dual-encoder'].load()).open({modelFolder, threads: 2})
      return await embedder.embedTexts(['a dog'])
    }
    await expect(use()).rejects.toThrow(expect.objectContaining({code}) as Error)
  })
})
