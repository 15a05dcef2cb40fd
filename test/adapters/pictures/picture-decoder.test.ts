import {mkdtemp, readdir, readFile, rm, writeFile} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {crc32, deflateSync} from 'node:zlib'
import sharp, {type Sharp} from 'sharp'
import {afterAll, beforeAll, describe, expect, test} from 'vitest'
import {openFileSystem} from '../../../dist/adapters/files/file-system.js'
import {openPictureDecoder} from '../../../dist/adapters/pictures/picture-decoder.js'
import type {FileFormat} from '../../../dist/domain/media.js'
import {describeWithFixtures} from '../../support/fixtures.js'
import {cr3With, rafWith, rawWith} from '../../support/raw-file.js'

const decoder = openPictureDecoder({modelDecodes: 2})
const format = (name: string): FileFormat => ({kind: 'photo', format: name, mime: `image/${name}`})
const RULE = {width: 64, height: 64, fit: 'fill'} as const
const failure = (code: string): Error => expect.objectContaining({code}) as Error

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mediaforge-pictures-'))
})
afterAll(() => rm(folder, {recursive: true}))

/** The correlation of two pictures' bytes: 1 for the same scene. */
function correlation(a: Uint8Array, b: Uint8Array): number {
  const mean = (values: Uint8Array): number => values.reduce((sum, value) => sum + value, 0) / values.length
  const [ma, mb] = [mean(a), mean(b)]
  let [ab, aa, bb] = [0, 0, 0]
  for (let i = 0; i < a.length; i++) {
    const [x, y] = [(a[i] as number) - ma, (b[i] as number) - mb]
    ab += x * y
    aa += x * x
    bb += y * y
  }
  return ab / Math.sqrt(aa * bb)
}

/** A PNG that claims a size and holds a few bytes. */
function pngOf(width: number, height: number): Buffer {
  const chunk = (type: string, data: Buffer): Buffer => {
    const body = Buffer.concat([Buffer.from(type, 'latin1'), data])
    const ends = Buffer.alloc(8)
    ends.writeUInt32BE(data.length)
    ends.writeUInt32BE(crc32(body), 4)
    return Buffer.concat([ends.subarray(0, 4), body, ends.subarray(4)])
  }
  const header = Buffer.alloc(13)
  header.writeUInt32BE(width)
  header.writeUInt32BE(height, 4)
  header.set([8, 2, 0, 0, 0], 8)
  const signature = Buffer.from('89504e470d0a1a0a', 'hex')
  return Buffer.concat([
    signature,
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(Buffer.alloc(100_000))),
    chunk('IEND', Buffer.alloc(0)),
  ])
}

describe('decoding', () => {
  test.each(['jpeg', 'png', 'webp', 'gif', 'tiff', 'avif'] as const)('a %s gives its colours in three channels', async name => {
    const path = join(folder, `red.${name}`)
    await sharp({create: {width: 90, height: 60, channels: 3, background: {r: 200, g: 30, b: 40}}})
      .toFormat(name)
      .toFile(path)
    const {width, height, data} = await decoder.decode(path, format(name), RULE)
    expect([width, height, data.length]).toEqual([64, 64, 64 * 64 * 3])
    const middle = [...data.subarray(3 * (32 * 64 + 32), 3 * (32 * 64 + 32) + 3)]
    for (const [i, value] of [200, 30, 40].entries()) expect(Math.abs((middle[i] as number) - value)).toBeLessThan(8)
  })

  test('grey, transparent and CMYK pictures have three channels too', async () => {
    const grey = sharp({create: {width: 20, height: 20, channels: 3, background: '#808080'}})
    await grey.clone().toColourspace('b-w').png().toFile(join(folder, 'grey.png'))
    await grey.clone().toColourspace('cmyk').jpeg().toFile(join(folder, 'cmyk.jpg'))
    await sharp({create: {width: 20, height: 20, channels: 4, background: {r: 0, g: 0, b: 0, alpha: 0}}})
      .png()
      .toFile(join(folder, 'clear.png'))
    for (const [file, name] of [
      ['grey.png', 'png'],
      ['cmyk.jpg', 'jpeg'],
      ['clear.png', 'png'],
    ] as const) {
      expect((await decoder.decode(join(folder, file), format(name), RULE)).data).toHaveLength(64 * 64 * 3)
    }
    expect((await decoder.decode(join(folder, 'clear.png'), format('png'), RULE)).data[0]).toBe(255)
  })

  test('fits as the rule says', async () => {
    const path = join(folder, 'wide.png')
    await sharp({create: {width: 200, height: 50, channels: 3, background: '#ffffff'}})
      .png()
      .toFile(path)
    const contained = await decoder.decode(path, format('png'), {
      width: 64,
      height: 64,
      fit: 'contain',
      background: [114, 114, 114],
    })
    expect([...contained.data.subarray(0, 3)]).toEqual([114, 114, 114])
    const covered = await decoder.decode(path, format('png'), {
      width: 64,
      height: 64,
      fit: 'cover',
      crop: {width: 32, height: 32},
    })
    expect([covered.width, covered.height, covered.data[0]]).toEqual([32, 32, 255])
  })

  test('refuses a picture bomb before it takes memory', async () => {
    const path = join(folder, 'bomb.png')
    await writeFile(path, pngOf(50_000, 50_000))
    const before = process.memoryUsage.rss()
    await expect(decoder.inspect(path, format('png'))).rejects.toThrow(failure('FILE_TOO_LARGE'))
    await expect(decoder.decode(path, format('png'), RULE)).rejects.toThrow(failure('FILE_TOO_LARGE'))
    expect(process.memoryUsage.rss() - before).toBeLessThan(200_000_000)
  })

  test('says that a file is broken', async () => {
    const path = join(folder, 'broken.jpg')
    await writeFile(path, Buffer.from('ffd8ffe000104a46494600', 'hex'))
    await expect(decoder.decode(path, format('jpeg'), RULE)).rejects.toThrow(failure('FILE_BROKEN'))
  })

  test('says which format it lacks, so that another decoder may try', async () => {
    await expect(decoder.decode('/nowhere.heic', format('heic'), RULE)).rejects.toThrow(failure('FILE_UNRECOGNISED'))
  })
})

describe('inspecting', () => {
  const inspect = async (picture: Sharp, name: string) => {
    const path = join(folder, name)
    await picture.png().toFile(path)
    return decoder.inspect(path, format('png'))
  }
  const noise = () => Buffer.from(Uint8Array.from({length: 300 * 200 * 3}, (_, i) => (i * 7919 + (i >> 3) * 104_729) % 256))

  test('tells dark from bright, grey from colour, soft from sharp', async () => {
    const raw = {raw: {width: 300, height: 200, channels: 3}} as const
    const sharpOne = await inspect(sharp(noise(), raw), 'noise.png')
    const softOne = await inspect(sharp(noise(), raw).blur(12), 'soft.png')
    const black = await inspect(sharp({create: {width: 300, height: 200, channels: 3, background: '#050505'}}), 'black.png')
    const red = await inspect(sharp({create: {width: 300, height: 200, channels: 3, background: '#ff2020'}}), 'red.png')
    expect(sharpOne.statistics.sharpness).toBeGreaterThan(10 * softOne.statistics.sharpness)
    expect(black.statistics.brightness).toBeLessThan(0.05)
    expect(black.statistics.colourfulness).toBeLessThan(0.01)
    expect(red.statistics.colourfulness).toBeGreaterThan(0.2)
    expect([red.width, red.height]).toEqual([300, 200])
    expect(await sharp(red.thumbnail).metadata()).toMatchObject({format: 'webp', width: 300, height: 200})
  })
})

describeWithFixtures('real pictures', fixtures => {
  const exif = (name: string): string => join(fixtures, 'media/exif', name)

  test.each(['landscape', 'portrait'])('of every orientation show the same scene: %s', async scene => {
    const names = (await readdir(join(fixtures, 'media/exif'))).filter(name => name.startsWith(`jpg_orientation_${scene}`))
    const [first, ...others] = await Promise.all(names.map(name => decoder.decode(exif(name), format('jpeg'), RULE)))
    const sizes = await Promise.all(names.map(name => decoder.inspect(exif(name), format('jpeg'))))
    expect(names.length).toBeGreaterThan(4)
    for (const {data} of others) expect(correlation(first?.data as Uint8Array, data)).toBeGreaterThan(0.95)
    for (const {width, height} of sizes) expect([width, height]).toEqual([sizes[0]?.width, sizes[0]?.height])
  })

  test('a RAW file is decoded by the JPEG inside, wherever its directories lead', async () => {
    const jpeg = await readFile(exif('jpg_exif-org_olympus-d320l.jpg'))
    for (const order of ['II', 'MM'] as const) {
      const path = join(folder, `${order}.nef`)
      await writeFile(path, rawWith(jpeg, order, 6))
      const {width, height} = await decoder.inspect(path, format('nef'))
      expect([width, height]).toEqual([480, 640])
      const upright = join(folder, 'upright.jpg')
      await sharp(jpeg).rotate(90).jpeg({quality: 95}).toFile(upright)
      const [raw, rotated] = await Promise.all([
        decoder.decode(path, format('nef'), RULE),
        decoder.decode(upright, format('jpeg'), RULE),
      ])
      expect(correlation(raw.data, rotated.data)).toBeGreaterThan(0.99)
    }
  })

  test.each([
    [
      'in its directory, turned by its orientation',
      6,
      [
        [0x0100, 4, 1, 6000],
        [0x0101, 4, 1, 4000],
      ],
      [4000, 6000],
    ],
    [
      'in its EXIF, less the edges of the sensor',
      1,
      [
        [0x0100, 4, 1, 6048],
        [0x0101, 4, 1, 4024],
        [0xa002, 3, 1, 6000],
        [0xa003, 3, 1, 4000],
      ],
      [6000, 4000],
    ],
    [
      'by the borders on the sensor, as Panasonic does',
      1,
      [
        [4, 3, 1, 8],
        [5, 3, 1, 16],
        [6, 3, 1, 3468],
        [7, 3, 1, 4624],
      ],
      [4608, 3460],
    ],
    [
      'smaller than the preview, which is of the thumbnail alone',
      1,
      [
        [0x0100, 4, 1, 160],
        [0x0101, 4, 1, 120],
      ],
      [640, 480],
    ],
  ] as const)('a RAW file is as large as it says %s', async (_, orientation, sizes, expected) => {
    const path = join(folder, 'sized.nef')
    await writeFile(path, rawWith(await readFile(exif('jpg_exif-org_olympus-d320l.jpg')), 'II', orientation, sizes))
    for (const {width, height} of [await decoder.measure(path, format('nef')), await decoder.inspect(path, format('nef'))]) {
      expect([width, height]).toEqual(expected)
    }
  })

  test.each([
    ['raf', (jpeg: Buffer) => rafWith(jpeg, [6160, 4032], [6000, 4000]), [6000, 4000]],
    ['cr3', (jpeg: Buffer) => cr3With(jpeg, 8, [6000, 4000]), [4000, 6000]],
  ] as const)('a RAW file that is no TIFF is as large as it says: %s', async (name, fileWith, expected) => {
    const whole = fileWith(await readFile(exif('jpg_exif-org_olympus-d320l.jpg')))
    const path = join(folder, `sized.${name}`)
    await writeFile(path, whole)
    for (const {width, height} of [await decoder.measure(path, format(name)), await decoder.inspect(path, format(name))]) {
      expect([width, height]).toEqual(expected)
    }
    // Damaged, it ends in a picture or in a clear error all the same.
    for (let cut = 0; cut < 120; cut += 3) {
      const damaged = Buffer.from(whole)
      damaged.fill(0xff, cut, cut + 3)
      await writeFile(path, damaged)
      const outcome = await decoder.measure(path, format(name)).catch((error: unknown) => error)
      if (outcome instanceof Error) expect(outcome).toMatchObject({code: expect.stringMatching(/^FILE_/) as string})
    }
  })

  test('a RAW file whose directories lead in circles or out of it ends in an error', async () => {
    const raw = rawWith(Buffer.alloc(0), 'II', 1)
    raw.writeUInt32LE(8, raw.length - 4)
    const path = join(folder, 'circle.nef')
    await writeFile(path, raw)
    await expect(decoder.inspect(path, format('nef'))).rejects.toThrow(failure('FILE_UNRECOGNISED'))
  })

  test('every picture of the test data ends in a picture or in a clear error', async () => {
    const files = openFileSystem()
    for (const name of ['exif', 'formats', 'broken']) {
      for (const file of await readdir(join(fixtures, 'media', name))) {
        const path = join(fixtures, 'media', name, file)
        const known = await files.recognise(path).catch(() => null)
        if (known?.kind !== 'photo') continue
        const outcome = await decoder.inspect(path, known).catch((error: unknown) => error)
        if (outcome instanceof Error) expect(outcome).toMatchObject({code: expect.stringMatching(/^FILE_/) as string})
        else expect(outcome).toMatchObject({width: expect.any(Number) as number, thumbnail: expect.any(Uint8Array) as Uint8Array})
      }
    }
  })
})
